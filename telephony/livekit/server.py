"""The LiveKit server's API, by LiveKit's own library (Twirp over HTTP).

https://docs.livekit.io/reference/other/roomservice-api/ (read 2026-11)
"""

import asyncio
from collections.abc import Awaitable, Callable
from importlib.util import find_spec
from typing import Any, TypeVar

import aiohttp
from django.conf import settings
from livekit import api

from telephony.carrier import CarrierError

PATIENCE_S = 10.0
CODES = {  # https://twitchtv.github.io/twirp/docs/spec_v7.html
    "unauthenticated": "unauthorized",
    "permission_denied": "forbidden",
    "not_found": "not_found",
    "resource_exhausted": "too_many",
}
Found = TypeVar("Found")


def is_configured() -> bool:
    """Tell whether there is a server to ask."""
    return bool(
        settings.LIVEKIT_URL
        and settings.LIVEKIT_API_KEY
        and settings.LIVEKIT_API_SECRET
    )


def can_take_part() -> bool:
    """Tell whether this installation has what the agent needs in a room."""
    return find_spec("livekit.rtc") is not None


def is_on() -> bool:
    """Tell whether calls meet in LiveKit rooms: without the agent nobody would talk."""
    return is_configured() and can_take_part()


def ask(
    work: Callable[[api.LiveKitAPI], Awaitable[Found]], *, once: bool = False
) -> Found:
    """Do something with the API, from a thread without a loop; ``CarrierError`` and
    nothing else is raised. ``once``: whoever asks must look before they ask again."""
    if not is_configured():
        raise CarrierError(
            "This server has no LiveKit server. The operator sets LIVEKIT_URL,"
            " LIVEKIT_API_KEY and LIVEKIT_API_SECRET.",
            permanent=True,
        )
    return asyncio.run(_ask(work, once))


def try_out() -> None:
    """Raise ``CarrierError`` if the server does not answer, or not to our key."""
    ask(lambda lk: lk.room.list_rooms(api.ListRoomsRequest(names=["-"])))


def close_room(name: str) -> None:
    """Do the same as ``delete_room``, from a thread without a loop."""
    asyncio.run(delete_room(name))


async def delete_room(name: str) -> None:
    """Put everybody out of a room; one that is gone is no error."""
    try:
        await _ask(
            lambda lk: lk.room.delete_room(api.DeleteRoomRequest(room=name)), False
        )
    except CarrierError as error:
        if error.code != "not_found":
            raise


async def _ask(work: Callable[[api.LiveKitAPI], Awaitable[Found]], once: bool) -> Found:
    lk = api.LiveKitAPI(
        settings.LIVEKIT_URL,
        settings.LIVEKIT_API_KEY,
        settings.LIVEKIT_API_SECRET,
        timeout=aiohttp.ClientTimeout(total=PATIENCE_S, connect=5),
        failover=False,  # which may ask twice
    )
    try:
        return await work(lk)
    except api.TwirpError as error:
        raise _refusal(error, once) from error
    except aiohttp.ClientConnectorError as error:
        raise CarrierError("LiveKit cannot be reached.") from error
    except (aiohttp.ClientError, TimeoutError) as error:
        raise CarrierError(
            "LiveKit did not answer in time.", may_have_happened=once
        ) from error
    except Exception as error:  # of the protocol buffers
        raise CarrierError(
            "LiveKit answered nonsense.", may_have_happened=once
        ) from error
    finally:
        await lk.aclose()


def _refusal(error: Any, once: bool) -> CarrierError:
    code, said = CODES.get(error.code, "refused"), str(error.message)[:160].rstrip(".")
    if code == "unauthorized":
        return CarrierError(
            "LiveKit refuses LIVEKIT_API_KEY and LIVEKIT_API_SECRET.",
            permanent=True,
            code=code,
        )
    if error.status >= 500:
        return CarrierError(f"LiveKit failed ({said}).", may_have_happened=once)
    if code == "too_many":
        return CarrierError("LiveKit asks us to wait.", code=code)
    return CarrierError(f"LiveKit refused: {said}.", permanent=True, code=code)
