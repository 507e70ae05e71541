"""Tells the live boards of a workspace that its calls changed: go and read again.

A message carries nothing else, so one that is lost or comes twice does no harm, and
nobody learns from a socket what the page would not show.
"""

import asyncio
from uuid import UUID

import structlog
from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer

TOLD_WITHIN_S = 1.0
KIND = "calls.changed"  # the consumer's method: calls_changed

log = structlog.get_logger()


def group_of(workspace_id: UUID) -> str:
    """Return the group that a workspace's boards are in."""
    return f"board.{workspace_id}"


def changed(workspace_id: UUID) -> None:
    """Tell the boards. A broker that is away must not hold a call up."""
    try:
        async_to_sync(_tell)(group_of(workspace_id))
    except Exception as error:  # of whichever broker there is
        log.warning("boards_not_told", error=repr(error))


async def _tell(group: str) -> None:
    layer = get_channel_layer()
    if layer is not None:
        async with asyncio.timeout(TOLD_WITHIN_S):
            await layer.group_send(group, {"type": KIND})
