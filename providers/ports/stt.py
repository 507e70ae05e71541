"""Speech to text: a recogniser, one call's ear, and what it hears."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

from providers.ports.streams import AudioFormat, Failed


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
    words: tuple[Word, ...] = ()  # of a final, if the vendor tells when each was said
    language: str = ""
    ending: float | None = None  # odds of a full stop behind it; None: it does not say


@dataclass(frozen=True, slots=True)
class SpeechStarted:
    """The vendor's own voice activity detection heard speech begin."""

    at_ms: int = 0


@dataclass(frozen=True, slots=True)
class Finalized:
    """Answer to ``finalize``: all audio sent before it has been transcribed."""


SttEvent = Transcript | SpeechStarted | Finalized | Failed


@dataclass(frozen=True, slots=True)
class SttCapabilities:
    """What a recogniser can do."""

    partials: bool = True  # transcripts while speech goes on
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


@runtime_checkable
class SegmentedSttStream(SttStream, Protocol):
    """An ear that does not tell when each word was said, but can be told where somebody
    else began to speak."""

    def split(self, at_ms: int) -> None:
        """Transcribe what was sent before a time, in ms from the first audio, as a final
        of its own, without ``Finalized``. Nothing happens where no words can be in it."""


class SpeechToText(Protocol):
    """A recogniser."""

    capabilities: SttCapabilities

    async def open(
        self, request: SttRequest, on_event: Callable[[SttEvent], None]
    ) -> SttStream:
        """Open a stream within the connect limit, or raise ProviderError."""
