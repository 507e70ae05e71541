"""Opening a session on a vendor's socket in two steps: connected, then ready."""

import asyncio
from abc import abstractmethod

from providers import faults
from providers.errors import ProviderError
from providers.wire import Wire


class Opening:
    """A stream that its vendor must first say yes to."""

    provider = ""  # catalogue id, for errors

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.wire: Wire | None = None
        self._ready: asyncio.Future[None] = self.loop.create_future()

    async def opened(self, wire: Wire, until: float) -> None:
        """Wait until the vendor is ready to listen, or raise ProviderError. ``until``:
        by the loop's time."""
        self.wire = wire
        self.begin()
        try:
            async with asyncio.timeout_at(until):
                await self._ready
        except TimeoutError:
            self.close()
            raise faults.late(self.provider, "no session") from None
        except BaseException:  # given up by whoever waits, too: nobody else has it
            self.close()
            raise

    @abstractmethod
    def begin(self) -> None:
        """Send what opens a session; call ``is_ready`` when it is open."""

    @abstractmethod
    def close(self) -> None:
        """End the stream."""

    def is_ready(self) -> None:
        """Note that the vendor listens."""
        if not self._ready.done():
            self._ready.set_result(None)

    @property
    def is_opening(self) -> bool:
        """Tell whether ``opened`` still waits."""
        return not self._ready.done()

    def refuse(self, error: ProviderError) -> bool:
        """Let ``opened`` raise an error; False: it is too late for that."""
        if self._ready.done():
            return False
        self._ready.set_exception(error)
        return True
