"""Socket paths."""

import asyncio
import gc
import logging
import sys
from typing import Any

from django.conf import settings
from django.urls import re_path

from agents import catalogue
from providers.local import warming
from telephony import media as live_media
from telephony import scribe, visiting
from telephony.carriers import CARRIERS
from telephony.consumers import LiveBoard
from telephony.livekit import server as livekit
from telephony.winding_down import WindingDown

# Objects made before the collector looks: a call's own garbage has few cycles.
GC_THRESHOLDS = (20_000, 20, 50)
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
    except Exception:
        log.exception("offline_models_not_loaded")
    _settle()


def _settle() -> None:
    """Spare live calls the collector's walk over all that was loaded: 0.2 s at a time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLDS)
