"""Whose turn it is. Pure: events in, decisions out; no clock, no I/O.

    quiet ──speech──▶ speaking ──pause──▶ pausing ──enough──▶ quiet (EndTurn)
                         ▲                    │
                         └────── speech ──────┘

What the caller does to the agent while it speaks is told in ``voice.yielding``. Times
are ms on the media clock.
"""

from typing import Literal

from providers.ports import Melody
from voice.asides import Asides, Echoes, NoEcho
from voice.config import TurnRules
from voice.decisions import (
    Decision,
    EndTurn,
    KeepTalking,
    PauseBegan,
    SpeechBegan,
)
from voice.patience import Patience
from voice.pieces import Piece
from voice.said import Said
from voice.stragglers import Stragglers
from voice.wording import plain_words
from voice.yielding import START_UNDER_AGENT_MS, AgentDoes, Sound, Yielding

START_LEVEL, STOP_LEVEL = 0.5, 0.35  # probability of speech: hysteresis
START_MS = 100  # of speech, in a leaky count, that begin it
PAUSE_MS = 190  # of silence that make a pause: six windows
ONSET_LEVEL, ONSET_MS = 0.1, 100  # of a sound that may become speech: it is waited for
FINAL_WAIT_MS = 1_200  # for the recogniser's last words before its partial must do
LOST_MS = 400  # without a window: the line sends nothing, which is silence
PROVIDER_WAIT_MS = 3_000  # for a vendor that began a turn to say that it is over

State = Literal["quiet", "speaking", "pausing"]


