"""The whole document, and saying what is wrong with one."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any, Literal

from pydantic import (
    AliasChoices,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from agents.config.knowledge import Knowledge
from agents.config.part import (
    PATTERNS,
    EndpointUrl,
    LanguageTag,
    Line,
    Name,
    Part,
    Text,
    refuse_twins,
)
from agents.config.persona import Persona
from agents.config.playbook import Playbook
from agents.config.postcall import Features, PostCall
from agents.config.settings import Settings
from agents.config.tools import ToolBinding, Variable
from common.errors import Refusal

_LLM_ALIASES = {
    "google": "gemini",
    "googleai": "gemini",
    "google-genai": "gemini",
    "google-ai": "gemini",
    "vertex": "gemini",
    "vertexai": "gemini",
    "vertex-ai": "gemini",
    "claude": "anthropic",
    "gpt": "openai",
}
# Read-side and removed fields: taken politely, and dropped, so that what was read can be
# written back.
NOT_OURS = (
    "agent_kind",
    "agent_role",
    "chat_summary",
    "compiled_prompt",
    "created_at",
    "id",
    "is_published",
    "name",
    "provider_config",
    "published_at",
    "raw_system_prompt",
    "snapshot_id",
    "sourceTemplateId",
    "updated_at",
)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong, by dotted path."""

    path: str
    message: str


class Invalid(Refusal):
    """The configuration cannot be taken as it is; ``problems`` names each reason."""

    code = "invalid_request"

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        told = "; ".join(f"{p.path}: {p.message}" for p in problems[:5])
        more = f"; and {len(problems) - 5} more" if len(problems) > 5 else ""
        super().__init__(f"{told}{more}", details=[asdict(p) for p in problems])


