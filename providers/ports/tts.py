"""Text to speech: a voice engine, one call's mouth, and the sound it makes."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from providers.errors import ProviderError
from providers.ports.streams import AudioFormat, Failed


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

    alignment: bool = False  # tells when words are heard


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
