"""WebSockets for uvicorn, with frames read and written in C (picows).

    uvicorn rymi_site.asgi:media --ws rymi_site.sockets:Protocol

An ASGI server like any other, and one thing more: an application may take messages
straight from the parser, and send without awaiting, through
``scope["extensions"]["rymi.direct"]``: no queue, no event and no step of a task then
stand between a frame and who wants it.

The handshake is answered at once. An application that refuses closes with its code,
which a browser can read; of ASGI's 403 it would see nothing but a failure.
"""

import asyncio
import logging
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

from picows import (
    WSAutoPingStrategy,
    WSCloseCode,
    WSListener,
    WSMsgType,
    WSTransport,
    WSUpgradeRequest,
)
from picows.picows import WSFrame, WSProtocol  # type: ignore[attr-defined]  # not in its stubs

HANDSHAKE_S = 5.0
PING_AFTER_S, PONG_WITHIN_S = 20.0, 10.0
CLOSE_WITHIN_S = 5.0  # for the other end to answer our close
WAITING = 100  # messages that the application has not taken; then reading rests
READ_BUFFER = 4_096  # bytes; grows with what comes
EXTENSION = "rymi.direct"

log = logging.getLogger("rymi.sockets")
log.setLevel(logging.WARNING)  # picows greets every connection


class Protocol(WSProtocol):  # type: ignore[misc]  # a C class without types
    """What uvicorn makes of a connection that asks for a WebSocket."""

    def __init__(self, config: Any, server_state: Any, app_state: Any) -> None:
        self._config = config
        self._server_state = server_state
        self._app_state = app_state
        super().__init__(
            None,  # host, of a client
            None,  # path, of a client
            False,  # a client
            self._listen,
            log,
            True,  # disconnect on an exception
            HANDSHAKE_S,
            True,  # ping
            PING_AFTER_S,
            PONG_WITHIN_S,
            WSAutoPingStrategy.PING_WHEN_IDLE,
            True,  # pong
            config.ws_max_size,
            None,  # headers, of a client
            READ_BUFFER,
        )

    def connection_made(self, transport: asyncio.Transport) -> None:
        """Take the connection over from uvicorn's HTTP protocol."""
        super().connection_made(transport)
        self._server_state.connections.add(self)
        # uvloop chooses how it reads when reading starts, so it must start anew.
        transport.pause_reading()
        asyncio.get_running_loop().call_soon(_resume, transport)

    def connection_lost(self, error: Exception | None) -> None:
        """Forget the connection."""
        self._server_state.connections.discard(self)
        super().connection_lost(error)

    def data_received(self, data: bytes) -> None:
        """Take the handshake, which uvicorn has read already."""
        while data:
            room = self.get_buffer(-1)
            size = min(len(room), len(data))
            room[:size] = data[:size]
            self.buffer_updated(size)
            data = data[size:]

    def shutdown(self) -> None:
        """The server stops: say so, and close."""
        if isinstance(self.listener, Connection):
            self.listener.stop()
        elif self.transport is not None:
            self.transport.disconnect()

    def _listen(self, request: WSUpgradeRequest) -> "Connection":
        transport = self.transport.underlying_transport
        scope = _scope(request, transport, self._config, self._app_state)
        return Connection(self._config, scope, self._server_state.tasks)


def _resume(transport: asyncio.Transport) -> None:
    if not transport.is_closing():
        transport.resume_reading()


def _scope(
    request: WSUpgradeRequest, transport: Any, config: Any, app_state: Any
) -> dict[str, Any]:
    path, _, query = request.path.partition(b"?")
    root: str = config.root_path
    return {
        "type": "websocket",
        "asgi": {"version": config.asgi_version, "spec_version": "2.4"},
        "http_version": "1.1",
        "scheme": "ws",
        "server": _address(transport, "sockname"),
        "client": _address(transport, "peername"),
        "root_path": root,
        "path": root + unquote(path.decode("latin-1")),
        "raw_path": root.encode() + path,
        "query_string": query,
        "headers": [
            (name.lower().encode("latin-1"), value.encode("latin-1", "replace"))
            for name, value in request.headers.items()
        ],
        "subprotocols": [],
        "state": dict(app_state),
        "extensions": {},
    }


def _address(transport: Any, kind: str) -> tuple[str, int] | None:
    address = transport.get_extra_info(kind)
    return tuple(address[:2]) if isinstance(address, tuple) else None