class Turns:
    """The judge of one conversation."""

    def __init__(
        self,
        rules: TurnRules,
        window_ms: int,
        echo: Echoes | None = None,
        language: str = "en",
    ) -> None:
        self.rules = rules
        self._patience = Patience(rules.mode, language)
        self._asides = Asides(rules, language, echo or NoEcho())
        self._yielding = Yielding(rules, self._asides, self._patience)
        self._stragglers = Stragglers()  # of the last turn, if it ended without final
        self._window_ms = window_ms
        self.state: State = "quiet"
        self._pauses = 0
        self._window_at = 0
        self._level = 0.0  # probability of speech in the last window
        self._forget()

    def speak(self, rules: TurnRules, language: str) -> None:
        """Judge by another language's words from now on."""
        self.rules = rules
        self._patience.speak(language)
        self._asides.speak(rules, language)
        self._yielding.speak(rules)

    def agent_says(self, text: str) -> None:
        """Take the agent's words as far as they are known."""
        self._asides.agent_text = text

    def opening(self, is_on: bool) -> None:
        """Say whether the agent opens the call."""
        self._asides.is_opening = is_on

    def _forget(self) -> None:
        self.state = "quiet"
        self._loud_ms = 0.0  # leaky count of speech, before it begins
        self._sound = Sound()
        self._quiet_ms = 0
        self._began_ms = 0
        self._last_loud_ms = 0
        self._said = Said()
        self._is_split = False  # finals may be of what another person said before
        self._melody: Melody | None = None  # by the end-of-turn model
        self._ending: float | None = None  # of a full stop, by the recogniser
        self._has_final = True  # everything said has been recognised
        self._known_until_ms = 0  # finals reach to there
        self._burst_at_ms = 0  # when the speech before the pause, or now, began
        self._answers_due = 0  # pauses whose last words have not all come
        self._has_started = False  # voice activity, not only words
        self._yielding.forget()

    @property
    def agent(self) -> AgentDoes:
        """What the agent does."""
        return self._yielding.agent

    @property
    def text(self) -> str:
        """All words of the turn as far as they are known."""
        return self._said.text

    @property
    def pieces(self) -> tuple[Piece, ...]:
        """The same words, with their times."""
        return self._said.pieces(self._began_ms, self._last_loud_ms)

    @property
    def began_ms(self) -> int:
        """When the turn began."""
        return self._began_ms

    def lightness(self, words: list[str]) -> str:
        """Say why words do not stop the agent; nothing if they may."""
        return self._yielding.lightness(words)

    # ---- what happens

    def window(self, now: int, probability: float) -> list[Decision]:
        """Take the probability of speech in one more window."""
        self._window_at, self._level = now, probability
        if self.state == "quiet":
            return self._wait_for_speech(now, probability)
        if probability >= (STOP_LEVEL if self.state == "speaking" else START_LEVEL):
            return self._go_on(now, is_sure=probability >= START_LEVEL)
        return self._be_quiet(now, self._window_ms)

    def words(
        self,
        now: int,
        text: str,
        *,
        final: bool,
        ending: float | None = None,
        confidence: float = 1.0,
        piece: Piece | None = None,
    ) -> list[Decision]:
        """Take recognised words. A final replaces the partial before it.

        ``ending``: odds of a full stop behind them, by a recogniser that tells.
        ``confidence``: how sure it is of the words. ``piece``: a final with its times,
        if it tells them.
        """
        self._yielding.hears(confidence)
        heard, text = text, self._stragglers.without(now, text)
        self._ending = ending if text else self._ending
        self._said.hear(text, final=final)
        if final:
            self._known_until_ms = piece.ended_ms if piece else now
        decisions: list[Decision] = []
        if self.state == "quiet" and text:
            # The recogniser heard what voice activity missed, or there is none.
            self.state = "pausing"
            self._began_ms = self._last_loud_ms = now
            self._has_final = final
            decisions.append(SpeechBegan(now))
        elif self.state == "pausing":
            self._has_final = self._has_final or (final and self._is_known_to_end)
            if not self._has_started and text:
                self._last_loud_ms = now
        if final and text:
            known = piece if text == heard else None
            self._said.place(known, self._began_ms, now)
        return [*decisions, *self._weigh(), *self.due(now)]

    def split(self) -> None:
        """Take it that words of what was said until a moment ago come as a final of their
        own, while somebody else speaks: they are not all of the turn."""
        self._is_split = True

    def finalized(self, now: int) -> list[Decision]:
        """The recogniser has given all the words it has."""
        self._stragglers.all_came()
        self._is_split = False
        self._answers_due = max(0, self._answers_due - 1)
        if self.state == "pausing" and not self._answers_due:
            self._has_final = True
        return self.due(now)

    @property
    def _is_known_to_end(self) -> bool:
        """Tell whether finals reach into what was said last: a recogniser that gives no
        partials may still be at work on it."""
        return not self._is_split and self._known_until_ms >= self._burst_at_ms

    def judged(self, now: int, melody: Melody, pause: int) -> list[Decision]:
        """Take what the end-of-turn model makes of a pause."""
        if self.state == "pausing" and pause == self._pauses:
            self._melody = melody
        return self.due(now)

    def provider_started(self, now: int) -> list[Decision]:
        """The vendor's own endpointing heard speech."""
        self._window_at = now
        if self.state != "quiet":
            self.state = "speaking"
            self._sound.is_on = True
            self._last_loud_ms = now
            return []
        self._began_ms = now
        return self._begin(now)

    def provider_ended(self, now: int) -> list[Decision]:
        """The vendor's own endpointing says that the turn is over."""
        return self._end(now, "provider", now) if self.text else []

    def agent_is(self, does: AgentDoes, now: int) -> list[Decision]:
        """Take what the agent does."""
        was = self.agent
        self._yielding.agent_is(does)
        return self.due(now) if does == "free" and was != "free" else []

    def tick(self, now: int) -> list[Decision]:
        """Let time pass, also where the line has fallen silent."""
        if self.state == "quiet":
            return []
        if self.rules.endpointing == "provider":
            return self._provider_overdue(now)
        if self._has_started and now - self._window_at > LOST_MS:
            silence = now - self._window_at
            self._window_at, self._level = now, 0.0
            return self._be_quiet(now, silence)
        return self.due(now)

    def due(self, now: int) -> list[Decision]:
        """Decide whether a pause has lasted long enough."""
        if self.state != "pausing" or self.rules.endpointing == "provider":
            return []
        waited = now - self._last_loud_ms
        is_known = self._has_final or waited > FINAL_WAIT_MS
        words = plain_words(self.text)
        if not words:
            return self._come_to_nothing(now) if is_known else []
        if self._yielding.is_under_agent:
            if not self.rules.barge_in:
                return []  # it is answered when the agent has finished
            if is_known and self._yielding.lightness(words):
                return self._pass_over(words)
        needed, reason = self._patience.needed(
            self.text, self._asides.agent_text, self._melody, self._ending
        )
        if waited < needed or not is_known:
            return []
        if self._level >= ONSET_LEVEL and waited < needed + ONSET_MS:
            return []
        return self._end(now, reason, self._last_loud_ms + needed)

    # ---- sound

    def _wait_for_speech(self, now: int, probability: float) -> list[Decision]:
        if probability >= START_LEVEL:
            if not self._loud_ms:
                self._began_ms = now - self._window_ms
            self._loud_ms += self._window_ms
        elif self._loud_ms:
            self._loud_ms = max(0.0, self._loud_ms - self._window_ms / 2)
        start = START_UNDER_AGENT_MS if self.agent == "speaking" else START_MS
        return self._begin(now) if self._loud_ms >= start else []

    def _begin(self, now: int) -> list[Decision]:
        self.state = "speaking"
        loud_ms = round(self._loud_ms)
        self._sound = Sound(True, loud_ms, loud_ms)
        self._loud_ms = 0.0
        self._quiet_ms = 0
        self._last_loud_ms = now
        self._has_final = False
        self._has_started = True
        self._melody = None
        return [SpeechBegan(self._began_ms), *self._yielding.weigh_sound(self._sound)]

    def _go_on(self, now: int, *, is_sure: bool) -> list[Decision]:
        sound = self._sound
        if self.state == "pausing":
            self.state = "speaking"
            self._burst_at_ms = now
            sound.is_on, sound.burst_ms = True, 0
            self._yielding.burst_began()
        self._has_started = True
        sound.burst_ms += self._window_ms
        sound.speech_ms += self._window_ms
        self._quiet_ms = 0
        if is_sure:  # in noise the rest fades slowly
            self._last_loud_ms = now
        self._has_final = False
        self._melody = None
        return self._weigh()

    def _be_quiet(self, now: int, lasted: int) -> list[Decision]:
        self._quiet_ms += lasted
        if self.state == "pausing":
            return self.due(now)
        if self._quiet_ms >= PAUSE_MS:
            self.state = "pausing"
            self._sound.is_on = False
            self._pauses += 1
            self._has_final = self._said.is_final and self._is_known_to_end
            self._answers_due += 1
            return [PauseBegan(self._pauses), *self.due(now)]
        return self._yielding.fell_quiet(self.text, self._sound, self._quiet_ms)

    def _weigh(self) -> list[Decision]:
        if self.agent == "free" or self._yielding.is_done:
            return []
        is_whole = not self._said.partial
        return self._yielding.weigh(self.text, self._sound, is_whole=is_whole)

    # ---- the end of a turn

    def _end(self, now: int, reason: str, ready_ms: int) -> list[Decision]:
        words = plain_words(self.text)
        is_under = self._yielding.is_under_agent
        if is_under and (self._yielding.lightness(words) or not self.rules.barge_in):
            return self._pass_over(words)
        decision = EndTurn(
            self.text,
            reason,
            self._began_ms,
            self._last_loud_ms or now,
            ready_ms,
            self.pieces,
        )
        self._patience.ended(self.text)
        is_whole = self._has_final and not self._said.partial
        self._stragglers.expect([] if is_whole else words, now)
        self._yielding.gave_turn()
        self._forget()
        return [decision]

    def _pass_over(self, words: list[str]) -> list[Decision]:
        """Forget words that did not stop the agent."""
        decisions = self._yielding.passed_over(words)
        self._forget()
        return decisions

    def _come_to_nothing(self, now: int) -> list[Decision]:
        """There were no words in it."""
        self._yielding.was_wordless()
        self._forget()
        return [KeepTalking("noise")]

    def _provider_overdue(self, now: int) -> list[Decision]:
        if now - max(self._last_loud_ms, self._window_at) < PROVIDER_WAIT_MS:
            return []
        if self.text:
            return self._end(now, "provider is silent", now)
        return self._come_to_nothing(now)
