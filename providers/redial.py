"""A vendor's socket that may drop while nobody speaks.

Vendors hang up on silence (20 s to 5 min); between two turns that is no failure, and
the next message opens the socket again.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from providers.errors import ProviderError
from providers.wire import Wire

Dial = Callable[[Callable[[ProviderError], None]], Awaitable[Wire]]


class Redial:
    """A connection made by ``dial(on_lost)``, and made again when it is needed."""

    def __init__(
        self,
        dial: Dial,
        *,
        is_needed: Callable[[], bool],
        on_lost: Callable[[ProviderError], None],
    ) -> None:
        self._dial = dial
        self._is_needed = is_needed
        self._on_lost = on_lost
        self._wire: Wire | None = None
        self._unsent: list[Any] = []
        self._dialing: asyncio.Task[None] | None = None
        self._closed = False

    async def open(self) -> None:
        """Connect for the first time, or raise ``ProviderError``."""
        self._wire = await self._dial(self._lost)

    def send(self, message: Any) -> None:
        """Send JSON, now or as soon as there is a connection."""
        if self._closed:
            return
        if self._wire:
            self._wire.send(message)
            return
        self._unsent.append(message)
        if self._dialing is None:
            self._dialing = asyncio.get_running_loop().create_task(self._again())

    def close(self, last: Any = None) -> None:
        """Hang up for good, after a last message if there is a connection."""
        if last is not None and self._wire:
            self._wire.send(last)
        self._closed = True
        self._unsent.clear()
        if self._dialing:
            self._dialing.cancel()
        if self._wire:
            self._wire.close()

    async def _again(self) -> None:
        try:
            await self.open()
        except ProviderError as error:
            if not self._closed:
                self._on_lost(error)
            return
        finally:
            self._dialing = None
        unsent, self._unsent = self._unsent, []
        for message in unsent:
            self.send(message)

    def _lost(self, error: ProviderError) -> None:
        self._wire = None
        if not self._closed and self._is_needed():
            self._on_lost(error)
