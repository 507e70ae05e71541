"""Keys over the API."""

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.access import api
from accounts.models import ApiKey
from common import clock


class KeyOutput(serializers.ModelSerializer[ApiKey]):
    class Meta:
        model = ApiKey
        fields: ClassVar = ["id", "key_prefix", "label", "last_used_at", "created_at"]


class KeyListOutput(serializers.Serializer[Any]):
    keys = KeyOutput(many=True)


class SelfOutput(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=["account", "workspace"])
    account_id = serializers.UUIDField(allow_null=True)
    workspace_id = serializers.UUIDField(allow_null=True)
    scopes = serializers.ListField(child=serializers.CharField())
    legacy = serializers.BooleanField()


@api("keys", read="administer", write="administer")
class KeyList(APIView):
    """The workspace's live secret keys."""

    @extend_schema(responses=KeyListOutput)
    def get(self, request: Request) -> Response:
        workspace = request.workspace  # type: ignore[attr-defined]  # the gate set it
        live = workspace.api_keys.secret().live(clock.now()).order_by("-created_at")
        return Response({"keys": KeyOutput(live, many=True).data})


@api("keys", scopeless=True)
class KeySelf(APIView):
    """What the key that asks may do. Every secret key may ask that."""

    @extend_schema(responses=SelfOutput)
    def get(self, request: Request) -> Response:
        key = request.auth
        if not isinstance(key, ApiKey):
            raise serializers.ValidationError("Ask with an API key.")
        of_account = key.kind == ApiKey.Kind.ACCOUNT
        return Response(
            {
                "kind": key.kind,
                "account_id": key.workspace.account_id if of_account else None,
                "workspace_id": None if of_account else key.workspace_id,
                "scopes": key.scopes,
                "legacy": key.legacy,
            }
        )
