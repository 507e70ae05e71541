"""Speech to speech: one model that hears, thinks and speaks, one call's head."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from providers.ports.llm import Message, ToolCall, ToolSpec
from providers.ports.streams import AudioFormat, Failed


@dataclass(frozen=True, slots=True)
class RealtimeCapabilities:
    """What a model that hears, thinks and speaks can do."""

    led: bool = False  # replies when told to; else as soon as it finds a turn over
    speaks_in_tools: bool = False  # may say something while a tool runs


@dataclass(frozen=True, slots=True)
class RealtimeRequest:
    """How to converse. The session fills in all but voice, language, model, options."""

    format: AudioFormat  # of the caller's audio
    voice_format: AudioFormat  # wanted of the reply's
    language: str  # BCP-47
    voice: str = ""
    model: str = ""
    prompt: str = ""
    tools: Sequence[ToolSpec] = ()
    earlier: Sequence[Message] = ()  # what was said before, without the prompt
    patience: Literal["fast", "balanced", "patient"] = "balanced"
    barge_in: bool = True
    temperature: float | None = None
    max_tokens: int = 0  # of one reply; 0: as many as it likes
    keywords: tuple[str, ...] = ()
    resume: str = ""  # ``RealtimeStream.resume`` of the stream before this one
    options: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CallerBegan:
    """The caller began to speak."""


@dataclass(frozen=True, slots=True)
class CallerEnded:
    """The caller's turn is over. ``turn`` is the vendor's name of it."""

    turn: str


@dataclass(frozen=True, slots=True)
class CallerSaid:
    """The words of a caller's turn: all of them, so far. May come behind the reply."""

    turn: str
    text: str
    is_final: bool


@dataclass(frozen=True, slots=True)
class ReplySound:
    """A piece of a reply's sound, in the format that was asked for."""

    reply: str
    data: bytes


@dataclass(frozen=True, slots=True)
class ReplyWords:
    """More words of a reply, as they are spoken."""

    reply: str
    text: str


@dataclass(frozen=True, slots=True)
class ReplyDone:
    """A reply is complete, or was stopped. Tools wanted have been told before."""

    reply: str
    stopped: bool = False


@dataclass(frozen=True, slots=True)
class ToolsWanted:
    """The model asks for tools; nothing is said on until all of them are answered."""

    calls: tuple[ToolCall, ...]


@dataclass(frozen=True, slots=True)
class RealtimeUsage:
    """What was used since the last time, in tokens. Cached ones are among the input."""

    input_tokens: int = 0  # of text
    cached_input_tokens: int = 0
    output_tokens: int = 0
    audio_input_tokens: int = 0
    cached_audio_tokens: int = 0
    audio_output_tokens: int = 0


@dataclass(frozen=True, slots=True)
class Expiring:
    """The vendor will end this stream soon: open another when nobody speaks."""

    within_s: float


RealtimeEvent = (
    CallerBegan
    | CallerEnded
    | CallerSaid
    | ReplySound
    | ReplyWords
    | ReplyDone
    | ToolsWanted
    | RealtimeUsage
    | Expiring
    | Failed
)


class RealtimeStream(Protocol):
    """One call's head, open until ``close``."""

    resume: str  # lets a later stream go on with what was said; "": it cannot

    def send(self, audio: bytes) -> None:
        """Take the caller's audio in the requested format. Never blocks."""

    def reply(self, instructions: str = "") -> None:
        """Speak now; by ``instructions`` this once, else to what was heard last."""

    def tell(self, text: str) -> None:
        """Take words that the caller typed or keyed, without replying to them."""

    def answer(self, call: ToolCall, result: str) -> None:
        """Take what a tool gave back."""

    def stop(self, reply: str, heard_ms: int) -> None:
        """End a reply, of which the caller heard only its first ``heard_ms``.

        What was not heard is forgotten, as far as the vendor can. An empty name stands
        for a reply that was asked for and has made no sound yet, if there is one.
        """

    def instruct(self, prompt: str) -> None:
        """Go on with another prompt."""

    def close(self) -> None:
        """End the stream; no event comes after. Safe to call twice."""


class RealtimeMind(Protocol):
    """A model that hears and speaks by itself."""

    capabilities: RealtimeCapabilities

    async def open(
        self, request: RealtimeRequest, on_event: Callable[[RealtimeEvent], None]
    ) -> RealtimeStream:
        """Open a stream that is ready to listen, within the connect limit, or raise
        ProviderError."""
