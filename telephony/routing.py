"""Socket paths."""

import asyncio
import logging
import sys
from typing import Any

from django.conf import settings
from django.urls import re_path

from agents import catalogue
from common import collector
from providers.local import warming
from telephony import media as live_media
from telephony import scribe, visiting
from telephony.carriers import CARRIERS
from telephony.consumers import LiveBoard
from telephony.front_door import FrontDoor
from telephony.livekit import server as livekit
from telephony.winding_down import WindingDown

# How long a thread may keep Python's lock while the loop waits for it. With Python's own
# 5 ms, each frame that is read while a thread writes records costs the loop 5 ms.
SWITCH_S = 0.000_2

log = logging.getLogger(__name__)


def _route(pattern: str, application: Any) -> Any:
    """Route a path to an ASGI application; Django's types know views only."""
    return re_path(pattern, application)


async def nothing_here(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Turn away a socket that no path matches."""
    await receive()
    await send({"type": "websocket.close", "code": 4404})


# Carriers and browsers: a token in the first message.
media: list[Any] = [
    _route(r"^media/browser/$", live_media.browser),
    *(
        _route(rf"^media/{carrier.name}/$", live_media.carried_by(carrier))
        for carrier in CARRIERS.values()
        if carrier.offered and not carrier.in_rooms
    ),
    # From another media process, whose agent is in the room of somebody in our call.
    _route(r"^media/room/$", live_media.room),
]
if settings.RYMI_BENCH:
    from telephony import bench

    media.append(_route(r"^media/bench/?$", bench.media))
media.append(_route(r"", nothing_here))

# Studio: a session.
dashboards: list[Any] = [
    _route(r"^ws/live/$", LiveBoard.as_asgi()),
    _route(r"", nothing_here),
]


def media_process(application: Any) -> Any:
    """Wrap the media process's application with what it does at start and stop."""
    application = FrontDoor(application)

    async def run(scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] != "lifespan":
            visiting.here = visiting.here or scope.get("server")
            await application(scope, receive, send)
            return
        await receive()
        WindingDown().arm()
        sys.setswitchinterval(SWITCH_S)
        warm = asyncio.create_task(_warm())
        rooms = asyncio.create_task(visiting.watch()) if livekit.is_on() else None
        if settings.RYMI_BENCH:  # which measures calls, not the start
            await warm
        await send({"type": "lifespan.startup.complete"})
        await receive()
        warm.cancel()
        if rooms:
            rooms.cancel()
        await scribe.shared().drain()
        await send({"type": "lifespan.shutdown.complete"})

    return run


def _load() -> None:
    """Load the catalogue and the carriers: an inbound call has half a second."""
    catalogue.load()
    for carrier in CARRIERS.values():
        _ = carrier.callbacks, carrier.media()


async def _warm() -> None:
    """Load what is slow, so that the first call does not wait for it."""
    await asyncio.to_thread(_load)
    try:
        await warming.warm()
    except Exception:  # calls that do without them must go on
        log.exception("offline_models_not_loaded")
    collector.settle()
