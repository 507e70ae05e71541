"""How long a pause must last before it ends a turn, by words and by melody. Pure."""

import math
from dataclasses import dataclass
from typing import Literal

from voice import completeness
from voice.wording import plain_words

END_ODDS, MORE_ODDS = 0.93, 0.3  # what the end-of-turn model is believed at
# The same of a sum of opinions: the model's of the melody, the recogniser's of a full
# stop, and how much was said, for halves are short. Fitted to 480 telephone prompts,
# whole and cut in two, none of them among those that bench-talk plays.
ODDS_WEIGHT, ENDING_WEIGHT, WORD_WEIGHT, BIAS = 0.35, 0.33, 0.39, -3.27
ENOUGH_WORDS = 8
END_SUM, MORE_SUM = 0.65, -0.1
LEAST_ENDING = 0.7  # of a full stop, below which nothing else makes it sure
SUREST = 0.995  # no opinion counts for more
STRETCH, MAX_STRETCH, SHRINK = 1.25, 1.6, 0.95  # for callers who were cut off
Opinion = Literal["", "end", "doubt", "more"]


@dataclass(frozen=True, slots=True)
class Waits:
    """One mode's waits in ms, by what the words look like."""

    answer_ms: int  # a short answer that needs nothing more
    finished_ms: int
    doubted_ms: int  # words finished, but the end-of-turn model is not sure
    unsure_ms: int
    unfinished_ms: int
    # With the end-of-turn model: sure of the end, sure of the contrary.
    heard_end_ms: int
    heard_more_ms: int


WAITS = {
    "fast": Waits(180, 180, 180, 180, 700, 180, 600),
    "balanced": Waits(300, 450, 620, 860, 1500, 250, 1400),
    "patient": Waits(550, 800, 1000, 1300, 2500, 600, 2200),
}


class Patience:
    """One conversation's patience with its caller."""

    def __init__(
        self, mode: Literal["fast", "balanced", "patient"], language: str
    ) -> None:
        self.waits = WAITS[mode]
        self._language = language
        self._stretch = 1.0
        self._bare_turns = 0  # in a row, that ended without a full stop

    def speak(self, language: str) -> None:
        """Judge by another language's words from now on."""
        self._language = language

    def needed(
        self, text: str, asked: str, odds: float | None, ending: float | None = None
    ) -> tuple[int, str]:
        """Return the silence in ms that ends a turn of these words, and why.

        ``asked``: what the agent said last; ``odds``: that the turn is over, by the
        end-of-turn model, if it has been heard; ``ending``: odds of a full stop, by the
        recogniser, if it tells.
        """
        wait, reason = self._wait(text, asked, odds, ending)
        return self.stretched(wait), reason

    def stretched(self, wait: int) -> int:
        """Return a wait as it is for this caller."""
        return round(wait * self._stretch)

    def cut_off(self) -> None:
        """The caller went on when we were about to speak: wait for longer."""
        self._stretch = min(MAX_STRETCH, self._stretch * STRETCH)

    def ended(self, text: str) -> None:
        """A turn of these words is over."""
        if len(plain_words(text)) >= completeness.BARE_WORDS:
            is_bare = not completeness.ends_sentence(text)
            self._bare_turns = self._bare_turns + 1 if is_bare else 0
        self._stretch = max(1.0, self._stretch * SHRINK)

    def _wait(
        self, text: str, asked: str, odds: float | None, ending: float | None
    ) -> tuple[int, str]:
        waits = self.waits
        verdict = completeness.judge(
            text, self._language, asked, punctuated=self._is_punctuated
        )
        is_answer = completeness.is_answer(text, self._language)
        is_whole = is_answer or completeness.is_number(text, self._language)
        # Nothing is missing in "April", nor in what is read out digit by digit.
        opinion = _opinion(text, odds, None if is_whole else ending)
        if verdict == "finished" and opinion == "end":
            return waits.heard_end_ms, "smart-turn"
        if opinion == "more" and verdict != "unfinished" and not is_whole:
            # The melody goes on, so the full stop was the recogniser's own.
            is_believed = verdict == "finished" and ending is None
            is_short = is_believed or " " not in text
            wait = waits.unsure_ms if is_short else waits.heard_more_ms
            return wait, "smart-turn waits"
        if verdict == "finished" and is_answer and opinion != "more":
            return waits.answer_ms, "silence after an answer"
        if verdict == "finished" and opinion and not is_whole:
            wait = waits.doubted_ms if ending is None else waits.unsure_ms
            return wait, "smart-turn doubts"
        by_words = {
            "finished": waits.finished_ms,
            "unsure": waits.unsure_ms,
            "unfinished": waits.unfinished_ms,
        }
        return by_words[verdict], f"silence after {verdict} words"

    @property
    def _is_punctuated(self) -> bool:
        """Tell whether the recogniser sets full stops, as most do, so that one missing
        means something. Two turns without any say that this one does not."""
        return self._bare_turns < 2


def _opinion(text: str, odds: float | None, ending: float | None) -> Opinion:
    """Return what is heard of the end, whatever the words are."""
    if odds is None:
        return ""
    if ending is None:
        sure, least, most = odds, MORE_ODDS, END_ODDS
    else:
        words = WORD_WEIGHT * min(ENOUGH_WORDS, len(plain_words(text)))
        heard = ODDS_WEIGHT * _logit(odds) + ENDING_WEIGHT * _logit(ending)
        sure = heard + words + BIAS
        if ending < LEAST_ENDING:
            sure = min(sure, END_SUM - 0.01)
        least, most = MORE_SUM, END_SUM
    if sure >= most:
        return "end"
    return "more" if sure <= least else "doubt"


def _logit(odds: float) -> float:
    odds = min(max(odds, 1 - SUREST), SUREST)
    return math.log(odds / (1 - odds))
