"""What every stream of sound has: a format, and an end that nobody wanted."""

from dataclasses import dataclass
from typing import Literal

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


@dataclass(frozen=True, slots=True)
class Failed:
    """The stream is dead; the engine goes to the next provider."""

    error: ProviderError
