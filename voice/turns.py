"""Whose turn it is. Pure: events in, decisions out; no clock, no I/O.

    quiet ──speech──▶ speaking ──pause──▶ pausing ──enough──▶ quiet (EndTurn)
                         ▲                    │
                         └────── speech ──────┘

While the agent speaks, the caller's sound is weighed in three steps. Sound alone makes
the agent hold its breath (Hold): it gives the line nothing more. Sound that lasts makes
it fall silent, ready to go on (Hold with ``cut``). Only words that are more than a
backchannel end its sentence (Interrupt). Whatever turns out to be less makes it go on
where it was (KeepTalking). Times are ms on the media clock.
"""

from collections.abc import Callable
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from voice import completeness
from voice.config import TurnRules
from voice.wording import is_made_of, is_unspaced, plain_words

START_LEVEL, STOP_LEVEL = 0.5, 0.35  # probability of speech: hysteresis
START_MS = 100  # of speech, in a leaky count, that begin it
START_UNDER_AGENT_MS = 192  # the same while the agent speaks: six windows
PAUSE_MS = 190  # of silence that make a pause: six windows
FINAL_WAIT_MS = 1_200  # for the recogniser's last words before its partial must do
SHORT_MS = 450  # a sound no longer than this, and over, is no interruption
BREATH_MS = 96  # of silence after which a short sound is over
SINGLE_WORD_MS = 400  # of speech that one word alone must have to interrupt
WORDLESS_MS = 4_000  # of sound without a word: music, a television, a crowd
LOST_MS = 400  # without a window: the line sends nothing, which is silence
ECHO_LIKENESS = 0.4  # people who interrupt come to 0.15, an echo in noise to 0.45
ECHO_OVERLAP = 0.8  # share of words found in what the agent says
FALSE_HOLDS = 2  # for sounds without words; after these only words hold
STALE_MS = 4_000  # in which late words of a turn that is over may still come
PROVIDER_WAIT_MS = 3_000  # for a vendor that began a turn to say that it is over
END_ODDS, MORE_ODDS = 0.93, 0.3  # what the end-of-turn model is believed at


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a pause must last before it ends a turn, by what the words look like."""

    answer_ms: int  # a short answer that needs nothing more
    finished_ms: int
    doubted_ms: int  # words finished, but the end-of-turn model is not sure
    unsure_ms: int
    unfinished_ms: int
    # With the end-of-turn model: sure of the end, sure of the contrary.
    heard_end_ms: int
    heard_more_ms: int
    # While the agent speaks: sound that cuts it off, and how many words stop it.
    cut_ms: int
    words: int


PATIENCE = {
    "fast": Patience(180, 180, 180, 180, 700, 180, 600, START_UNDER_AGENT_MS, 1),
    "balanced": Patience(300, 450, 620, 860, 1500, 250, 1300, 700, 1),
    "patient": Patience(550, 800, 1000, 1300, 2500, 600, 2200, 1100, 2),
}
STRETCH, MAX_STRETCH, SHRINK = 1.25, 1.6, 0.95  # for callers who were cut off


@dataclass(frozen=True, slots=True)
class SpeechBegan:
    """The caller began to speak."""

    at_ms: int


@dataclass(frozen=True, slots=True)
class PauseBegan:
    """The caller paused: ask for final words and for the end-of-turn model's opinion."""

    pause: int  # its number, to be given back with the opinion


@dataclass(frozen=True, slots=True)
class EndTurn:
    """The caller's turn is over."""

    text: str
    reason: str
    began_ms: int
    speech_end_ms: int
    ready_ms: int  # when the rules alone would have ended it: later is the recogniser


@dataclass(frozen=True, slots=True)
class Hold:
    """The agent must wait; with ``cut`` it must fall silent at once."""

    cause: str
    cut: bool


@dataclass(frozen=True, slots=True)
class Release:
    """What made the agent wait is over: it goes on. Not worth a line on the timeline."""


@dataclass(frozen=True, slots=True)
class Interrupt:
    """The caller has taken the floor: what the agent has not said stays unsaid."""

    cause: str


