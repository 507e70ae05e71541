"""Whose turn it is. Pure: events in, decisions out; no clock, no I/O.

    quiet ──speech──▶ speaking ──pause──▶ pausing ──enough──▶ quiet (EndTurn)
                         ▲                    │
                         └──── speech ────────┘

While the agent speaks, speech of the caller is weighed: words that are more than a
backchannel, or sound that lasts, interrupt; the rest does not (KeepTalking).
Times are ms on the media clock.
"""

from dataclasses import dataclass
from typing import Literal

from voice import completeness
from voice.config import TurnRules
from voice.wording import plain_words

START_LEVEL, STOP_LEVEL = 0.5, 0.35  # probability of speech: hysteresis
START_MS = 200  # of speech, in a leaky count, that begin it
PAUSE_MS = 200  # of silence that make a pause
FINAL_WAIT_MS = 1200  # for the recogniser's last words before its partial must do


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a pause must last before it ends a turn, by what the words look like."""

    finished_ms: int
    unsure_ms: int
    unfinished_ms: int
    # With the end-of-turn model: sure of the end, sure of the contrary.
    heard_end_ms: int
    heard_more_ms: int
    # While the agent speaks: sustained sound without words, and how many words.
    sustained_ms: int
    words: int


PATIENCE = {
    "fast": Patience(200, 200, 700, 200, 600, 200, 1),
    "balanced": Patience(450, 750, 1500, 250, 1300, 700, 1),
    "patient": Patience(800, 1300, 2500, 600, 2200, 1100, 2),
}
END_ODDS, MORE_ODDS = 0.7, 0.3  # what the end-of-turn model is believed at


@dataclass(frozen=True, slots=True)
class SpeechBegan:
    """The caller began to speak."""

    at_ms: int


@dataclass(frozen=True, slots=True)
class PauseBegan:
    """The caller paused: ask for final words and for the end-of-turn model's opinion."""

    speech_end_ms: int


@dataclass(frozen=True, slots=True)
class EndTurn:
    """The caller's turn is over."""

    text: str
    reason: str
    speech_end_ms: int
    ready_ms: int  # when the rules alone would have ended it: later is the recogniser


@dataclass(frozen=True, slots=True)
class Interrupt:
    """The agent must stop."""

    cause: str


@dataclass(frozen=True, slots=True)
class KeepTalking:
    """The caller made a sound that does not stop the agent."""

    cause: str


@dataclass(frozen=True, slots=True)
class FalseAlarm:
    """What stopped the agent, or began a turn, came to nothing: no words."""

    cause: str


Decision = SpeechBegan | PauseBegan | EndTurn | Interrupt | KeepTalking | FalseAlarm
State = Literal["quiet", "speaking", "pausing"]


