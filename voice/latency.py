"""Where the wait of a turn went."""

from collections.abc import Callable
from dataclasses import dataclass

from voice.events import TurnLatency


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


class Latency:
    """Follows the turn that was taken last until the caller hears an answer."""

    def __init__(self, now: Callable[[], int]) -> None:
        self._now = now
        self._times: TurnTimes | None = None

    def decided(self, turn: int, speech_end: int, ready: int, now: int) -> None:
        """A turn was taken."""
        self._times = TurnTimes(turn, speech_end, ready, now)

    def nobody_waits(self) -> None:
        """The turn is not answered."""
        self._times = None

    def token(self) -> None:
        """Something of the answer came."""
        if self._times and self._times.first_token is None:
            self._times.first_token = self._now()

    def sentence(self) -> None:
        """A sentence of it came."""
        if self._times and self._times.first_sentence is None:
            self._times.first_sentence = self._now()

    def sound(self) -> None:
        """Sound came from a model that makes no words before it."""
        if self._times and self._times.first_token is None:
            self._times.first_token = self._times.first_sentence = self._now()

    def audible(self, turn: int, lag_ms: int) -> TurnLatency | None:
        """The caller hears an answer to this turn; return the wait, if it was theirs."""
        times = self._times
        if times is None or times.turn != turn:
            return None
        times.first_audio = self._now()
        self._times = None
        return times.latency(lag_ms)
