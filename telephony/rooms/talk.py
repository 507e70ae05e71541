"""Who speaks on a room's floor, and who spoke when. Pure; times are ms on the media clock.

Words are remembered longer than people: who says goodbye and is gone said it all the same.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Mapping
from operator import itemgetter
from uuid import UUID

from telephony.rooms.mixing import TICK_MS

REMEMBERED = 6_000  # what somebody was in one tick: two minutes of one voice
FAINT = 4  # 12 dB below the loudest: a noise, or their line's echo of somebody else
SURE = 12  # ticks in which somebody else is the loudest: more than a syllable

_AT = itemgetter(0)


class Talk:
    """One room's."""

    def __init__(self) -> None:
        self._heard: list[tuple[int, UUID, float]] = []  # by time: who, and how loud
        self._talker: UUID | None = None
        self._rival: UUID | None = None  # who is louder just now
        self._since_ms = self._leads = 0  # since when, and in how many ticks

    def note(self, at_ms: int, levels: Mapping[UUID, float]) -> int | None:
        """Take how loud people were in the tick that ends; return since when somebody
        speaks who is not the one who spoke before, as soon as that is sure."""
        if not levels:
            return None
        loudest = max(levels, key=levels.__getitem__)
        least = levels[loudest] / FAINT
        self._heard += [(at_ms, who, how) for who, how in levels.items() if how > least]
        if len(self._heard) > 2 * REMEMBERED:
            del self._heard[:-REMEMBERED]
        return self._follow(at_ms, loudest)

    def _follow(self, at_ms: int, loudest: UUID) -> int | None:
        if loudest == self._talker:
            self._rival = None
            return None
        if loudest != self._rival:
            self._rival, self._since_ms, self._leads = loudest, at_ms - TICK_MS, 0
        self._leads += 1
        if self._leads < SURE:
            return None
        before, self._talker, self._rival = self._talker, loudest, None
        return self._since_ms if before else None

    def talker(
        self, from_ms: int, to_ms: int, before: UUID | None = None
    ) -> UUID | None:
        """Return who spoke most between two times. Who spoke ``before``, and goes on
        through most of it, is not cut off by somebody who says something meanwhile."""
        loud: dict[UUID, float] = defaultdict(float)
        goes_on_ms = 0
        first = bisect_right(self._heard, from_ms, key=_AT)
        last = bisect_right(self._heard, to_ms, key=_AT)
        for _, who, level in self._heard[first:last]:
            loud[who] += level
            goes_on_ms += TICK_MS if who == before else 0
        if not loud:
            return None
        if before and goes_on_ms * 2 > to_ms - from_ms:
            return before
        return max(loud, key=loud.__getitem__)
