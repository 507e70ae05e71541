"""Ports to rented minds: what the engine and the apps may ask of any vendor.

Audio streams are synchronous in both directions: ``send`` never blocks and events come
by callback on the event loop's thread, because a coroutine or a queue per frame is what
keeps other engines from carrying many calls. Only opening a stream is awaited.

Every method that talks to a vendor raises, or reports through a ``Failed`` event,
a ``providers.errors.ProviderError``; nothing else may leave an adapter.
"""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from providers.errors import ProviderError

Encoding = Literal["pcm_s16le", "mulaw", "alaw"]


@dataclass(frozen=True, slots=True)
class AudioFormat:
    """Mono audio on a wire."""

    encoding: Encoding
    sample_rate: int  # Hz

    @property
    def bytes_per_ms(self) -> int:
        """Bytes that one millisecond takes."""
        return self.sample_rate // 1000 * (2 if self.encoding == "pcm_s16le" else 1)


TELEPHONE = AudioFormat("mulaw", 8000)


# ---------------------------------------------------------------- speech to text


@dataclass(frozen=True, slots=True)
class Word:
    """One recognised word; times are ms from the first audio sent to the stream."""

    text: str
    start_ms: int
    end_ms: int
    confidence: float = 1.0


@dataclass(frozen=True, slots=True)
class Transcript:
    """Words heard. A partial may change; a final will not."""

    text: str
    is_final: bool
    speech_final: bool = False  # the vendor's own endpointing says the turn is over
    start_ms: int = 0  # from the first audio sent to the stream
    end_ms: int = 0
    confidence: float = 1.0
    words: tuple[Word, ...] = ()
    language: str = ""
    ending: float | None = None  # odds of a full stop behind it; None: it does not say


@dataclass(frozen=True, slots=True)
class SpeechStarted:
    """The vendor's own voice activity detection heard speech begin."""

    at_ms: int = 0


@dataclass(frozen=True, slots=True)
class Finalized:
    """Answer to ``finalize``: all audio sent before it has been transcribed."""


@dataclass(frozen=True, slots=True)
class Failed:
    """The stream is dead; the engine goes to the next provider."""

    error: ProviderError


SttEvent = Transcript | SpeechStarted | Finalized | Failed


@dataclass(frozen=True, slots=True)
class SttCapabilities:
    """What a recogniser can do."""

    encodings: tuple[Encoding, ...]
    sample_rates: tuple[int, ...]
    partials: bool = True  # transcripts while speech goes on
    endpointing: bool = False  # sends speech_final by itself
    segmented: bool = False  # must be told by finalize() where a segment ends


@dataclass(frozen=True, slots=True)
class SttRequest:
    """How to listen."""

    format: AudioFormat
    language: str  # BCP-47
    model: str = ""
    keywords: tuple[str, ...] = ()
    endpointing_ms: int | None = None  # ask the vendor to end turns; None: do not
    options: dict[str, Any] = field(default_factory=dict)


class SttStream(Protocol):
    """One call's ear, open until ``close``."""

    def send(self, audio: bytes) -> None:
        """Take audio in the requested format, any length. Never blocks."""

    def finalize(self) -> None:
        """Transcribe what was sent so far now; ``Finalized`` follows the last final."""

    def close(self) -> None:
        """End the stream; no event comes after. Safe to call twice."""


class SpeechToText(Protocol):
    """A recogniser."""

    capabilities: SttCapabilities

    async def open(
        self, request: SttRequest, on_event: Callable[[SttEvent], None]
    ) -> SttStream:
        """Open a stream within the connect limit, or raise ProviderError."""


# ---------------------------------------------------------------- language model


@dataclass(frozen=True, slots=True)
class ToolSpec:
    """A function the model may call; ``parameters`` is a JSON Schema object."""

    name: str
    description: str
    parameters: dict[str, Any]


