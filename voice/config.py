"""Everything that one conversation needs to know, frozen before it starts.

``agents.runtime`` builds it from an agent's configuration; nothing here reads a
database, a setting or a clock.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from providers.ports import (
    LanguageModel,
    LlmRequest,
    Message,
    RealtimeMind,
    RealtimeRequest,
    SpeechToText,
    SttRequest,
    TextToSpeech,
    ToolSpec,
    TtsRequest,
)


@dataclass(frozen=True, slots=True)
class Ear:
    """A recogniser and how to ask it. ``request.format`` is replaced by the line's."""

    provider: str  # catalogue id, for the timeline and for cost lines
    port: SpeechToText
    request: SttRequest


@dataclass(frozen=True, slots=True)
class Mind:
    """A language model and how to ask it. ``request.messages`` and ``tools`` are left
    empty: the session fills them."""

    provider: str
    port: LanguageModel
    request: LlmRequest


@dataclass(frozen=True, slots=True)
class Mouth:
    """A voice engine and how to ask it. ``request.format`` is replaced by the line's."""

    provider: str
    port: TextToSpeech
    request: TtsRequest


@dataclass(frozen=True, slots=True)
class Head:
    """A model that hears, thinks and speaks by itself, and how to ask it. Of
    ``request`` voice, language, model and options count: the session fills in the
    rest."""

    provider: str
    port: RealtimeMind
    request: RealtimeRequest


@dataclass(frozen=True, slots=True)
class TurnRules:
    """How turns are taken; every time in ms."""

    mode: Literal["fast", "balanced", "patient"] = "balanced"
    endpointing: Literal["local", "provider"] = "local"
    smart: bool = True  # ask the end-of-turn model once a pause
    barge_in: bool = True
    resume_after_interruption: bool = True
    backchannels: frozenset[str] = frozenset()  # words that do not stop the agent
    stop_words: frozenset[str] = frozenset()  # words that always stop it
    greetings: frozenset[str] = frozenset()  # words that do not stop the opener
    reply_delay_ms: int = 0


@dataclass(frozen=True, slots=True)
class SilenceRules:
    """What happens when nobody speaks."""

    prompt_after_ms: int = 8_000
    hang_up_after_ms: int = 20_000  # of silence after the last prompt
    prompts: Sequence[str] = ("Are you still there?",)


@dataclass(frozen=True, slots=True)
class CallerType:
    """A kind of caller. When a phrase is heard the approach joins the prompt."""

    name: str
    approach: str
    trigger_phrases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Tongue:
    """One of the languages a conversation may go on in, with all that changes then."""

    language: str  # BCP-47
    name: str  # as the model knows it
    ears: Sequence[Ear]
    mouths: Sequence[Mouth]
    turns: TurnRules
    silence: SilenceRules
    filler: Sequence[str]
    apology: str
    closing_when_broke: str


@dataclass(frozen=True, slots=True)
class SessionConfig:
    """One conversation."""

    prompt: str  # compiled; variables filled in
    ears: Sequence[Ear]  # first is used, the rest are fallbacks, in order
    minds: Sequence[Mind]
    mouths: Sequence[Mouth]
    # Tried before all of these; when none is left, ears, minds and mouths take over.
    heads: Sequence[Head] = ()
    language: str = "en-US"
    opener: str = ""  # variables filled in; empty with agent_greets: the model opens
    opener_audio: bytes = b""  # the same, spoken before, in the line's voice format
    agent_greets: bool = True
    waits: bool = False  # say and answer nothing before ``Session.greet``
    voicemail: str = ""  # left where nobody is; variables filled in
    end_message: str = ""  # said before the agent hangs up
    apology: str = "I am sorry, something went wrong on our side. Please call again."
    closing_when_broke: str = "I am sorry, we have to end the call here. Goodbye."
    filler: Sequence[str] = ("One moment.",)
    tools: Sequence[ToolSpec] = ()
    recalls: bool = False  # asks the toolbox what is known before every reply
    tongues: Mapping[str, Tongue] = field(default_factory=dict)  # the first one, too
    caller_types: Sequence[CallerType] = ()
    turns: TurnRules = TurnRules()
    silence: SilenceRules = SilenceRules()
    max_duration_s: int = 600
    history_limit: int = 40  # messages sent to the model
    recording: bool = True
    transcription: bool = True
    variables: Mapping[str, Any] = field(default_factory=dict)
    # A conversation that another process began: where its clock and its turns stand,
    # and what was said.
    begins_at_ms: int = 0
    earlier_turns: int = 0
    earlier: Sequence[Message] = ()

    @property
    def has_sound(self) -> bool:
        """Tell whether the caller is heard at all: else words are typed."""
        return bool(self.ears or self.heads)

    def spoken_in(self, tongue: Tongue) -> "SessionConfig":
        """Return the same conversation, to go on in another language."""
        return replace(
            self,
            language=tongue.language,
            filler=tongue.filler,
            apology=tongue.apology,
            closing_when_broke=tongue.closing_when_broke,
            end_message="",  # it is in the first language: the model says goodbye
        )
