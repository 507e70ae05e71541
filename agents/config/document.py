"""The whole document, and saying what is wrong with one."""

from dataclasses import asdict, dataclass
from typing import Any

from pydantic import AliasChoices, Field, ValidationError, model_validator

from agents.config.part import LanguageTag, Line, Name, Part, Text
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
    voice: Line = Field("", title="Voice")
    language: LanguageTag = Field("en-US", title="Primary language")
    supported_languages: list[LanguageTag] = Field(default_factory=list, max_length=40)
    llm_provider: Name = ""
    llm_model: Line = ""
    llm_fallback_provider: Name | None = None
    llm_fallback_model: Line | None = None
    stt_provider: Name = ""
    stt_model: Line = ""
    stt_fallback_provider: Name | None = None
    stt_fallback_model: Line | None = None
    tts_provider: Name = ""
    tts_model: Line = ""
    tts_fallback_provider: Name | None = None
    tts_fallback_model: Line | None = None
    custom_llm_url: Line | None = None
    custom_voice_url: Line | None = None
    custom_transcriber_url: Line | None = None
    custom_voice_mode: Line | None = None
    persona: Persona = Field(default_factory=Persona)
    playbook: Playbook = Field(default_factory=Playbook)
    advanced: Settings = Field(default_factory=Settings)
    features: Features = Field(default_factory=Features)
    post_call: PostCall = Field(default_factory=PostCall)
    tools: list[ToolBinding] = Field(default_factory=list, max_length=40)
    variables: list[Variable] = Field(default_factory=list, max_length=60)

    @model_validator(mode="before")
    @classmethod
    def _accept_older_forms(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        value = dict(value)
        # Read-side and removed fields: taken politely, and dropped.
        for name in ("agent_role", "provider_config", "compiled_prompt"):
            value.pop(name, None)
        for name in ("llm_provider", "llm_fallback_provider"):
            if isinstance(value.get(name), str):
                value[name] = _LLM_ALIASES.get(value[name], value[name])
        recording = (value.get("post_call") or {}).get("recording")
        if isinstance(recording, dict):
            value["post_call"] = {
                k: v for k, v in value["post_call"].items() if k != "recording"
            }
            value.setdefault("features", {}).setdefault(
                "recording_enabled", bool(recording.get("enabled", True))
            )
        return value

    @model_validator(mode="after")
    def _merge_primary_language(self) -> "AgentConfig":
        if self.language not in self.supported_languages:
            self.supported_languages = [self.language, *self.supported_languages]
        return self

    @model_validator(mode="after")
    def _keep_names_apart(self) -> "AgentConfig":
        for what, names in (
            ("variables", [v.key for v in self.variables]),
            ("playbook.requiredSlots", [s.name for s in self.playbook.requiredSlots]),
        ):
            twice = {name for name in names if names.count(name) > 1}
            if twice:
                raise ValueError(f"{what} has {', '.join(sorted(twice))} twice")
        return self

    def document(self) -> dict[str, Any]:
        """Return the document as it is stored and as the API shows it."""
        return self.model_dump(mode="json")


def parse(document: dict[str, Any]) -> AgentConfig:
    """Check a document; raise ``Invalid`` with every key and range that is wrong."""
    try:
        return AgentConfig.model_validate(document)
    except ValidationError as error:
        raise Invalid([_problem(found) for found in error.errors()]) from None


def _problem(found: Any) -> Problem:
    path = ".".join(str(step) for step in found["loc"]) or "config"
    if found["type"] == "extra_forbidden":
        return Problem(path, "there is no such setting")
    message = str(found["msg"]).removeprefix("Value error, ")
    return Problem(path, message[:1].lower() + message[1:])


def defaults() -> AgentConfig:
    """Return a configuration with every default."""
    return AgentConfig()