class Turns:
    """The judge of one conversation."""

    def __init__(self, rules: TurnRules, window_ms: int) -> None:
        self.rules = rules
        self.patience = PATIENCE[rules.mode]
        self._window_ms = window_ms
        self._start_windows = START_MS / window_ms
        self.state: State = "quiet"
        self.agent_speaking = False
        self.agent_text = ""  # being spoken, to know an echo by
        self._loud = 0.0  # leaky count of windows with speech
        self._quiet_ms = 0
        self._began_ms = 0
        self._last_loud_ms = 0
        self._finals: list[str] = []
        self._partial = ""
        self._odds: float | None = None  # that the turn is over, by the model
        self._has_final = True  # everything said has been recognised
        self._interrupted = False
        self._weighed = ""  # words that were found too light already

    @property
    def text(self) -> str:
        """All words of the turn as far as they are known."""
        return " ".join(filter(None, [*self._finals, self._partial])).strip()

    # ---- what happens

    def window(self, now: int, probability: float) -> list[Decision]:
        """Take the probability of speech in one more window."""
        if self.state == "quiet":
            return self._wait_for_speech(now, probability)
        if probability >= (STOP_LEVEL if self.state == "speaking" else START_LEVEL):
            return self._go_on(now)
        self._quiet_ms += self._window_ms
        if self.state == "speaking" and self._quiet_ms >= PAUSE_MS:
            self.state = "pausing"
            self._has_final = not self._partial and bool(self._finals)
            return [PauseBegan(self._last_loud_ms), *self.due(now)]
        return self.due(now) if self.state == "pausing" else []

    def words(self, now: int, text: str, *, final: bool) -> list[Decision]:
        """Take recognised words. A final replaces the partial before it."""
        if final:
            if text:
                self._finals.append(text)
            self._partial = ""
        else:
            self._partial = text
        decisions: list[Decision] = []
        if self.state == "quiet" and text:
            # The recogniser heard what voice activity missed.
            self.state = "pausing"
            self._began_ms = self._last_loud_ms = now
            self._has_final = final
            decisions.append(SpeechBegan(now))
        elif final and self.state == "pausing":
            self._has_final = True
        return [*decisions, *self._weigh(now), *self.due(now)]

    def finalized(self, now: int) -> list[Decision]:
        """The recogniser has given all the words it has."""
        self._has_final = True
        return self.due(now)

    def judged(self, now: int, odds: float) -> list[Decision]:
        """Take the end-of-turn model's probability that the turn is over."""
        if self.state == "pausing":
            self._odds = odds
        return self.due(now)

    def provider_started(self, now: int) -> list[Decision]:
        """The vendor's own endpointing heard speech."""
        if self.state != "quiet":
            self.state = "speaking"
            return []
        return self._begin(now)

    def provider_ended(self, now: int) -> list[Decision]:
        """The vendor's own endpointing says that the turn is over."""
        return self._end(now, "provider", now) if self.text else []

    def due(self, now: int) -> list[Decision]:
        """Decide whether a pause has lasted long enough."""
        if self.state != "pausing" or self.rules.endpointing == "provider":
            return []
        waited = now - self._last_loud_ms
        text = self.text
        if not text:
            if self._has_final or waited > FINAL_WAIT_MS:
                return self._come_to_nothing()
            return []
        needed, reason = self._needed(text)
        if waited < needed or not (self._has_final or waited > FINAL_WAIT_MS):
            return []
        return self._end(now, reason, self._last_loud_ms + needed)

    # ---- inside

    def _wait_for_speech(self, now: int, probability: float) -> list[Decision]:
        if probability >= START_LEVEL:
            self._loud += 1
            if self._loud == 1:
                self._began_ms = now - self._window_ms
        elif self._loud:
            self._loud = max(0.0, self._loud - 0.5)
        if self._loud < self._start_windows:
            return []
        return self._begin(now)

    def _begin(self, now: int) -> list[Decision]:
        self.state = "speaking"
        self._loud = 0.0
        self._quiet_ms = 0
        self._last_loud_ms = now
        self._has_final = False
        self._odds = None
        return [SpeechBegan(self._began_ms or now), *self._weigh(now)]

    def _go_on(self, now: int) -> list[Decision]:
        self.state = "speaking"
        self._quiet_ms = 0
        self._last_loud_ms = now
        self._has_final = False
        self._odds = None
        return self._weigh(now) if self.agent_speaking else []

    def _weigh(self, now: int) -> list[Decision]:
        """Decide whether what the caller does stops the agent."""
        if not self.agent_speaking or self._interrupted or not self.rules.barge_in:
            return []
        words = plain_words(self.text)
        if words:
            return self._weigh_words(words)
        lasted = self._last_loud_ms - self._began_ms
        if self.state == "speaking" and lasted >= self.patience.sustained_ms:
            return self._interrupt(f"{lasted} ms of speech")
        return []

    def _weigh_words(self, words: list[str]) -> list[Decision]:
        said = " ".join(words)
        if said == self._weighed:
            return []
        stops = [word for word in words if word in self.rules.stop_words]
        telling = [word for word in words if word not in self.rules.backchannels]
        if self._is_echo(words):
            cause = f"echo: {said}"
        elif stops or len(telling) >= self.patience.words:
            return self._interrupt(said)
        else:
            cause = f"backchannel: {said}"
        self._weighed = said
        return [KeepTalking(cause)]

    def _interrupt(self, cause: str) -> list[Decision]:
        self._interrupted = True
        return [Interrupt(cause)]

    def _is_echo(self, words: list[str]) -> bool:
        """Tell the agent's own words, come back through the caller's microphone."""
        if len(words) < 3:
            return False
        spoken = f" {' '.join(plain_words(self.agent_text))} "
        return f" {' '.join(words)} " in spoken

    def _needed(self, text: str) -> tuple[int, str]:
        verdict, patience = completeness.judge(text), self.patience
        if self._odds is not None and verdict != "unfinished":
            if self._odds >= END_ODDS:
                return patience.heard_end_ms, "smart-turn"
            if self._odds <= MORE_ODDS and verdict == "unsure":
                return patience.heard_more_ms, "smart-turn waits"
        waits = {
            "finished": patience.finished_ms,
            "unsure": patience.unsure_ms,
            "unfinished": patience.unfinished_ms,
        }
        return waits[verdict], f"silence after {verdict} words"

    def _end(self, now: int, reason: str, ready_ms: int) -> list[Decision]:
        text = self.text
        words = plain_words(text)
        light = all(word in self.rules.backchannels for word in words)
        if (
            self.agent_speaking
            and not self._interrupted
            and (light or self._is_echo(words) or not self.rules.barge_in)
        ):
            # It was said under the agent's words and did not stop them.
            self._forget()
            return []
        if self._interrupted and light and self.rules.resume_after_interruption:
            cause = f"backchannel: {text}"
            self._forget()
            return [FalseAlarm(cause)]
        decision = EndTurn(text, reason, self._last_loud_ms or now, ready_ms)
        self._forget()
        return [decision]

    def _come_to_nothing(self) -> list[Decision]:
        was_interrupted = self._interrupted
        self._forget()
        return [FalseAlarm("no words")] if was_interrupted else [KeepTalking("noise")]

    def _forget(self) -> None:
        self.state = "quiet"
        self._loud = 0.0
        self._quiet_ms = 0
        self._began_ms = 0
        self._finals, self._partial = [], ""
        self._odds = None
        self._has_final = True
        self._interrupted = False
        self._weighed = ""
