"""What the caller's sound and words do to the agent while it speaks, or is about to.
Pure.

Sound alone makes the agent hold its breath (Hold): it gives the line nothing more.
Sound that lasts makes it fall silent, ready to go on (Hold with ``cut``). Only words
that are more than a backchannel end its sentence (Interrupt). Whatever turns out to be
less makes it go on where it was (KeepTalking).
"""

from dataclasses import dataclass
from typing import Literal

from voice.asides import Asides
from voice.config import TurnRules
from voice.decisions import Decision, Hold, Interrupt, KeepTalking, Release
from voice.patience import Patience
from voice.wording import plain_words

START_UNDER_AGENT_MS = 160  # of speech that begin it while the agent speaks: 5 windows
SOON_MS = 192  # of it that a quick agent falls silent for
SHORT_MS = 450  # a sound no longer than this, and over, is no interruption
BREATH_MS = 96  # of silence after which a short sound is over
SINGLE_WORD_MS = 400  # of speech that one word alone must have to interrupt
WORDLESS_MS = 4_000  # of sound without a word: music, a television, a crowd
FALSE_HOLDS = 2  # for sounds without words; after these only words hold
DOUBTED, SURE = 0.42, 0.8  # how sure the recogniser is: a guess, and no mistake
HALF_SURE, BRIEF_MS = 0.5, 700  # what it makes of a hum: three words, if need be
AgentDoes = Literal["free", "preparing", "speaking"]


@dataclass(frozen=True, slots=True)
class Limits:
    """What stops the agent in one mode."""

    cut_ms: int  # of sound that make it fall silent
    words: int  # that end its sentence


LIMITS = {
    "fast": Limits(SOON_MS, 1),
    "balanced": Limits(900, 1),
    "patient": Limits(1100, 2),
}


@dataclass(slots=True)
class Sound:
    """The caller's sound, in one turn."""

    is_on: bool = False
    burst_ms: int = 0  # of speech since the last pause
    speech_ms: int = 0  # of speech altogether


