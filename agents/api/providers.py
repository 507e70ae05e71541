"""The customer's own keys for providers, over the API."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from accounts.access import ApiRequest, api, person
from agents import catalogue, provider_keys
from agents.models import ProviderKey
from common.api.view import ApiView

ELEVENLABS = "elevenlabs"


class ConnectInput(serializers.Serializer[Any]):
    """Our choice: how providers are connected is not published."""

    provider = serializers.CharField(max_length=64)
    credentials = serializers.DictField(child=serializers.CharField(max_length=4_096))
    account_name = serializers.CharField(
        max_length=120, required=False, default="", allow_blank=True
    )


class VoiceInput(serializers.Serializer[Any]):
    api_key = serializers.CharField(max_length=4_096)
    account_name = serializers.CharField(
        max_length=120, required=False, default="ElevenLabs"
    )


class ProviderOutput(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    provider = serializers.CharField(help_text="The catalogue's id, such as deepgram.")
    account_name = serializers.CharField()
    is_active = serializers.BooleanField()
    key_prefix = serializers.CharField(help_text="Masked, such as sk-p···7f2a.")
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class ProviderListOutput(serializers.Serializer[Any]):
    data = ProviderOutput(many=True)  # type: ignore[assignment]  # a field called data


class ProviderConnectedOutput(ProviderOutput):
    status = serializers.ChoiceField(["connected"])


class ProviderDisconnectedOutput(serializers.Serializer[Any]):
    status = serializers.ChoiceField(["disconnected"])
    provider = serializers.CharField()


class CredentialOutput(serializers.Serializer[Any]):
    """One thing that a provider asks for."""

    name = serializers.CharField(help_text="What to call it among credentials.")
    label = serializers.CharField()  # type: ignore[assignment]  # a field called label
    secret = serializers.BooleanField()
    required = serializers.BooleanField()  # type: ignore[assignment]  # as above


class ProviderFieldsOutput(serializers.Serializer[Any]):
    data = serializers.DictField(  # type: ignore[assignment]  # as above
        child=CredentialOutput(many=True), help_text="By the provider's id."
    )


class VoiceStatusOutput(serializers.Serializer[Any]):
    connected = serializers.BooleanField()
    provider = serializers.ChoiceField([ELEVENLABS])
    account_name = serializers.CharField(allow_null=True)
    cached_voice_count = serializers.IntegerField()


class VoiceConnectedOutput(serializers.Serializer[Any]):
    status = serializers.ChoiceField(["connected"])
    provider = serializers.ChoiceField([ELEVENLABS])
    account_name = serializers.CharField()
    voice_count = serializers.IntegerField()


class VoiceSyncOutput(serializers.Serializer[Any]):
    status = serializers.ChoiceField(["synced"])
    provider = serializers.ChoiceField([ELEVENLABS])
    key = serializers.ChoiceField(
        ProviderKey.Verdict.values, help_text="What came of trying the key."
    )
    voice_count = serializers.IntegerField()


def _shown(key: ProviderKey) -> dict[str, Any]:
    return {
        "id": key.id,
        "provider": key.provider,
        "account_name": key.account_name,
        "is_active": key.is_active,
        "key_prefix": key.masked,
        "created_at": key.created_at,
        "updated_at": key.updated_at,
    }


@api("providers", read="administer", write="administer", in_one_go=False)
class ProviderList(ApiView):
    """Connected providers; keys are never shown."""

    @extend_schema(responses=ProviderListOutput)
    def get(self, request: ApiRequest) -> Response:
        rows = request.workspace.provider_keys.order_by("provider")
        return Response({"data": [_shown(key) for key in rows]})

    @extend_schema(request=ConnectInput, responses={201: ProviderConnectedOutput})
    def post(self, request: ApiRequest) -> Response:
        """Try a key and keep it, in the place of any other of that provider."""
        wanted = ConnectInput(data=request.data)
        wanted.is_valid(raise_exception=True)
        key = provider_keys.connect(
            workspace=request.workspace, by=person(request), **wanted.validated_data
        )
        return Response({"status": "connected", **_shown(key)}, status=201)


@api("providers", read="administer", write="administer")
class ProviderDetail(ApiView):
    """One connected provider."""

    @extend_schema(responses={200: ProviderDisconnectedOutput})
    def delete(self, request: ApiRequest, provider: str) -> Response:
        provider_keys.disconnect(
            workspace=request.workspace, provider=provider, by=person(request)
        )
        return Response({"status": "disconnected", "provider": provider})


@api("providers")
class ProviderFields(ApiView):
    """What each provider asks for."""

    @extend_schema(responses=ProviderFieldsOutput)
    def get(self, request: ApiRequest) -> Response:
        return Response(
            {
                "data": {
                    provider.id: [
                        {
                            "name": field.name,
                            "label": field.label,
                            "secret": field.secret,
                            "required": field.required,
                        }
                        for field in provider.fields
                    ]
                    for provider in provider_keys.offered()
                }
            }
        )


def _voices() -> int:
    return len(catalogue.load().voices.get(ELEVENLABS, ()))


@api("providers")
class ElevenLabsStatus(ApiView):
    """The older way to see whether ElevenLabs is connected."""

    @extend_schema(responses=VoiceStatusOutput)
    def get(self, request: ApiRequest) -> Response:
        key = request.workspace.provider_keys.filter(provider=ELEVENLABS).first()
        return Response(
            {
                "connected": key is not None,
                "provider": ELEVENLABS,
                "account_name": key.account_name if key else None,
                "cached_voice_count": _voices() if key else 0,
            }
        )


@api("providers", write="administer", in_one_go=False)
class ElevenLabsConnection(ApiView):
    """The older way to connect ElevenLabs."""

    @extend_schema(request=VoiceInput, responses=VoiceConnectedOutput)
    def post(self, request: ApiRequest) -> Response:
        wanted = VoiceInput(data=request.data)
        wanted.is_valid(raise_exception=True)
        key = provider_keys.connect(
            workspace=request.workspace,
            provider=ELEVENLABS,
            credentials={"api_key": wanted.validated_data["api_key"]},
            account_name=wanted.validated_data["account_name"],
            by=person(request),
        )
        return Response(
            {
                "status": "connected",
                "provider": ELEVENLABS,
                "account_name": key.account_name,
                "voice_count": _voices(),
            }
        )


@api("providers", write="administer", in_one_go=False)
class ElevenLabsSync(ApiView):
    """The older way to refresh voices: tries the key again."""

    @extend_schema(request=None, responses=VoiceSyncOutput)
    def post(self, request: ApiRequest) -> Response:
        key = request.workspace.provider_keys.filter(provider=ELEVENLABS).first()
        if key is None:
            raise provider_keys.BadCredentials("ElevenLabs is not connected.")
        result = provider_keys.test_again(key)
        return Response(
            {
                "status": "synced",
                "provider": ELEVENLABS,
                "key": result.verdict,
                "voice_count": _voices(),
            }
        )
