"""Models, voices and templates to begin with, over the API."""

from collections.abc import Iterator
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from accounts.access import ApiRequest, api
from agents import catalogue, gallery, stacks
from agents.api import shapes
from agents.catalogue import Catalogue, Channel, Provider
from agents.gallery import Template
from agents.provider_keys import Keyring
from agents.stack import LATENCY_ORDER, REALTIME
from common.api import schemas
from common.api.view import ApiView
from providers import registry

# What the catalogue is called by outside, where agents say something else.
OUTSIDE = {"gemini": "google"}


class ModelOutput(serializers.Serializer[Any]):
    id = serializers.CharField(help_text="What llm_model takes.")
    provider_id = serializers.CharField(help_text="As providers are called here.")
    agent_provider = serializers.CharField(help_text="What llm_provider takes.")
    provider_name = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # a field called label
    latency_class = serializers.ChoiceField(
        LATENCY_ORDER, help_text="How soon it answers."
    )
    supports_tools = serializers.BooleanField()
    byok_required = serializers.BooleanField(
        help_text="Whether it takes a key of the workspace's that is not there."
    )


class VoiceOutput(serializers.Serializer[Any]):
    id = serializers.CharField(help_text="What voice takes.")
    provider = serializers.CharField()
    name = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # as above
    gender = serializers.CharField(allow_null=True)
    languages = serializers.ListField(
        child=serializers.CharField(), help_text="BCP-47; none: every language."
    )
    supported_model_ids = serializers.ListField(
        child=serializers.CharField(), help_text="None: all of the provider's."
    )
    byok_required = serializers.BooleanField(help_text="As with models.")
    preview_url = serializers.CharField(allow_null=True)


class LlmOptionsOutput(serializers.Serializer[Any]):
    models = ModelOutput(many=True)
    voices = VoiceOutput(many=True)


TEMPLATES = schemas.always(
    {
        "templates": {"type": "array", "items": shapes.named("AgentTemplate")},
        "source": schemas.one_of(["built-in"]),
    }
)


@api("agents")
class LlmOptions(ApiView):
    """The models and voices an agent of the workspace can be given."""

    @extend_schema(responses=LlmOptionsOutput)
    def get(self, request: ApiRequest) -> Response:
        keyring = Keyring(request.workspace)
        book = catalogue.load()
        models = [
            {
                "id": model.id,
                "provider_id": OUTSIDE.get(provider.id, provider.id),
                "agent_provider": provider.id,
                "provider_name": provider.name,
                "label": model.id,
                "latency_class": model.latency_class,
                "supports_tools": model.tools,
                "byok_required": not keyring.key_for(provider.id).works,
            }
            for channel, provider in _minds(book)
            for model in stacks.models_for(channel, provider.id)
        ]
        voices = [
            {
                "id": voice.id,
                "provider": provider,
                "name": voice.name,
                "label": voice.name,
                "gender": voice.gender or None,
                "languages": sorted(voice.languages),
                "supported_model_ids": sorted(voice.models),
                "byok_required": not keyring.key_for(provider).works,
                "preview_url": None,
            }
            for provider, spoken in book.voices.items()
            for voice in spoken
        ]
        return Response({"models": models, "voices": voices})


def _minds(book: Catalogue) -> Iterator[tuple[Channel, Provider]]:
    """Yield who offers a model for ``llm_model``: one that replies in words, or one that
    hears and speaks by itself."""
    for provider in book.providers_of("llm"):
        yield "llm", provider
    for provider in book.providers_of(REALTIME):
        if registry.supports("realtime", provider.id):
            yield REALTIME, provider


@api("agents")
class TemplateList(ApiView):
    """Agents to begin with; their ``defaults`` can be posted as they are."""

    @extend_schema(responses=shapes.answer(TEMPLATES))
    def get(self, request: ApiRequest) -> Response:
        templates = [_template(each) for each in gallery.load().values()]
        return Response({"templates": templates, "source": "built-in"})


def _template(template: Template) -> dict[str, Any]:
    shown = template.model_dump(mode="json")
    return {**shown, "status": "published", "visibility": "public"}
