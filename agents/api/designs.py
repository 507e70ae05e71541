"""Help with an agent that is not saved yet, over the API."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from accounts.access import ApiRequest, api
from agents import companies, drafting, proposals, stacks
from agents import config as configs
from agents.api import shapes
from agents.config import AgentConfig
from agents.provider_keys import Keyring
from agents.stack import CHANNELS, Choice, Notice, Stack
from common.api.view import ApiView

HINTS = frozenset(AgentConfig.model_fields)  # of options; others help no one


class GenerateInput(serializers.Serializer[Any]):
    prompt = serializers.CharField(max_length=drafting.MAX_DESCRIPTION)
    options = serializers.DictField(required=False)
    template = serializers.CharField(max_length=64, required=False, allow_blank=True)


class ChangeInput(serializers.Serializer[Any]):
    key = serializers.CharField(max_length=200)
    value = serializers.JSONField(allow_null=True)


class ChangesInput(serializers.Serializer[Any]):
    currentConfig = serializers.DictField()
    changes = serializers.ListField(child=ChangeInput(), max_length=200)
    mode = serializers.ChoiceField(["create", "edit"], default="edit")
    lenient = serializers.BooleanField(default=False)


class CompanyInput(serializers.Serializer[Any]):
    companyName = serializers.CharField(max_length=200)
    websiteUrl = serializers.CharField(max_length=2_000)


class StackInput(serializers.Serializer[Any]):
    supported_languages = serializers.ListField(
        child=serializers.CharField(max_length=35), min_length=1, max_length=40
    )
    language = serializers.CharField(max_length=35, required=False, allow_null=True)
    current_provider_config = serializers.DictField(required=False, allow_null=True)


def checked(shape: type[serializers.Serializer[Any]], request: ApiRequest) -> Any:
    """Return what the body says, or refuse it."""
    wanted = shape(data=request.data)
    wanted.is_valid(raise_exception=True)
    return wanted.validated_data


@api("agents", in_one_go=False)
class Generation(ApiView):
    """A complete agent from a description; nothing is saved."""

    @extend_schema(request=GenerateInput, responses=shapes.answer(shapes.ANY))
    def post(self, request: ApiRequest) -> Response:
        asked = checked(GenerateInput, request)
        draft = drafting.draft(
            request.workspace, asked["prompt"], template=asked.get("template", "")
        )
        hints = {k: v for k, v in asked.get("options", {}).items() if k in HINTS}
        config = configs.parse({**draft.config.document(), **hints})
        return Response(
            {
                "name": draft.name,
                **config.document(),
                "sourceTemplateId": draft.template,
                "generated_by": draft.how,
                "note": draft.note or None,
                "missing": list(draft.missing),
            }
        )


@api("agents", write="see")
class Proposal(ApiView):
    """Checks changes to a configuration that the client holds."""

    @extend_schema(request=ChangesInput, responses=shapes.answer(shapes.ANY))
    def post(self, request: ApiRequest) -> Response:
        asked = checked(ChangesInput, request)
        config, applied = proposals.apply(
            asked["currentConfig"],
            asked["changes"],
            mode=asked["mode"],
            lenient=asked["lenient"],
        )
        return Response({"valid": True, "config": config, "applied": applied})


@api("agents", in_one_go=False)
class Enrichment(ApiView):
    """What a company's website says of it."""

    @extend_schema(request=CompanyInput, responses=shapes.answer(shapes.ANY))
    def post(self, request: ApiRequest) -> Response:
        asked = checked(CompanyInput, request)
        found = companies.enrich(asked["companyName"], asked["websiteUrl"])
        if found.error:
            return Response({"enriched": False, "error": found.error})
        return Response(
            {
                "enriched": True,
                "companyDescription": found.description,
                "knowledgeBase": list(found.facts),
            }
        )


@api("agents", write="see")
class StackPreview(ApiView):
    """What calls would run through, for each language; nothing is saved."""

    @extend_schema(request=StackInput, responses=shapes.answer(shapes.ANY))
    def post(self, request: ApiRequest) -> Response:
        asked = checked(StackInput, request)
        tags = asked["supported_languages"]
        config = _with_wishes(
            asked.get("current_provider_config") or {},
            asked.get("language") or tags[0],
            tags,
        )
        keyring = Keyring(request.workspace)
        found = {
            tag: stacks.resolve(
                config, request.workspace, language=tag, keyring=keyring
            )
            for tag in config.supported_languages
        }
        first = found[config.language]
        return Response(
            {
                "language": config.language,
                "stacks": {tag: _stack(stack) for tag, stack in found.items()},
                "blockers": _notices(found, "blocker"),
                "warnings": _notices(found, "warning"),
                "model_diffs": [
                    {"language": tag, "channel": channel, **_model(other)}
                    for tag, stack in found.items()
                    for channel in CHANNELS
                    if _model(other := stack.choice(channel))
                    != _model(first.choice(channel))
                ],
            }
        )


def _with_wishes(wishes: dict[str, Any], language: str, tags: list[str]) -> AgentConfig:
    """Take stack fields as agents have them, or by channel as they are read."""
    document: dict[str, Any] = {"language": language, "supported_languages": tags}
    for channel in CHANNELS:
        part = wishes.get(channel)
        if isinstance(part, dict):
            document[f"{channel}_provider"] = part.get("provider") or ""
            document[f"{channel}_model"] = part.get("model") or ""
            if channel == "tts":
                document["voice"] = part.get("voice") or ""
    document |= {name: value for name, value in wishes.items() if name in HINTS}
    return configs.parse(document)


def _model(choice: Choice) -> dict[str, str]:
    return {"provider": choice.provider, "model": choice.model}


def _stack(stack: Stack) -> dict[str, Any]:
    return {
        "latency_class": stack.latency_class,
        "per_minute_usd": stack.rate.per_minute_micros / 100_000_000,
        **{
            choice.channel: {
                **_model(choice),
                "voice": choice.voice or None,
                "whose_key": choice.whose,
                "coverage": choice.coverage,
            }
            for choice in stack.talking
        },
    }


def _notices(stacks_found: dict[str, Stack], severity: str) -> list[dict[str, str]]:
    return [
        {"language": tag, **_notice(notice)}
        for tag, stack in stacks_found.items()
        for notice in stack.notices
        if notice.severity == severity
    ]


def _notice(notice: Notice) -> dict[str, str]:
    return {
        "channel": notice.channel,
        "title": notice.title,
        "detail": notice.detail,
    }
