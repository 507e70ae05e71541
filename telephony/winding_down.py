"""The end of a media process: it takes no new calls, and lets those it carries end.

SIGTERM ──▶ new calls are refused ──▶ the last call ends, or 15 minutes ──▶ exit
SIGTERM again ──▶ exit; what is still live is ended and settled
"""

import asyncio
import contextlib
import logging
import signal
from collections.abc import Callable, Iterator
from typing import Any

from django.conf import settings

from telephony import draining

LONGEST_S = 15 * 60.0
LOOK_EVERY_S = 0.2
TELL_EVERY_S = 5.0  # whoever waits sees how many calls are left

log = logging.getLogger(__name__)


class Calls:
    """The calls that this process carries."""

    def __init__(self) -> None:
        self.live = 0
        self.are_refused = False

    @contextlib.contextmanager
    def carry(self) -> Iterator[None]:
        """Count a call for as long as it is carried."""
        self.live += 1
        try:
            yield
        finally:
            self.live -= 1


calls = Calls()  # of the process


class WindingDown:
    """Stands between SIGTERM and the server's own end."""

    def __init__(self) -> None:
        self._exit: Callable[..., Any] | None = None
        self._task: asyncio.Task[None] | None = None

    def arm(self) -> None:
        """Take SIGTERM over from the server, which would close every call at once."""
        found = signal.getsignal(signal.SIGTERM)
        if not callable(found):
            return
        self._exit = found
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, self.begin)

    def begin(self) -> None:
        """Refuse new calls, and exit when the last one has ended; at once if asked twice."""
        if self._task is not None:
            self._leave()
            return
        calls.are_refused = True
        log.warning("winding_down", extra={"live_calls": calls.live})
        self._task = asyncio.get_running_loop().create_task(self._wait())

    async def _wait(self) -> None:
        loop = asyncio.get_running_loop()
        await self._tell_everybody(draining.start)
        until = loop.time() + LONGEST_S
        told, told_at = calls.live, loop.time()
        while calls.live and loop.time() < until:
            await asyncio.sleep(LOOK_EVERY_S)
            if calls.live != told and loop.time() - told_at >= TELL_EVERY_S:
                told, told_at = calls.live, loop.time()
                log.warning("winding_down", extra={"live_calls": told})
        if calls.live:
            log.warning("calls_cut_off", extra={"live_calls": calls.live})
        await self._tell_everybody(draining.stop)
        self._leave()

    async def _tell_everybody(self, what: Callable[[], None]) -> None:
        """Where this is the only media process, nobody else can take a call."""
        if settings.RYMI_ALONE:
            try:
                await asyncio.to_thread(what)
            except Exception:  # a cache that is away must not keep us
                log.warning("draining_not_told", exc_info=True)

    def _leave(self) -> None:
        if self._exit is not None:
            self._exit(signal.SIGTERM, None)
