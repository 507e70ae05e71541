"""How long a pause must last before it ends a turn, by words and by melody. Pure."""

import math
from dataclasses import dataclass
from typing import Literal

from providers.ports import Melody
from voice import completeness
from voice.wording import plain_words

END_ODDS, MORE_ODDS = 0.93, 0.3  # what the end-of-turn model is believed at
# The same of a sum of opinions: the model's, how far the voice has fallen, the
# recogniser's of a full stop, and how much was said, for halves are short. Fitted to
# 190 telephone prompts, whole and cut in two, clean and at 20 dB, none of them among
# those that bench-talk plays. They are of one voice, of whose ends the model knows no
# more than the rest does: its weight is set, lest other voices go unheard.
ODDS_WEIGHT, HEIGHT_WEIGHT = 0.2, -0.5
ENDING_WEIGHT, WORD_WEIGHT, BIAS = 1.0, 0.14, -5.5
NOISE_WEIGHT = -0.35  # once it is taken off, the models are surer than they should be
ENOUGH_WORDS = 8
MIDDLE_HEIGHT = -0.5  # semitones: of voices that tell nothing, and of questions
END_SUM, MORE_SUM = 0.5, -1.5  # of these sentences 72 % end at once, 5 % wait longest
FEW_WORDS = 3  # that answer a question
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
    heard_doubt_ms: int  # and of neither, by a recogniser that tells its own doubt
    heard_more_ms: int


WAITS = {
    "fast": Waits(180, 180, 180, 180, 700, 180, 180, 600),
    "balanced": Waits(270, 450, 620, 860, 1550, 250, 750, 1550),
    "patient": Waits(550, 800, 1000, 1300, 2500, 600, 1300, 2200),
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
        self,
        text: str,
        asked: str,
        melody: Melody | None,
        ending: float | None = None,
    ) -> tuple[int, str]:
        """Return the silence in ms that ends a turn of these words, and why.

        ``asked``: what the agent said last; ``melody``: by the end-of-turn model, if it
        has been heard; ``ending``: odds of a full stop, by the recogniser, if it tells.
        """
        wait, reason = self._wait(text, asked, melody, ending)
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
        self, text: str, asked: str, melody: Melody | None, ending: float | None
    ) -> tuple[int, str]:
        waits = self.waits
        verdict = completeness.judge(
            text, self._language, asked, punctuated=self._is_punctuated
        )
        is_answer = completeness.is_answer(text, self._language)
        is_whole = is_answer or completeness.is_number(text, self._language)
        # Nothing is missing in "April", nor in what is read out digit by digit.
        opinion = _opinion(text, melody, None if is_whole else ending)
        if verdict == "finished" and opinion == "end":
            return waits.heard_end_ms, "smart-turn"
        if opinion == "more" and verdict != "unfinished" and not is_whole:
            # The melody goes on, so the full stop was the recogniser's own.
            is_believed = verdict == "finished" and ending is None
            is_short = is_believed or _may_answer(text, asked)
            wait = waits.unsure_ms if is_short else waits.heard_more_ms
            return wait, "smart-turn waits"
        if verdict == "finished" and is_answer:
            # Of a word the melody says little: it goes on as often where the turn does not.
            is_sure = opinion != "more" or " " not in text.strip()
            wait = waits.answer_ms if is_sure else waits.finished_ms
            return wait, "silence after an answer"
        if verdict == "finished" and opinion and not is_whole:
            wait = waits.doubted_ms if ending is None else waits.heard_doubt_ms
            return wait, "smart-turn doubts"
        if verdict == "unsure" and opinion and is_whole:
            return waits.doubted_ms, "silence after a bare answer"
        if verdict == "unsure" and opinion and ending is not None:
            return waits.heard_doubt_ms, "silence after unsure words"
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


def _opinion(text: str, melody: Melody | None, ending: float | None) -> Opinion:
    """Return what is heard of the end, whatever the words are."""
    if melody is None:
        return ""
    if ending is None:
        sure, least, most = melody.odds, MORE_ODDS, END_ODDS
    else:
        sure, least, most = _sum(text, melody, ending), MORE_SUM, END_SUM
    if sure >= most:
        return "end"
    return "more" if sure <= least else "doubt"


def _sum(text: str, melody: Melody, ending: float) -> float:
    height = melody.height
    if height is None or _asks(text):
        height = MIDDLE_HEIGHT  # a question may rise and be over
    return (
        ODDS_WEIGHT * _logit(melody.odds)
        + HEIGHT_WEIGHT * height
        + ENDING_WEIGHT * _logit(ending)
        + WORD_WEIGHT * min(ENOUGH_WORDS, len(plain_words(text)))
        + NOISE_WEIGHT * melody.is_noisy
        + BIAS
    )


def _may_answer(text: str, asked: str) -> bool:
    """Tell whether it is a word, or a few words to a question."""
    words = len(plain_words(text))
    return words <= 1 or (words <= FEW_WORDS and _asks(asked))


def _asks(text: str) -> bool:
    """Tell whether it ends with a question."""
    return text.rstrip().endswith(("?", "？", "؟"))


def _logit(odds: float) -> float:
    odds = min(max(odds, 1 - SUREST), SUREST)
    return math.log(odds / (1 - odds))