class AgentConfig(Part):
    """Everything an agent is."""

    system_prompt: Text = Field(
        "",
        validation_alias=AliasChoices("system_prompt", "prompt"),
        title="Prompt",
        description="In simple mode this is the whole prompt. In structured mode it is"
        " joined to what persona and playbook say.",
    )
    voice: Line = Field(
        "",
        title="Voice",
        description="The voice's id. Empty: the voice engine's default.",
    )
    language: LanguageTag = Field("en-US", title="Primary language")
    supported_languages: list[LanguageTag] = Field(
        default_factory=list,
        max_length=40,
        title="Languages",
        description="The primary language is always among them.",
    )
    managed_sku_id: Name | None = Field(
        None,
        validation_alias=AliasChoices("managed_sku_id", "managedSkuId"),
        title="Managed stack",
        description="A whole stack at one price a minute. Empty: the channels below.",
    )
    llm_provider: Name = Field(
        "",
        title="Language model",
        description="Provider. Empty: the best one that is connected, for each channel.",
    )
    llm_model: Line = Field("", title="Model")
    llm_fallback_provider: Name | None = Field(None, title="Fallback language model")
    llm_fallback_model: Line | None = Field(None, title="Fallback model")
    stt_provider: Name = Field("", title="Speech recognition")
    stt_model: Line = Field("", title="Recogniser")
    stt_fallback_provider: Name | None = Field(None, title="Fallback recognition")
    stt_fallback_model: Line | None = Field(None, title="Fallback recogniser")
    tts_provider: Name = Field("", title="Voice engine")
    tts_model: Line = Field("", title="Voice model")
    tts_fallback_provider: Name | None = Field(None, title="Fallback voice engine")
    tts_fallback_model: Line | None = Field(None, title="Fallback voice model")
    custom_llm_url: EndpointUrl | None = Field(
        None,
        title="Own language model",
        description="Address of a server of yours that speaks OpenAI's chat completions;"
        " https:// or wss://. It is used instead of the language model above.",
    )
    custom_voice_url: EndpointUrl | None = Field(
        None,
        title="Own voice engine",
        description="Address of a server of yours that speaks OpenAI's speech API.",
    )
    custom_transcriber_url: EndpointUrl | None = Field(
        None,
        title="Own recogniser",
        description="Address of a server of yours that speaks OpenAI's transcription API.",
    )
    custom_voice_mode: Literal["openai-compat", "rymi"] = Field(
        "openai-compat",
        title="Wire format of the own voice",
        description="The rymi format is not published; calls use openai-compat.",
    )
    persona: Persona = Field(default_factory=Persona)
    playbook: Playbook = Field(default_factory=Playbook)
    advanced: Settings = Field(default_factory=Settings)
    features: Features = Field(default_factory=Features)
    post_call: PostCall = Field(default_factory=PostCall)
    tools: list[ToolBinding] = Field(
        default_factory=list,
        max_length=40,
        title="Tools",
        description="Tools that are always on work without an entry; an entry with"
        " enabled off takes one away.",
    )
    knowledge: Knowledge = Field(default_factory=Knowledge)
    variables: list[Variable] = Field(
        default_factory=list, max_length=60, title="Variables"
    )

    @model_validator(mode="before")
    @classmethod
    def _accept_older_forms(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        value = dict(value)
        for name in NOT_OURS:
            value.pop(name, None)
        for name in ("llm_provider", "llm_fallback_provider"):
            if isinstance(value.get(name), str):
                value[name] = _LLM_ALIASES.get(value[name], value[name])
        return with_older_forms(value)

    @model_validator(mode="after")
    def _merge_primary_language(self) -> "AgentConfig":
        if self.language not in self.supported_languages:
            self.supported_languages = [self.language, *self.supported_languages]
        return self

    @field_validator("variables")
    @classmethod
    def _keep_keys_apart(cls, variables: list[Variable]) -> list[Variable]:
        refuse_twins([variable.key for variable in variables])
        return variables

    def document(self) -> dict[str, Any]:
        """Return the document as it is stored and as the API shows it."""
        return self.model_dump(mode="json")

    def steps_to(self, other: "AgentConfig") -> dict[str, Any]:
        """Return what makes this document the other one: values by dotted path."""
        return dict(_steps(self, other, ""))


def _steps(one: Part, other: Part, above: str) -> Iterator[tuple[str, Any]]:
    values = other.model_dump(mode="json")
    for name in type(one).model_fields:
        was, then = getattr(one, name), getattr(other, name)
        if isinstance(was, Part) and isinstance(then, Part):
            yield from _steps(was, then, f"{above}{name}.")
        elif was != then:
            yield f"{above}{name}", values[name]


def with_older_forms(value: dict[str, Any]) -> dict[str, Any]:
    """Older documents say under ``post_call`` whether calls are recorded."""
    post_call, features = value.get("post_call"), value.get("features") or {}
    if not isinstance(post_call, dict) or not isinstance(features, dict):
        return value
    recording = post_call.get("recording")
    if not isinstance(recording, dict):
        return value
    return {
        **value,
        "post_call": {k: v for k, v in post_call.items() if k != "recording"},
        "features": {
            "recording_enabled": recording.get("enabled", True),
            **features,
        },
    }


def parse(document: Any) -> AgentConfig:
    """Check a document; raise ``Invalid`` with every key and range that is wrong."""
    try:
        return AgentConfig.model_validate(document)
    except ValidationError as error:
        raise Invalid([_problem(found) for found in error.errors()]) from None


def _problem(found: Any) -> Problem:
    path = ".".join(str(step) for step in found["loc"]) or "config"
    if found["type"] == "extra_forbidden":
        return Problem(path, "there is no such setting")
    if found["type"] == "string_pattern_mismatch":
        return Problem(path, PATTERNS.get(found["ctx"]["pattern"], str(found["msg"])))
    message = str(found["msg"]).removeprefix("Value error, ")
    return Problem(path, message[:1].lower() + message[1:])


def defaults() -> AgentConfig:
    """Return a configuration with every default."""
    return AgentConfig()
