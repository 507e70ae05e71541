"""Help with an agent that is not saved yet, over the API."""

from typing import Any, get_args

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from accounts.access import ApiRequest, api
from agents import companies, drafting, proposals, stacks
from agents import config as configs
from agents.api import shapes
from agents.catalogue import Channel, Coverage
from agents.config import AgentConfig
from agents.provider_keys import Keyring, Whose
from agents.stack import CHANNELS, LATENCY_ORDER, Choice, Notice, Stack
from common.api import schemas
from common.api.schemas import TEXT
from common.api.view import ApiView

HINTS = frozenset(AgentConfig.model_fields)  # of options; others help no one


class GenerateInput(serializers.Serializer[Any]):
    prompt = serializers.CharField(max_length=drafting.MAX_DESCRIPTION)
    options = serializers.DictField(
        required=False,
        help_text="Settings that are wished for, such as voice; unknown ones are left out.",
    )
    template = serializers.CharField(max_length=64, required=False, allow_blank=True)


class ChangeInput(serializers.Serializer[Any]):
    key = serializers.CharField(
        max_length=200, help_text="A setting's dotted path or flat name."
    )
    value = serializers.JSONField(allow_null=True, help_text="As the setting takes it.")


class ChangesInput(serializers.Serializer[Any]):
    currentConfig = serializers.DictField(
        help_text="Settings as agents have them, or with flat names; both may be mixed."
    )
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
    current_provider_config = serializers.DictField(
        required=False,
        allow_null=True,
        help_text="What is wished for: by channel as provider_config has it, or settings"
        " such as stt_provider.",
    )


TEXTS = {"type": "array", "items": TEXT}


def _drafted() -> dict[str, Any]:
    return schemas.always(
        {
            **shapes.settings(),
            "sourceTemplateId": {**TEXT, "description": "What it was begun from."},
            "generated_by": schemas.one_of(get_args(drafting.How)),
            "note": schemas.maybe(TEXT, "Why no model wrote it, in a sentence."),
            "missing": {
                **TEXTS,
                "description": "Ids of the template's questions that need an answer.",
            },
        }
    )


class ProposedOutput(serializers.Serializer[Any]):
    """What does not fit is an error; ``valid`` is true."""

    valid = serializers.BooleanField()
    config = serializers.DictField(
        help_text="currentConfig with the changes, in the shape in which it came."
    )
    applied = ChangeInput(many=True)


class CompanyOutput(serializers.Serializer[Any]):
    """Either what was found, or ``error``."""

    enriched = serializers.BooleanField()
    companyDescription = serializers.CharField(required=False)
    knowledgeBase = serializers.ListField(
        child=serializers.CharField(), required=False, help_text="One fact each."
    )
    error = serializers.CharField(required=False, help_text="A sentence for people.")


class ChannelOutput(serializers.Serializer[Any]):
    """What a channel of a call would run through."""

    provider = serializers.CharField()
    model = serializers.CharField()
    voice = serializers.CharField(allow_null=True)
    whose_key = serializers.ChoiceField(get_args(Whose))
    coverage = serializers.ChoiceField(
        get_args(Coverage), help_text="How well it covers the language."
    )


class StackOutput(serializers.Serializer[Any]):
    """Either ``realtime``, which does all, or the three others."""

    latency_class = serializers.ChoiceField(LATENCY_ORDER)
    per_minute_usd = serializers.FloatField(
        help_text="US dollars a minute; what has no known price is left out."
    )
    stt = ChannelOutput(required=False)
    llm = ChannelOutput(required=False)
    tts = ChannelOutput(required=False)
    realtime = ChannelOutput(required=False)


class NoticeOutput(serializers.Serializer[Any]):
    language = serializers.CharField()
    channel = serializers.ChoiceField(get_args(Channel))
    title = serializers.CharField()
    detail = serializers.CharField()


class ModelDiffOutput(serializers.Serializer[Any]):
    """Where a language runs through something else than the first one does."""

    language = serializers.CharField()
    channel = serializers.ChoiceField(CHANNELS)
    provider = serializers.CharField()
    model = serializers.CharField()


class StackPreviewOutput(serializers.Serializer[Any]):
    language = serializers.CharField(help_text="The primary one, BCP-47.")
    stacks = serializers.DictField(child=StackOutput(), help_text="By language.")
    blockers = NoticeOutput(many=True)
    warnings = NoticeOutput(many=True)
    model_diffs = ModelDiffOutput(many=True)


def checked(shape: type[serializers.Serializer[Any]], request: ApiRequest) -> Any:
    """Return what the body says, or refuse it."""
    wanted = shape(data=request.data)
    wanted.is_valid(raise_exception=True)
    return wanted.validated_data


@api("agents", in_one_go=False)
class Generation(ApiView):
    """A complete agent from a description; nothing is saved."""

    @extend_schema(request=GenerateInput, responses=shapes.answer(_drafted()))
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

    @extend_schema(request=ChangesInput, responses=ProposedOutput)
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

    @extend_schema(request=CompanyInput, responses=CompanyOutput)
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

    @extend_schema(request=StackInput, responses=StackPreviewOutput)
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