@dataclass(frozen=True, slots=True)
class ToolCall:
    """The model asks for a function; ``arguments`` is parsed JSON."""

    id: str
    name: str
    arguments: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a conversation.

    A ``tool`` message answers the call named by ``tool_call_id``. An ``assistant``
    message holds only what the caller really heard.
    """

    role: Literal["system", "user", "assistant", "tool"]
    text: str
    tool_calls: tuple[ToolCall, ...] = ()
    tool_call_id: str = ""


@dataclass(frozen=True, slots=True)
class TextDelta:
    """A piece of the reply."""

    text: str


@dataclass(frozen=True, slots=True)
class Usage:
    """What the reply cost the vendor, in tokens; sent once, last."""

    input_tokens: int
    output_tokens: int
    cached_input_tokens: int = 0


LlmEvent = TextDelta | ToolCall | Usage


@dataclass(frozen=True, slots=True)
class LlmRequest:
    """One reply wanted."""

    messages: Sequence[Message]
    model: str = ""
    tools: Sequence[ToolSpec] = ()
    temperature: float = 0.5
    max_tokens: int = 250
    json_schema: dict[str, Any] | None = None  # reply must be JSON that fits it
    options: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LlmCapabilities:
    """What a language model can do."""

    tools: bool = True
    json_schema: bool = True
    scripted: bool = False  # no model at all: the offline brain. Say so to people


class LanguageModel(Protocol):
    """A mind that replies."""

    capabilities: LlmCapabilities

    def reply(self, request: LlmRequest) -> AsyncIterator[LlmEvent]:
        """Stream one reply; closing the iterator cancels it.

        Raises ``ProviderError`` on the first ``anext`` or in mid-stream.
        """

    async def prewarm(self, request: LlmRequest | None = None) -> None:
        """Do ahead of need what the first reply would wait for: a connection, or
        reading what ``request`` (without messages) will bring. Failures are silent."""


# ---------------------------------------------------------------- text to speech


@dataclass(frozen=True, slots=True)
class SpokenWord:
    """When a word of an utterance is heard; ms from the utterance's first audio."""

    text: str
    start_ms: int
    end_ms: int


@dataclass(frozen=True, slots=True)
class Audio:
    """A piece of an utterance's audio in the requested format."""

    utterance: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Alignment:
    """Word times, where the vendor gives them."""

    utterance: str
    words: tuple[SpokenWord, ...]


@dataclass(frozen=True, slots=True)
class UtteranceDone:
    """All audio of the utterance has been sent."""

    utterance: str


@dataclass(frozen=True, slots=True)
class UtteranceFailed:
    """This utterance will not be finished; the stream may be dead too."""

    utterance: str
    error: ProviderError


TtsEvent = Audio | Alignment | UtteranceDone | UtteranceFailed | Failed


@dataclass(frozen=True, slots=True)
class TtsCapabilities:
    """What a voice engine can do."""

    encodings: tuple[Encoding, ...]
    sample_rates: tuple[int, ...]
    alignment: bool = False
    continues: bool = True  # an utterance may be handed over piece by piece


@dataclass(frozen=True, slots=True)
class TtsRequest:
    """How to speak."""

    format: AudioFormat
    voice: str
    language: str  # BCP-47
    model: str = ""
    speed: float = 1.0
    options: dict[str, Any] = field(default_factory=dict)


class TtsStream(Protocol):
    """One call's mouth, open until ``close``. Utterances may overlap."""

    def say(self, utterance: str, text: str, *, more: bool) -> None:
        """Speak ``text`` as the next piece of ``utterance``; ``more=False`` ends it.

        An empty text with ``more=False`` only ends the utterance.
        """

    def cancel(self, utterance: str) -> None:
        """Stop making this utterance; late audio of it is dropped by the engine."""

    def close(self) -> None:
        """End the stream; no event comes after. Safe to call twice."""


class TextToSpeech(Protocol):
    """A voice engine."""

    capabilities: TtsCapabilities

    async def open(
        self, request: TtsRequest, on_event: Callable[[TtsEvent], None]
    ) -> TtsStream:
        """Open a stream within the connect limit, or raise ProviderError."""


# ---------------------------------------------------------------- speech to speech


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


# ---------------------------------------------------------------- judging sound


class VoiceActivity(Protocol):
    """One call's voice activity, judged by a detector that serves all calls."""

    def push(self, audio: bytes) -> None:
        """Take audio in the format the activity was opened with. Never blocks."""

    def close(self) -> None:
        """Stop judging."""


class VoiceActivityDetector(Protocol):
    """Tells speech from the rest, for every call of the process in one batch."""

    window_ms: int

    def open(
        self, format: AudioFormat, on_window: Callable[[float], None]
    ) -> VoiceActivity:
        """Call ``on_window`` with the probability of speech, 0 to 1, once a window."""


class EndOfTurnModel(Protocol):
    """Tells from sound whether a pause ends a turn."""

    async def probability(self, pcm16k: bytes) -> float:
        """Judge up to 8 s of s16le at 16 kHz that end in the pause; 1 is finished."""


# ---------------------------------------------------------------- meaning


class Embedder(Protocol):
    """Turns texts into vectors of unit length, so that a dot product is a cosine."""

    dimensions: int
    model: str  # vectors of different models must never be compared

    async def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """Return one vector for each text, in order."""
