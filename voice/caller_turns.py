"""The caller's turns as a head tells them: under way, to be weighed, and taken.

Times are ms on the media clock; a turn is known by the vendor's name of it.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

WORDS_WAIT_S = 1.2  # for words that tell whether the caller meant to interrupt


@dataclass
class CallerTurn:
    """A turn that was taken."""

    number: int
    began_ms: int
    ended_ms: int


class CallerTurns:
    """One caller's."""

    def __init__(self, now: Callable[[], int]) -> None:
        self._now = now
        self._loop = asyncio.get_running_loop()
        self.began_ms: int | None = None  # the caller is speaking
        self._taken: dict[str, CallerTurn] = {}
        self._said: dict[str, str] = {}  # final words of turns not taken yet
        self._undecided = ""  # a turn that may be an interruption, or not
        self._deciding: asyncio.TimerHandle | None = None

    # ---- under way

    def begin(self) -> None:
        """The caller begins to speak."""
        self.began_ms = self._now()

    def since(self) -> int:
        """Return since when the caller speaks; they do from now on, if they did not."""
        if self.began_ms is None:
            self.began_ms = self._now()
        return self.began_ms

    def say(self, turn: str, text: str) -> None:
        """Keep the final words of a turn that is not taken yet."""
        self._said[turn] = text

    def words(self) -> str:
        """Return the final words of all turns that were not taken."""
        return " ".join(filter(None, self._said.values()))

    # ---- to be weighed

    def weigh(self, turn: str, decide: Callable[[str, str | None], None]) -> None:
        """Have it decided by its words what a turn under the agent's words was; or
        without them, if they do not come in time."""
        self.settle()
        self._undecided = turn
        self._deciding = self._loop.call_later(WORDS_WAIT_S, decide, turn, None)
        if turn in self._said:
            decide(turn, self._said[turn])

    def is_weighed(self, turn: str) -> bool:
        """Tell whether it is not decided yet what a turn was."""
        return turn == self._undecided

    def settle(self) -> None:
        """It is decided, or does not matter any more."""
        self._undecided = ""
        if self._deciding:
            self._deciding.cancel()
            self._deciding = None

    def pass_over(self, turn: str) -> None:
        """A turn was none."""
        self._said.pop(turn, None)
        self.began_ms = None

    # ---- taken

    def find(self, turn: str) -> CallerTurn | None:
        """Return a turn that was taken; None: it was not."""
        return self._taken.get(turn)

    def take(
        self, turn: str, number: int, now: int, ended_ms: int | None
    ) -> tuple[CallerTurn, str]:
        """Take a turn that ended then, or now; return it, and its words so far."""
        ended = min(now, ended_ms or now)
        began = ended if self.began_ms is None else min(ended, self.began_ms)
        self.began_ms = None
        taken = self._taken[turn] = CallerTurn(number, began, ended)
        return taken, self._said.pop(turn, "")