class Connection(WSListener):
    """One socket: ASGI's two sides of it, and the direct way. Lives on the loop."""

    def __init__(
        self, config: Any, scope: dict[str, Any], tasks: set[asyncio.Task[None]]
    ) -> None:
        self._application, self._largest = config.loaded_app, config.ws_max_size
        self._scope, self._tasks = scope, tasks
        scope["extensions"][EXTENSION] = self
        self._inbox: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._inbox.put_nowait({"type": "websocket.connect"})
        self._take: Callable[[str | bytes], bool] | None = None
        self._gone: asyncio.Future[None] | None = None
        self._wire: WSTransport | None = None
        self._parts = bytearray()  # of a message that comes in several frames
        self._parts_kind = WSMsgType.TEXT
        self._rests = False  # reading
        self._drained = asyncio.Event()
        self._drained.set()
        self._is_closing = self._told_gone = False

    # ---- ASGI

    async def _run(self) -> None:
        code = 1000
        try:
            await self._application(self._scope, self.receive, self.send)
        except Exception:  # a server outlives what it serves
            log.exception("application failed")
            code = 1011
        finally:
            self.close(code)

    async def receive(self) -> dict[str, Any]:
        """Return the next of ASGI's messages."""
        message = await self._inbox.get()
        if self._rests and self._inbox.qsize() < WAITING // 2:
            self._rest(False)
        return message

    async def send(self, message: dict[str, Any]) -> None:
        """Take one of ASGI's messages."""
        kind = message["type"]
        if kind == "websocket.send":
            await self._drained.wait()
            content = message.get("bytes")
            self.write(message["text"] if content is None else content)
        elif kind == "websocket.close":
            self.close(message.get("code", 1000), message.get("reason") or "")
        elif kind != "websocket.accept":  # that has happened
            raise RuntimeError(f"this server knows no {kind}")

    # ---- the direct way

    def deliver(self, take: Callable[[str | bytes], bool]) -> "asyncio.Future[None]":
        """Hand every message to ``take``, those that wait first, until it returns True.

        The future is done when ``take`` wants no more or the socket is gone, and fails
        with what ``take`` raises.
        """
        self._gone = asyncio.get_running_loop().create_future()
        self._take = take
        while self._take is not None and not self._inbox.empty():
            message = self._inbox.get_nowait()
            if message["type"] == "websocket.receive":
                content = message.get("bytes")
                self._hand_over(message["text"] if content is None else content)
            else:
                self._let_go()
        if self._rests:
            self._rest(False)
        return self._gone

    def write(self, message: str | bytes) -> None:
        """Send at once; a socket that is gone swallows it."""
        if self._wire is None or self._is_closing or self._wire.is_disconnected:
            return
        kind = WSMsgType.TEXT if isinstance(message, str) else WSMsgType.BINARY
        self._wire.send(kind, message)

    def unsent(self) -> int:
        """Return how many bytes wait for the other end to read."""
        if self._wire is None:
            return 0
        return self._wire.underlying_transport.get_write_buffer_size()

    def close(self, code: int, reason: str = "") -> None:
        """Say goodbye; the connection ends when the other end answers, or soon."""
        if self._wire is None or self._is_closing or self._wire.is_disconnected:
            return
        self._is_closing = True
        self._wire.send_close(code, reason.encode()[:120])  # type: ignore[arg-type]  # any int will do
        self._rest(False)  # the answer must be read
        asyncio.get_running_loop().call_later(CLOSE_WITHIN_S, self._wire.disconnect)

    def stop(self) -> None:
        """The server stops."""
        self._tell_gone(1012)
        self.close(1012)

    # ---- picows'

    def on_ws_connected(self, transport: WSTransport) -> None:
        self._wire = transport
        task = asyncio.get_running_loop().create_task(self._run())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        kind = frame.msg_type
        if kind == WSMsgType.TEXT and frame.fin:
            self._arrived_text(frame.get_payload_as_bytes())
        elif kind == WSMsgType.BINARY and frame.fin:
            self._arrived(frame.get_payload_as_bytes())
        elif kind == WSMsgType.CLOSE:
            self._closed_by_peer(transport, frame)
        elif kind != WSMsgType.PONG:
            self._join(frame)

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        self._drained.set()
        self._tell_gone(1006)

    def pause_writing(self) -> None:
        self._drained.clear()

    def resume_writing(self) -> None:
        self._drained.set()

    def _closed_by_peer(self, transport: WSTransport, frame: WSFrame) -> None:
        got: Any = frame.get_close_code()
        code = int(getattr(got, "value", got) or 1005)  # 1005: none was sent
        self._tell_gone(code)
        if not self._is_closing:
            self._is_closing = True
            transport.send_close(WSCloseCode.OK if code == 1005 else code)  # type: ignore[arg-type]  # any int will do
        transport.disconnect()

    def _join(self, frame: WSFrame) -> None:
        if frame.msg_type != WSMsgType.CONTINUATION:
            self._parts.clear()
            self._parts_kind = frame.msg_type
        self._parts += frame.get_payload_as_bytes()
        if len(self._parts) > self._largest:
            self._parts.clear()
            self._tell_gone(1009)
            self.close(1009)
        elif frame.fin:
            whole = bytes(self._parts)
            self._parts.clear()
            if self._parts_kind == WSMsgType.TEXT:
                self._arrived_text(whole)
            else:
                self._arrived(whole)

    # ---- messages

    def _arrived_text(self, payload: bytes) -> None:
        try:
            self._arrived(payload.decode())
        except UnicodeDecodeError:
            self._tell_gone(1007)
            self.close(1007)

    def _arrived(self, content: str | bytes) -> None:
        if self._is_closing:
            return
        if self._take is not None:
            self._hand_over(content)
            return
        key = "text" if isinstance(content, str) else "bytes"
        self._inbox.put_nowait({"type": "websocket.receive", key: content})
        if self._inbox.qsize() > WAITING:
            self._rest(True)

    def _hand_over(self, content: str | bytes) -> None:
        if self._take is None:
            return
        try:
            is_enough = self._take(content)
        except Exception as error:  # it belongs to whoever waits for the end
            self._let_go(error)
        else:
            if is_enough:
                self._let_go()

    def _let_go(self, error: Exception | None = None) -> None:
        self._take = None
        if self._gone is not None and not self._gone.done():
            if error is None:
                self._gone.set_result(None)
            else:
                self._gone.set_exception(error)

    def _tell_gone(self, code: int) -> None:
        if self._told_gone:
            return
        self._told_gone = True
        self._let_go()
        self._inbox.put_nowait({"type": "websocket.disconnect", "code": code})

    def _rest(self, on: bool) -> None:
        if self._wire is None or self._rests == on:
            return
        transport = self._wire.underlying_transport
        if transport.is_closing():
            return
        self._rests = on
        if on:
            transport.pause_reading()
        else:
            transport.resume_reading()
