"""How a conversation comes to its end: why, until when, and the caller's last words."""

import asyncio
from collections.abc import Callable

from voice.events import EndReason

GOODBYE_MS = 15_000  # for last words before the line is cut
# For the recogniser, when the caller is gone: nobody waits, and the clock has stopped.
LAST_WORDS_S = 8.0


class Parting:
    """One conversation's end. Times are ms on the media clock."""

    def __init__(self, now: Callable[[], int]) -> None:
        self._now = now
        self._why: tuple[EndReason, str] | None = None
        self._cut_at = 0
        self._last_words: asyncio.Event | None = None
        self._gone_at: int | None = None  # when the caller left
        self._over = asyncio.Event()

    @property
    def is_over(self) -> bool:
        """Tell whether the conversation has ended."""
        return self._over.is_set()

    @property
    def is_saying_goodbye(self) -> bool:
        """Tell whether we are ending the call."""
        return self._why is not None

    @property
    def is_caller_gone(self) -> bool:
        """Tell whether the caller has left, and only last words are waited for."""
        return self._last_words is not None

    @property
    def has_begun(self) -> bool:
        """Tell whether either side is leaving, or has left."""
        return bool(self._why or self._last_words) or self._over.is_set()

    @property
    def is_overdue(self) -> bool:
        """Tell whether the goodbye has lasted for too long."""
        return self._now() > self._cut_at

    def begin(
        self, reason: EndReason, detail: str, within_ms: int = GOODBYE_MS
    ) -> None:
        """We end the call, and cut the line if that takes longer."""
        self._why = (reason, detail)
        self._cut_at = self._now() + within_ms

    def blame(self, reason: EndReason, detail: str) -> None:
        """Give the reason, unless there is one."""
        self._why = self._why or (reason, detail)

    def caller_left(self) -> None:
        """The caller is gone; what was said may still be recognised."""
        self._last_words = asyncio.Event()
        self._gone_at = self._now()

    def last_words_came(self) -> None:
        """The recogniser has given all it has."""
        if self._last_words is not None:
            self._last_words.set()

    async def last_words(self) -> None:
        """Give the recogniser a moment for what the caller said last."""
        if self._last_words is None:
            return
        try:
            async with asyncio.timeout(LAST_WORDS_S):
                await self._last_words.wait()
        except TimeoutError:
            pass

    @property
    def at_ms(self) -> int:
        """When it ended: as the caller left, if it was the caller."""
        return self._now() if self._gone_at is None else self._gone_at

    def why(self) -> tuple[EndReason, str]:
        """Return reason and detail, for good."""
        self._why = self._why or ("closed", "")
        return self._why

    def done(self) -> None:
        """Everything was noted."""
        self._over.set()

    async def wait(self) -> None:
        """Wait until the conversation is over."""
        await self._over.wait()
