"""How long a pause must last before it ends a turn, by words and by melody. Pure."""

from dataclasses import dataclass
from typing import Literal

from voice import completeness
from voice.wording import plain_words

END_ODDS, MORE_ODDS = 0.93, 0.3  # what the end-of-turn model is believed at
STRETCH, MAX_STRETCH, SHRINK = 1.25, 1.6, 0.95  # for callers who were cut off


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
    "balanced": Waits(300, 450, 620, 860, 1500, 250, 1300),
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

    def needed(self, text: str, asked: str, odds: float | None) -> tuple[int, str]:
        """Return the silence in ms that ends a turn of these words, and why.

        ``asked``: what the agent said last; ``odds``: that the turn is over, by the
        end-of-turn model, if it has been heard.
        """
        wait, reason = self._wait(text, asked, odds)
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

    def _wait(self, text: str, asked: str, odds: float | None) -> tuple[int, str]:
        waits = self.waits
        verdict = completeness.judge(
            text, self._language, asked, punctuated=self._is_punctuated
        )
        if odds is not None and verdict == "finished" and odds >= END_ODDS:
            return waits.heard_end_ms, "smart-turn"
        is_answer = completeness.is_answer(text, self._language)
        is_sung_on = odds is not None and odds <= MORE_ODDS
        if is_sung_on and not is_answer:
            # The melody goes on, so the full stop was the recogniser's own.
            more_ms = waits.heard_more_ms if " " in text else waits.unsure_ms
            longer = {"finished": waits.unsure_ms, "unsure": more_ms}
            if verdict in longer:
                return longer[verdict], "smart-turn waits"
        if verdict == "finished" and is_answer and not is_sung_on:
            return waits.answer_ms, "silence after an answer"
        if verdict == "finished" and odds is not None:
            return waits.doubted_ms, "smart-turn doubts"
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
