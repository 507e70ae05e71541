"""Keys for browsers, each for one agent, over the API."""

from typing import Any, ClassVar
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from accounts import browser_origins, keys
from accounts.access import ApiRequest, api, person
from accounts.models import ApiKey
from agents.api.agents import agent_of
from common import clock
from common.api.done import SuccessOutput
from common.api.view import ApiView
from common.errors import NotFound


class PublishableOutput(serializers.ModelSerializer[ApiKey]):
    label = serializers.CharField()  # type: ignore[assignment]  # a field called label
    allowed_channels = serializers.ListField(
        child=serializers.ChoiceField(["web", "phone"])
    )
    allowed_origins = serializers.ListField(
        child=serializers.CharField(),
        help_text="Pages whose browsers may use it; none: any page.",
    )
    default_from_number = serializers.SerializerMethodField()

    class Meta:
        model = ApiKey
        fields: ClassVar = [
            "id",
            "key_prefix",
            "agent_id",
            "label",
            "allowed_channels",
            "allowed_origins",
            "max_concurrent",
            "max_call_seconds",
            "audience",
            "default_from_number",
            "created_at",
        ]

    def get_default_from_number(self, key: ApiKey) -> str | None:
        return key.default_from_number or None


class PublishableListOutput(serializers.Serializer[Any]):
    keys = PublishableOutput(many=True)


class PublishableInput(serializers.Serializer[Any]):
    agent_id = serializers.UUIDField()
    label = serializers.CharField(max_length=100)  # type: ignore[assignment]  # as above
    allowed_channels = serializers.ListField(
        child=serializers.ChoiceField(["web", "phone"]),
        min_length=1,
        max_length=2,
        default=["web"],
    )
    audience = serializers.ChoiceField(["sdk", "landing_demo"], default="sdk")
    default_from_number = serializers.CharField(
        max_length=20, required=False, allow_null=True, allow_blank=True
    )
    # Ours: the pages whose browsers may use the key. None named: any page.
    allowed_origins = serializers.ListField(
        child=serializers.RegexField(browser_origins.ORIGIN, max_length=255),
        max_length=20,
        required=False,
    )
    # Ours, too: whoever copies the key from a page spends no more than this at a time.
    max_concurrent = serializers.IntegerField(
        min_value=1, max_value=100, required=False, allow_null=True
    )
    max_call_seconds = serializers.IntegerField(
        min_value=30, max_value=7_200, required=False, allow_null=True
    )


class PublishableMadeOutput(PublishableOutput):
    key = serializers.CharField(help_text="Shown this once.")

    class Meta(PublishableOutput.Meta):
        fields: ClassVar = [*PublishableOutput.Meta.fields, "key"]


def _own(request: ApiRequest) -> Any:
    return request.workspace.api_keys.publishable()


@api("keys", read="administer", write="administer")
class PublishableKeyList(ApiView):
    """Keys that web pages may hold."""

    @extend_schema(responses=PublishableListOutput)
    def get(self, request: ApiRequest) -> Response:
        live = _own(request).live(clock.now()).order_by("-created_at")
        return Response({"keys": PublishableOutput(live, many=True).data})

    @extend_schema(request=PublishableInput, responses={201: PublishableMadeOutput})
    def post(self, request: ApiRequest) -> Response:
        wanted = PublishableInput(data=request.data)
        wanted.is_valid(raise_exception=True)
        asked = wanted.validated_data
        key, raw = keys.create(
            workspace=request.workspace,
            kind=ApiKey.Kind.PUBLISHABLE,
            label=asked["label"],
            by=person(request),
            agent_id=agent_of(request, asked["agent_id"]).pk,
            allowed_channels=asked["allowed_channels"],
            allowed_origins=asked.get("allowed_origins", ()),
            max_concurrent=asked.get("max_concurrent"),
            max_call_seconds=asked.get("max_call_seconds"),
            audience=asked["audience"],
            default_from_number=asked.get("default_from_number") or "",
        )
        shown = PublishableOutput(key).data
        return Response({**shown, "key": raw}, status=201)


@api("keys", read="administer", write="administer")
class PublishableKeyDetail(ApiView):
    """One key for web pages."""

    @extend_schema(responses={200: SuccessOutput})
    def delete(self, request: ApiRequest, publishable_key_id: UUID) -> Response:
        key = _own(request).filter(pk=publishable_key_id).first()
        if key is None:
            raise NotFound("There is no such publishable key here.")
        keys.revoke(key, by=person(request))
        return Response({"success": True})
