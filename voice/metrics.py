"""Where the wait of a turn went, and what vendors were asked for."""

from dataclasses import asdict, dataclass, field
from typing import Literal

from providers.ports import RealtimeUsage, Usage
from voice.config import Ear, Head, Mind, Mouth
from voice.events import TurnLatency, Used


@dataclass
class TurnTimes:
    """Moments of one turn, in ms on the media clock; None: has not come yet."""

    turn: int
    speech_end: int
    ready: int  # the rules of turn-taking alone would have ended it here
    decided: int
    first_token: int | None = None
    first_sentence: int | None = None
    first_audio: int | None = None

    def latency(self, lag_ms: int) -> TurnLatency:
        """Split the wait. ``llm_ms`` lasts to the first sentence, which is spoken."""
        audio = self.first_audio if self.first_audio is not None else self.decided
        token = self.first_token if self.first_token is not None else self.decided
        sentence = self.first_sentence if self.first_sentence is not None else token
        ready = min(max(self.ready, self.speech_end), self.decided)
        return TurnLatency(
            at_ms=self.speech_end,
            turn=self.turn,
            endpointing_ms=ready - self.speech_end,
            stt_ms=self.decided - ready,
            llm_ms=max(0, sentence - self.decided),
            tts_ms=max(0, audio - max(sentence, self.decided)),
            transport_ms=lag_ms,
            total_ms=max(0, audio - self.speech_end) + lag_ms,
        )


Channel = Literal["stt", "llm", "tts", "realtime"]


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