class Yielding:
    """One agent's way to give in."""

    def __init__(self, rules: TurnRules, asides: Asides, patience: Patience) -> None:
        self._rules = rules
        self._limits = LIMITS[rules.mode]
        self._asides = asides
        self._patience = patience
        self.agent: AgentDoes = "free"
        self._false_holds = 0
        self.forget()

    def speak(self, rules: TurnRules) -> None:
        """Go by these rules from now on."""
        self._rules = rules

    def forget(self) -> None:
        """Start anew: the caller's turn is over."""
        self.is_done = False  # the agent has given in
        self._hold: Literal["", "held", "cut"] = ""
        self._wordless = False  # sound that has been found to hold no words
        self._weighed = ""  # words that were found too light already
        self._confidence = 1.0  # of the recogniser, in its last words
        self._spoken_ms = 0  # of the caller's speech, when they were weighed

    def agent_is(self, does: AgentDoes) -> None:
        """Take what the agent does."""
        if does == "free" and self.agent != "free":
            self._hold = ""
            self._false_holds = 0
        self.agent = does

    @property
    def is_under_agent(self) -> bool:
        """Tell whether the caller speaks into the agent's words, which go on."""
        return self.agent == "speaking" and not self.is_done

    def hears(self, confidence: float) -> None:
        """Take how sure the recogniser is of the words that are weighed next; 0 is what
        vendors say who do not know yet."""
        self._confidence = confidence or 1.0

    def burst_began(self) -> None:
        """The caller goes on after a pause."""
        self._wordless = False

    def weigh(self, text: str, sound: Sound, *, is_whole: bool) -> list[Decision]:
        """Decide what the words so far, and the sound, do to the agent.

        ``is_whole``: the last word is no half one, of somebody who is still speaking.
        """
        if self.agent == "free" or self.is_done:
            return []
        self._spoken_ms = sound.speech_ms
        words = plain_words(text)
        if not words:
            return self.weigh_sound(sound)
        if not self._rules.barge_in and self.agent == "speaking":
            return []
        found = self._weigh_words(words, sound, is_whole=is_whole)
        return found or self._weigh_length(words, sound)

    def weigh_sound(self, sound: Sound) -> list[Decision]:
        """Hold for sound, cut for sound that lasts, ignore what holds no words."""
        if self.agent == "free" or self._wordless or self.is_done:
            return []
        is_under = self.agent == "speaking"
        if is_under and not self._rules.barge_in:
            return []
        if self._hold and sound.burst_ms >= WORDLESS_MS:
            self._wordless = True
            self._false_holds = FALSE_HOLDS
            return [KeepTalking("sound without words"), *self._let_go()]
        if not sound.is_on or self._false_holds >= FALSE_HOLDS:
            return []
        if not is_under:
            return self._take_hold("speech", cut=False)
        cut = sound.burst_ms >= self._limits.cut_ms
        if (cut and self._hold == "cut") or (self._hold and not cut):
            return []
        if self._asides.sounds_like_agent():
            return []
        return self._take_hold(_length(sound), cut=cut)

    def fell_quiet(self, text: str, sound: Sound, quiet_ms: int) -> list[Decision]:
        """Let go what a short sound held that is over, and held hardly a word."""
        if not self._hold or quiet_ms < BREATH_MS:
            return []
        words = plain_words(text)
        if sound.burst_ms > SHORT_MS or (words and not self._asides.is_scrap(words)):
            return []
        self._false_holds += not words
        return self._let_go()

    def lightness(self, words: list[str]) -> str:
        """Say why words do not stop the agent; nothing if they may."""
        is_under = self.agent == "speaking"
        cause = self._asides.lightness(words, under_agent=is_under)
        if not cause and is_under and self._is_doubtful(words):
            return f"a guess: {' '.join(words)}"
        return cause

    def _is_doubtful(self, words: list[str]) -> bool:
        if self._asides.has_stop(words):
            return False
        if self._is_guess:
            return self._asides.is_alone(words)
        return self._confidence < HALF_SURE and self._spoken_ms < BRIEF_MS

    @property
    def _is_guess(self) -> bool:
        return self._confidence < DOUBTED

    def passed_over(self, words: list[str]) -> list[Decision]:
        """What was said did not stop the agent."""
        cause = self.lightness(words)
        was_told, held = self._weighed == " ".join(words), self._hold
        if was_told:
            return [Release()] if held else []
        return [KeepTalking(cause)]

    def was_wordless(self) -> None:
        """There were no words in what made the agent wait, if anything did."""
        self._false_holds += bool(self._hold)

    def gave_turn(self) -> None:
        """The caller's turn is over, and had words."""
        self._false_holds = 0

    def _take_hold(self, cause: str, *, cut: bool) -> list[Decision]:
        if self._hold and not cut:
            return []
        self._hold = "cut" if cut else "held"
        return [Hold(cause, cut)]

    def _let_go(self) -> list[Decision]:
        self._hold = ""
        return [Release()]

    def _weigh_words(
        self, words: list[str], sound: Sound, *, is_whole: bool
    ) -> list[Decision]:
        said = " ".join(words)
        if said == self._weighed:
            return []
        if self._is_guess and not is_whole and not self._asides.has_stop(words):
            return []  # the sound tells more
        if cause := self.lightness(words):
            if sound.is_on and self._is_beginning(words):
                return self._weigh_beginning(cause)
            self._weighed = said
            self._hold = ""
            return [KeepTalking(cause)]
        stops = self._asides.has_stop(words)
        telling = sum(map(self._asides.is_telling, words))
        enough = self._limits.words if self.agent == "speaking" else 1
        is_long = telling == enough and sound.speech_ms >= SINGLE_WORD_MS
        # Behind "oh" the last word so far may be another "oh", half heard.
        is_long = is_long and (is_whole or telling == len(words))
        if not (stops or telling > enough or is_long):
            return []
        whole = words if is_whole or self._asides.is_stop(words[-1]) else words[:-1]
        return self._give_in(" ".join(whole) or _length(sound))

    def _is_beginning(self, words: list[str]) -> bool:
        """Tell the "the" with which somebody begins from the agent's own."""
        if not self._asides.is_scrap(words) or self._asides.repeats_agent(words):
            return False
        return not self._asides.sounds_like_agent()

    def _weigh_beginning(self, cause: str) -> list[Decision]:
        """Wait for what follows; in silence, if the word is no mistake."""
        if self.agent == "speaking" and self._confidence >= SURE:
            return self._take_hold(cause, cut=self._hold != "cut")
        return []

    def _weigh_length(self, words: list[str], sound: Sound) -> list[Decision]:
        """Fall silent for somebody who goes on and on, whatever the words are."""
        if self.agent != "speaking" or self._hold == "cut" or not sound.is_on:
            return []
        least = self._limits.cut_ms
        is_all = all(map(self._asides.is_telling, words))
        if not (is_all and self._asides.is_scrap(words)):
            least = 2 * max(least, SOON_MS * 2)
        if sound.burst_ms < least:
            return []
        if self._asides.repeats_agent(words) or self._asides.sounds_like_agent():
            return []
        return self._take_hold(_length(sound), cut=True)

    def _give_in(self, cause: str) -> list[Decision]:
        self.is_done = True
        self._false_holds = 0
        self._hold = ""
        if self.agent == "preparing":
            self._patience.cut_off()
        return [Interrupt(cause)]


def _length(sound: Sound) -> str:
    return f"{sound.burst_ms} ms of speech"
