"""Hands media sockets on to the media process, so that a browser, a tunnel or a proxy
needs to know one port only.

For one machine and a few calls. In production the proxy in front sends ``/media/``
straight to the media processes.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

PASSED_ON = {b"origin", b"user-agent", b"x-twilio-signature", b"x-forwarded-for"}
MAX_MESSAGE = 65_536  # bytes
CONNECT_S = 10


class Forwarder:
    """A raw ASGI application that speaks for a WebSocket server behind it."""

    def __init__(self, upstream: str) -> None:
        self.upstream = upstream.rstrip("/")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Carry one socket, both ways, until either end closes it."""
        await receive()  # websocket.connect
        headers = {
            name.decode(): value.decode("latin-1")
            for name, value in scope["headers"]
            if name in PASSED_ON
        }
        query = scope.get("query_string", b"").decode()
        url = f"{self.upstream}{scope['path']}{'?' + query if query else ''}"
        async with aiohttp.ClientSession() as http:
            try:
                async with asyncio.timeout(CONNECT_S):
                    socket = await http.ws_connect(
                        url, headers=headers, max_msg_size=MAX_MESSAGE, compress=0
                    )
            except (aiohttp.ClientError, OSError, TimeoutError):
                await send({"type": "websocket.close", "code": 1013})
                return
            await send({"type": "websocket.accept"})
            up = asyncio.create_task(_up(receive, socket))
            try:
                await _down(socket, send)
            finally:
                up.cancel()
                await socket.close()


async def _up(receive: Receive, socket: aiohttp.ClientWebSocketResponse) -> None:
    while (message := await receive())["type"] == "websocket.receive":
        if message.get("bytes") is not None:
            await socket.send_bytes(message["bytes"])
        else:
            await socket.send_str(message["text"])
    await socket.close()


async def _down(socket: aiohttp.ClientWebSocketResponse, send: Send) -> None:
    async for message in socket:
        if message.type is aiohttp.WSMsgType.BINARY:
            await send({"type": "websocket.send", "bytes": message.data})
        elif message.type is aiohttp.WSMsgType.TEXT:
            await send({"type": "websocket.send", "text": message.data})
    with contextlib.suppress(Exception):  # the browser may be gone already
        await send({"type": "websocket.close", "code": socket.close_code or 1006})
