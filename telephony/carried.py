"""The calls that this process carries: where people who come later find their call.

It knows nothing of them but their ids, so that everybody may ask.
"""

import asyncio
from uuid import UUID

LOOK_EVERY_S = 0.05

_carried: dict[UUID, object] = {}


def add(call_id: UUID, live: object) -> None:
    """Take a call in."""
    _carried[call_id] = live


def remove(call_id: UUID, live: object) -> None:
    """Take it out, unless another socket has taken it over here."""
    if _carried.get(call_id) is live:
        del _carried[call_id]


def find(call_id: UUID) -> object | None:
    """Return a call of this process's; from any thread."""
    return _carried.get(call_id)


async def wait_for(call_id: UUID, within_s: float) -> object | None:
    """Wait for a call that is being answered, or taken over, just now."""
    loop = asyncio.get_running_loop()
    until = loop.time() + within_s
    while (found := find(call_id)) is None and loop.time() < until:  # noqa: ASYNC110  # ends by the clock, too
        await asyncio.sleep(LOOK_EVERY_S)
    return found
