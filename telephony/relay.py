"""A socket whose call another media process carries: handed on to it, message by
message, from the first one on.

Any process may get the socket of somebody who comes later to a call; only one has the
call. Both are behind the same host name, and know each other by address.
"""

import asyncio
import contextlib
from typing import Protocol

import aiohttp

CONNECT_S = 5
MAX_MESSAGE = 65_536  # bytes
TRY_AGAIN = 1013


class Caller(Protocol):
    """The socket at our end."""

    path: str
    origin: str
    said: list[str | bytes]  # what it has sent so far

    def put(self, message: str | bytes) -> None:
        """Queue a message to send."""

    async def read(self) -> str | bytes | None:
        """Return the next message; None: the socket is closed."""


class Unreachable(Exception):
    """The other process does not answer: it may just have died."""


async def carry(caller: Caller, at: str) -> int:
    """Carry a socket's messages to the process at ``host:port`` and back, until either
    end closes; return the close code. Raises ``Unreachable`` before anything is sent."""
    headers = {"Origin": caller.origin} if caller.origin else {}
    async with aiohttp.ClientSession() as http:
        try:
            async with asyncio.timeout(CONNECT_S):
                there = await http.ws_connect(
                    f"ws://{at}{caller.path}",
                    headers=headers,
                    max_msg_size=MAX_MESSAGE,
                    compress=0,
                )
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise Unreachable(at) from error
        up = asyncio.create_task(_up(caller, there))
        try:
            async for message in there:
                if message.type in (aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY):
                    caller.put(message.data)
            return there.close_code or TRY_AGAIN
        finally:
            up.cancel()
            await there.close()


async def _up(caller: Caller, there: aiohttp.ClientWebSocketResponse) -> None:
    with contextlib.suppress(ConnectionError, aiohttp.ClientError):
        for message in caller.said:
            await _send(there, message)
        while (content := await caller.read()) is not None:
            await _send(there, content)
    await there.close()


async def _send(there: aiohttp.ClientWebSocketResponse, message: str | bytes) -> None:
    if isinstance(message, bytes):
        await there.send_bytes(message)
    else:
        await there.send_str(message)
