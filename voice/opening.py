"""Opening a stream of any vendor's within its limit."""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

from providers.errors import TimedOut

OPENINGS = 3  # connect limits that opening may take: adapters keep the limit itself

T = TypeVar("T")


async def in_time(opening: Awaitable[T], limit_s: float, provider: str) -> T:
    """Return the stream that opens, or raise ProviderError."""
    try:
        async with asyncio.timeout(limit_s * OPENINGS):
            return await opening
    except TimeoutError:
        raise TimedOut("did not open in time", provider=provider) from None
