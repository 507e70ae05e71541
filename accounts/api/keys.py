"""Keys over the API."""

from typing import Any, ClassVar
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import access, keys
from accounts.access import ApiRequest, api, person
from accounts.models import ApiKey
from common import clock
from common.api.done import SuccessOutput
from common.api.view import ApiView
from common.errors import NotFound


class KeyOutput(serializers.ModelSerializer[ApiKey]):
    class Meta:
        model = ApiKey
        fields: ClassVar = ["id", "key_prefix", "label", "last_used_at", "created_at"]


class KeyListOutput(serializers.Serializer[Any]):
    keys = KeyOutput(many=True)


class KeyInput(serializers.Serializer[Any]):
    """Older clients send a label alone; their keys may do everything."""

    kind = serializers.ChoiceField(
        choices=["account", "workspace"], default=ApiKey.Kind.WORKSPACE
    )
    scopes = serializers.ListField(
        child=serializers.CharField(max_length=64), max_length=100, required=False
    )
    label = serializers.CharField(  # type: ignore[assignment]  # a field called label
        max_length=100, required=False, default="", allow_blank=True, allow_null=True
    )


class KeyMadeOutput(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    key = serializers.CharField(help_text="Shown this once.")
    api_key = serializers.CharField(help_text="The same; older clients read it here.")
    key_prefix = serializers.CharField()
    kind = serializers.CharField()
    scopes = serializers.ListField(child=serializers.CharField())
    label = serializers.CharField(allow_null=True)  # type: ignore[assignment]  # as above
    created_at = serializers.DateTimeField()


class SelfOutput(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=["account", "workspace"])
    account_id = serializers.UUIDField(allow_null=True)
    workspace_id = serializers.UUIDField(allow_null=True)
    scopes = serializers.ListField(child=serializers.CharField())
    legacy = serializers.BooleanField()


@api("keys", read="administer", write="administer")
class KeyList(ApiView):
    """The workspace's live secret keys."""

    @extend_schema(responses=KeyListOutput)
    def get(self, request: ApiRequest) -> Response:
        live = request.workspace.api_keys.secret().live(clock.now())
        rows = live.order_by("-created_at")
        return Response({"keys": KeyOutput(rows, many=True).data})

    @extend_schema(request=KeyInput, responses={201: KeyMadeOutput})
    def post(self, request: ApiRequest) -> Response:
        wanted = KeyInput(data=request.data)
        wanted.is_valid(raise_exception=True)
        asked = wanted.validated_data
        key, raw = keys.grant(
            workspace=request.workspace,
            kind=asked["kind"],
            scopes=asked.get("scopes"),
            label=asked["label"] or "",
            by=person(request),
            through=access.key_of(request),
        )
        return Response(
            {
                "id": key.id,
                "key": raw,
                "api_key": raw,
                "key_prefix": key.key_prefix,
                "kind": key.kind,
                "scopes": key.scopes,
                "label": key.label or None,
                "created_at": key.created_at,
            },
            status=201,
        )


@api("keys", read="administer", write="administer")
class KeyDetail(ApiView):
    """One secret key."""

    @extend_schema(responses={200: SuccessOutput})
    def delete(self, request: ApiRequest, key_id: UUID) -> Response:
        """Revoke the key; it opens nothing from the next request on."""
        key = request.workspace.api_keys.secret().filter(pk=key_id).first()
        if key is None:
            raise NotFound("There is no such key here.")
        keys.revoke(key, by=person(request))
        return Response({"success": True})


@api("keys", scopeless=True)
class KeySelf(ApiView):
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
