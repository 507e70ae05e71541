"""What vendors were asked for."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Generic, TypeVar

from providers.ports import AudioFormat, RealtimeUsage, Usage
from voice.config import Ear, Head, Mind, Mouth
from voice.events import Channel, Used

Vendor = TypeVar("Vendor", Ear, Head)


class SoundSent(Generic[Vendor]):
    """Counts the sound that the vendor in use is sent."""

    def __init__(
        self, format: AudioFormat, used: Callable[[Vendor, float], None]
    ) -> None:
        self._bytes_per_second = format.bytes_per_ms * 1000
        self._used: Callable[[Vendor, float], None] = used
        self._bytes = 0

    def add(self, sound: bytes) -> None:
        """Count what was sent just now."""
        self._bytes += len(sound)

    def tell(self, vendor: Vendor | None) -> None:
        """Tell for how many seconds a vendor was sent sound, and begin anew."""
        sent, self._bytes = self._bytes, 0
        if sent and vendor is not None:
            self._used(vendor, sent / self._bytes_per_second)


@dataclass
class Meter:
    """Sums what each vendor's model did in one conversation."""

    _sums: dict[tuple[Channel, str, str], dict[str, float]] = field(
        default_factory=dict
    )

    def listened(self, ear: Ear, seconds: float) -> None:
        """Count audio that a recogniser was given."""
        self._add("stt", ear.provider, ear.request.model, seconds=seconds)

    def thought(self, mind: Mind, usage: Usage) -> None:
        """Count a model's tokens."""
        self._add(
            "llm",
            mind.provider,
            mind.request.model,
            input_tokens=usage.input_tokens,
            output_tokens=usage.output_tokens,
            cached_input_tokens=usage.cached_input_tokens,
        )

    def spoke(self, mouth: Mouth, characters: int) -> None:
        """Count text that a voice was given."""
        self._add("tts", mouth.provider, mouth.request.model, characters=characters)

    def conversed(self, head: Head, usage: RealtimeUsage) -> None:
        """Count the tokens of a model that hears and speaks."""
        self._add("realtime", head.provider, head.request.model, **asdict(usage))

    def conversed_for(self, head: Head, seconds: float) -> None:
        """Count audio that it was given."""
        self._add("realtime", head.provider, head.request.model, seconds=seconds)

    def _add(
        self, channel: Channel, provider: str, model: str, **quantities: float
    ) -> None:
        sums = self._sums.setdefault((channel, provider, model), {})
        for name, quantity in quantities.items():
            sums[name] = sums.get(name, 0.0) + quantity

    def read(self, at_ms: int) -> list[Used]:
        """Return one event for each vendor's model."""
        return [Used(at_ms, *key, dict(sums)) for key, sums in self._sums.items()]