@dataclass(frozen=True, slots=True)
class KeepTalking:
    """The caller made a sound that does not stop the agent: it goes on."""

    cause: str


Decision = SpeechBegan | PauseBegan | EndTurn | Hold | Release | Interrupt | KeepTalking
State = Literal["quiet", "speaking", "pausing"]
Floor = Literal["free", "preparing", "speaking"]  # what the agent does


class Turns:
    """The judge of one conversation."""

    def __init__(
        self,
        rules: TurnRules,
        window_ms: int,
        likeness: Callable[[], float] = lambda: 0.0,
        language: str = "en",
    ) -> None:
        self.rules = rules
        self.patience = PATIENCE[rules.mode]
        self._window_ms = window_ms
        self._language = language
        self._likeness = likeness  # of the caller's sound to the agent's
        self.state: State = "quiet"
        self.agent: Floor = "free"
        self.agent_text = ""  # its last words: to know an echo, or a question, by
        self.is_opening = False  # the agent's first words: greetings do not stop them
        self._stretch = 1.0
        self._false_holds = 0
        self._bare_turns = 0  # in a row, that ended without a full stop
        self._pauses = 0
        self._window_at = 0
        self._ended: list[str] = []  # words of the last turn, if it ended without final
        self._ended_at = 0
        self._forget()

    def speak(self, rules: TurnRules, language: str) -> None:
        """Judge by another language's words from now on."""
        self.rules, self._language = rules, language

    def _forget(self) -> None:
        self.state = "quiet"
        self._loud_ms = 0.0  # leaky count of speech, before it begins
        self._burst_ms = 0  # speech since the last pause
        self._speech_ms = 0  # speech of the turn
        self._quiet_ms = 0
        self._began_ms = 0
        self._last_loud_ms = 0
        self._finals: list[str] = []
        self._partial = ""
        self._odds: float | None = None  # that the turn is over, by the model
        self._has_final = True  # everything said has been recognised
        self._has_started = False  # voice activity, not only words
        self._hold: Literal["", "held", "cut"] = ""
        self._interrupted = False
        self._wordless = False  # sound that has been found to hold no words
        self._weighed = ""  # words that were found too light already

    @property
    def text(self) -> str:
        """All words of the turn as far as they are known."""
        return " ".join(filter(None, [*self._finals, self._partial])).strip()

    @property
    def began_ms(self) -> int:
        """When the turn began."""
        return self._began_ms

    # ---- what happens

    def window(self, now: int, probability: float) -> list[Decision]:
        """Take the probability of speech in one more window."""
        self._window_at = now
        if self.state == "quiet":
            return self._wait_for_speech(now, probability)
        if probability >= (STOP_LEVEL if self.state == "speaking" else START_LEVEL):
            return self._go_on(now)
        return self._be_quiet(now, self._window_ms)

    def words(self, now: int, text: str, *, final: bool) -> list[Decision]:
        """Take recognised words. A final replaces the partial before it."""
        text = self._fresh(now, text)
        if final:
            if text:
                self._finals.append(text)
            self._partial = ""
        else:
            self._partial = text
        decisions: list[Decision] = []
        if self.state == "quiet" and text:
            # The recogniser heard what voice activity missed, or there is none.
            self.state = "pausing"
            self._began_ms = self._last_loud_ms = now
            self._has_final = final
            decisions.append(SpeechBegan(now))
        elif self.state == "pausing":
            self._has_final = self._has_final or final
            if not self._has_started and text:
                self._last_loud_ms = now
        return [*decisions, *self._weigh(now), *self.due(now)]

    def finalized(self, now: int) -> list[Decision]:
        """The recogniser has given all the words it has."""
        self._ended = []
        if self.state == "pausing":
            self._has_final = True
        return self.due(now)

    def judged(self, now: int, odds: float, pause: int) -> list[Decision]:
        """Take the end-of-turn model's probability that the turn is over."""
        if self.state == "pausing" and pause == self._pauses:
            self._odds = odds
        return self.due(now)

    def provider_started(self, now: int) -> list[Decision]:
        """The vendor's own endpointing heard speech."""
        self._window_at = now
        if self.state != "quiet":
            self.state = "speaking"
            self._last_loud_ms = now
            return []
        self._began_ms = now
        return self._begin(now)

    def provider_ended(self, now: int) -> list[Decision]:
        """The vendor's own endpointing says that the turn is over."""
        return self._end(now, "provider", now) if self.text else []

    def agent_is(self, floor: Floor, now: int) -> list[Decision]:
        """Take what the agent does."""
        was, self.agent = self.agent, floor
        if floor == "free" and was != "free":
            self._hold = ""
            self._false_holds = 0
            return self.due(now)
        return []

    def tick(self, now: int) -> list[Decision]:
        """Let time pass, also where the line has fallen silent."""
        if self.state == "quiet":
            return []
        if self.rules.endpointing == "provider":
            return self._provider_overdue(now)
        if self._has_started and now - self._window_at > LOST_MS:
            silence = now - self._window_at
            self._window_at = now
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
        if self._is_under_agent and not self._interrupted:
            if not self.rules.barge_in:
                return []  # it is answered when the agent has finished
            if is_known and self._lightness(words):
                return self._pass_over(words)
        needed, reason = self._needed(self.text)
        if waited < needed or not is_known:
            return []
        return self._end(now, reason, self._last_loud_ms + needed)

    # ---- sound

    @property
    def _is_under_agent(self) -> bool:
        return self.agent == "speaking"

    def _wait_for_speech(self, now: int, probability: float) -> list[Decision]:
        if probability >= START_LEVEL:
            if not self._loud_ms:
                self._began_ms = now - self._window_ms
            self._loud_ms += self._window_ms
        elif self._loud_ms:
            self._loud_ms = max(0.0, self._loud_ms - self._window_ms / 2)
        start = START_UNDER_AGENT_MS if self._is_under_agent else START_MS
        return self._begin(now) if self._loud_ms >= start else []

    def _begin(self, now: int) -> list[Decision]:
        self.state = "speaking"
        self._burst_ms = self._speech_ms = round(self._loud_ms)
        self._loud_ms = 0.0
        self._quiet_ms = 0
        self._last_loud_ms = now
        self._has_final = False
        self._has_started = True
        self._odds = None
        return [SpeechBegan(self._began_ms), *self._weigh_sound(now)]

    def _go_on(self, now: int) -> list[Decision]:
        if self.state == "pausing":
            self.state = "speaking"
            self._burst_ms = 0
            self._wordless = False
        self._has_started = True
        self._burst_ms += self._window_ms
        self._speech_ms += self._window_ms
        self._quiet_ms = 0
        self._last_loud_ms = now
        self._has_final = False
        self._odds = None
        if self.agent == "free" or self._interrupted:
            return []
        return self._weigh(now)

    def _be_quiet(self, now: int, lasted: int) -> list[Decision]:
        self._quiet_ms += lasted
        if self.state == "pausing":
            return self.due(now)
        if self._quiet_ms >= PAUSE_MS:
            self.state = "pausing"
            self._pauses += 1
            self._has_final = bool(self._finals) and not self._partial
            return [PauseBegan(self._pauses), *self.due(now)]
        is_short = self._burst_ms <= SHORT_MS and not plain_words(self.text)
        if self._hold and is_short and self._quiet_ms >= BREATH_MS:
            return self._let_go()
        return []

    # ---- what the caller does while the agent speaks, or is about to

    def _weigh(self, now: int) -> list[Decision]:
        """Decide what the caller's words and sound do to the agent."""
        if self.agent == "free" or self._interrupted:
            return []
        words = plain_words(self.text)
        if not words:
            return self._weigh_sound(now)
        if not self.rules.barge_in and self._is_under_agent:
            return []
        return self._weigh_words(words) or self._weigh_length(words)

    def _weigh_sound(self, now: int) -> list[Decision]:
        """Hold for sound, cut for sound that lasts, ignore what holds no words."""
        if self.agent == "free" or self._wordless or self._interrupted:
            return []
        if not self.rules.barge_in and self._is_under_agent:
            return []
        if self._hold and self._burst_ms >= WORDLESS_MS:
            self._wordless = True
            self._false_holds = FALSE_HOLDS
            return [KeepTalking("sound without words"), *self._let_go(counted=False)]
        if self.state != "speaking" or self._false_holds >= FALSE_HOLDS:
            return []
        if not self._is_under_agent:
            return self._take_hold("speech", cut=False)
        cut = self._burst_ms >= self.patience.cut_ms
        if (cut and self._hold == "cut") or (self._hold and not cut):
            return []
        if self._likeness() >= ECHO_LIKENESS:
            return []
        return self._take_hold(f"{self._burst_ms} ms of speech", cut=cut)

    def _take_hold(self, cause: str, *, cut: bool) -> list[Decision]:
        if self._hold and not cut:
            return []
        self._hold = "cut" if cut else "held"
        return [Hold(cause, cut)]

    def _let_go(self, *, counted: bool = True) -> list[Decision]:
        if not self._hold:
            return []
        self._hold = ""
        self._false_holds += counted
        return [Release()]

    def _weigh_words(self, words: list[str]) -> list[Decision]:
        said = " ".join(words)
        if said == self._weighed:
            return []
        if cause := self._lightness(words):
            self._weighed = said
            self._hold = ""
            return [KeepTalking(cause)]
        stops = any(map(self._is_stop, words))
        telling = sum(map(self._is_telling, words))
        enough = self.patience.words if self._is_under_agent else 1
        if stops or telling > enough:
            return self._interrupt(said)
        if telling == enough and self._speech_ms >= SINGLE_WORD_MS:
            return self._interrupt(said)
        return []

    def _weigh_length(self, words: list[str]) -> list[Decision]:
        """Fall silent for somebody who goes on and on, whatever the words are."""
        if not self._is_under_agent or self._hold == "cut" or self._is_echo(words):
            return []
        if self._burst_ms < 2 * max(self.patience.cut_ms, START_UNDER_AGENT_MS * 2):
            return []
        if self._likeness() >= ECHO_LIKENESS:
            return []
        return self._take_hold(f"{self._burst_ms} ms of speech", cut=True)

    def _interrupt(self, cause: str) -> list[Decision]:
        self._interrupted = True
        self._false_holds = 0
        self._hold = ""
        if self.agent == "preparing":
            self._stretch = min(MAX_STRETCH, self._stretch * STRETCH)
        return [Interrupt(cause)]

    def _lightness(self, words: list[str]) -> str:
        """Say why words do not stop the agent; nothing if they may."""
        stops = any(map(self._is_stop, words))
        if not stops and not any(map(self._is_telling, words)):
            return f"backchannel: {' '.join(words)}"
        telling = [word for word in words if self._is_telling(word)]
        is_scrap = completeness.is_scrap(telling[0], self._language) if telling else 0
        if not stops and len(telling) == 1 and is_scrap:
            return f"hardly a word: {' '.join(words)}"
        if self._is_under_agent and self._is_echo(words):
            return f"echo: {' '.join(words)}"
        if self._is_under_agent and not stops and self._likeness() >= ECHO_LIKENESS:
            return f"sounds like an echo: {' '.join(words)}"
        return ""

    def _is_telling(self, word: str) -> bool:
        if self.is_opening and word in self.rules.greetings:
            return False
        return not is_made_of(word, self.rules.backchannels)

    def _is_stop(self, word: str) -> bool:
        return word in self.rules.stop_words or (
            is_unspaced(word)
            and any(len(stop) > 1 and stop in word for stop in self.rules.stop_words)
        )

    def _is_echo(self, words: list[str]) -> bool:
        """Tell the agent's own words, come back through the caller's microphone."""
        if len(words) < 2 or not self.agent_text:
            return False
        if any(map(self._is_stop, words)):
            return False
        spoken = plain_words(self.agent_text)
        blocks = SequenceMatcher(None, words, spoken, autojunk=False)
        found = sum(block.size for block in blocks.get_matching_blocks())
        runs = max(block.size for block in blocks.get_matching_blocks())
        return found / len(words) >= ECHO_OVERLAP and runs >= 2

    def _pass_over(self, words: list[str]) -> list[Decision]:
        """Forget words that did not stop the agent."""
        cause = self._lightness(words)
        was_told, held = self._weighed == " ".join(words), self._hold
        self._forget()
        return (
            [Release()] if was_told and held else [KeepTalking(cause)] * (not was_told)
        )

    # ---- the end of a turn

    def _needed(self, text: str) -> tuple[int, str]:
        verdict = completeness.judge(
            text, self._language, self.agent_text, punctuated=self._is_punctuated
        )
        patience = self.patience
        if self._odds is not None and verdict == "finished" and self._odds >= END_ODDS:
            return self._stretched(patience.heard_end_ms), "smart-turn"
        is_answer = completeness.is_answer(text, self._language)
        is_sung_on = self._odds is not None and self._odds <= MORE_ODDS
        if is_sung_on and not is_answer:
            # The melody goes on, so the full stop was the recogniser's own.
            more_ms = patience.heard_more_ms if " " in text else patience.unsure_ms
            wait = {"finished": patience.unsure_ms, "unsure": more_ms}
            if verdict in wait:
                return self._stretched(wait[verdict]), "smart-turn waits"
        if verdict == "finished" and is_answer and not is_sung_on:
            return self._stretched(patience.answer_ms), "silence after an answer"
        if verdict == "finished" and self._odds is not None:
            return self._stretched(patience.doubted_ms), "smart-turn doubts"
        waits = {
            "finished": patience.finished_ms,
            "unsure": patience.unsure_ms,
            "unfinished": patience.unfinished_ms,
        }
        return self._stretched(waits[verdict]), f"silence after {verdict} words"

    @property
    def _is_punctuated(self) -> bool:
        """Tell whether the recogniser sets full stops, as most do, so that one missing
        means something. Two turns without any say that this one does not."""
        return self._bare_turns < 2

    def _stretched(self, wait: int) -> int:
        return round(wait * self._stretch)

    def _end(self, now: int, reason: str, ready_ms: int) -> list[Decision]:
        words = plain_words(self.text)
        is_under = self._is_under_agent and not self._interrupted
        if is_under and (self._lightness(words) or not self.rules.barge_in):
            return self._pass_over(words)
        decision = EndTurn(
            self.text,
            reason,
            self._began_ms,
            self._last_loud_ms or now,
            ready_ms,
        )
        if len(words) >= completeness.BARE_WORDS:
            is_bare = not completeness.ends_sentence(self.text)
            self._bare_turns = self._bare_turns + 1 if is_bare else 0
        self._ended = [] if self._has_final and not self._partial else words
        self._ended_at = now
        self._stretch = max(1.0, self._stretch * SHRINK)
        self._false_holds = 0
        self._forget()
        return [decision]

    def _come_to_nothing(self, now: int) -> list[Decision]:
        """There were no words in it."""
        counted = bool(self._hold)
        self._forget()
        self._false_holds += counted
        return [KeepTalking("noise")]

    def _provider_overdue(self, now: int) -> list[Decision]:
        if now - max(self._last_loud_ms, self._window_at) < PROVIDER_WAIT_MS:
            return []
        if self.text:
            return self._end(now, "provider is silent", now)
        return self._come_to_nothing(now)

    def _fresh(self, now: int, text: str) -> str:
        """Take away words that belong to the turn before, which did not wait for them."""
        if not self._ended or now - self._ended_at > STALE_MS:
            return text
        words = plain_words(text)
        matcher = SequenceMatcher(None, words[: len(self._ended)], self._ended)
        if not words or matcher.ratio() < 0.6:
            return text
        if len(words) <= len(self._ended) + 1:
            return ""
        return " ".join(text.split()[len(self._ended) :])
