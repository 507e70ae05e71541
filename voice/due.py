"""The reply that is due: owed to the caller, waited with, or being made."""

import asyncio
from collections.abc import Callable


class Due:
    """One call's."""

    def __init__(self) -> None:
        self.is_owed = False  # the caller's words have not been answered
        self._making: asyncio.Task[None] | None = None
        self._waiting: asyncio.TimerHandle | None = None

    @property
    def is_made(self) -> bool:
        """Tell whether it is being made."""
        return self._making is not None

    @property
    def is_near(self) -> bool:
        """Tell whether it is being made, or waited with."""
        return self._making is not None or self._waiting is not None

    def make(self, task: asyncio.Task[None]) -> None:
        """Begin to make it."""
        self._making = task

    def made(self, task: object = None) -> None:
        """It has been made, by this task if one is named."""
        if task is None or task is self._making:
            self._making = None

    def wait(self, ms: int, then: Callable[[], None]) -> None:
        """Leave the caller a moment to go on."""
        loop = asyncio.get_running_loop()
        self._waiting = loop.call_later(ms / 1000, then)

    def cancel(self) -> bool:
        """Give it up; tell whether it was being made."""
        making, self._making = self._making, None
        if self._waiting:
            self._waiting.cancel()
            self._waiting = None
        if making:
            making.cancel()
        return making is not None
