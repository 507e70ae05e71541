"""One WebSocket of a call's audio, whoever is at the other end: read within limits."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from telephony.carrier import Malformed, Started

MAX_MESSAGE = 65_536  # bytes
MAX_UNSENT = 4_000  # messages that wait for a reader who does not read
MAX_UNSENT_BYTES = 4_000_000
MAX_MALFORMED = 20_000  # frames, before the socket is given up
LOG_EVERY = 100  # bad frames
MAX_DROPPED = 20_000  # frames

# Codes that a socket is closed with.
FORMAT, TOKEN, SILENT, TOO_BIG, BUSY, BROKEN = 4400, 4401, 4408, 4413, 4429, 1011

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

log = logging.getLogger(__name__)


class Refused(Exception):
    """The socket is turned away with a close code and a plain word."""

    def __init__(self, code: int, reason: str, message: str) -> None:
        super().__init__(message)
        self.code, self.reason, self.message = code, reason, message


class Allowance:
    """So much a second, and so much at once."""

    def __init__(self, a_second: float, at_once: float) -> None:
        self._a_second, self._at_once = a_second, at_once
        self._left, self._at = at_once, 0.0

    def take(self, amount: float, now: float) -> bool:
        """Take it off; False: there is not enough left."""
        self._left = min(self._at_once, self._left + (now - self._at) * self._a_second)
        self._at = now
        if self._left < amount:
            return False
        self._left -= amount
        return True


class Direct(Protocol):
    """A server's short way between a socket and us, where it has one: the extension
    ``rymi.direct`` of ``rymi_site.sockets``. Everything else is ASGI."""

    def deliver(self, take: Callable[[str | bytes], bool]) -> "asyncio.Future[None]":
        """Hand every message to ``take`` until it returns True or the socket is gone."""

    def write(self, message: str | bytes) -> None:
        """Send at once."""

    def unsent(self) -> int:
        """Return how many bytes wait for the other end to read."""


class Socket:
    """One WebSocket: reads with limits, sends from one task, or directly."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._receive, self._send = receive, send
        self._direct: Direct | None = scope.get("extensions", {}).get("rymi.direct")
        headers = dict(scope["headers"])
        self.origin = headers.get(b"origin", b"").decode("latin-1")
        self.path = str(scope.get("path", ""))
        self.said: list[str | bytes] = []  # until it was known whose it is
        self.hello: Started | None = None
        self.here = _address(scope.get("server"))  # of this process
        self._outbox: asyncio.Queue[str | bytes | None] = asyncio.Queue()
        self._sender: asyncio.Task[None] | None = None
        self._malformed = self._dropped = 0
        self.is_gone = False

    async def accept(self) -> None:
        await self._receive()
        await self._send({"type": "websocket.accept"})
        if self._direct is None:
            self._sender = asyncio.create_task(self._send_all())

    async def read(self) -> str | bytes | None:
        """Return the next message; None: the socket is closed."""
        message = await self._receive()
        if self.is_gone or message["type"] != "websocket.receive":
            self.is_gone = True
            return None
        content = message.get("bytes")
        content = message.get("text") if content is None else content
        return self._checked(content if content is not None else "")

    async def each(self, take: Callable[[str | bytes], bool]) -> None:
        """Hand every message to ``take`` until it returns True or the socket is closed."""
        if self._direct is not None:
            await self._direct.deliver(lambda content: take(self._checked(content)))
            return
        while (content := await self.read()) is not None:
            if take(content):
                return

    def _checked(self, content: str | bytes) -> str | bytes:
        if len(content) > MAX_MESSAGE:
            raise Refused(TOO_BIG, "too_big", "A message may have 64 KiB at most.")
        return content

    def put(self, message: str | bytes) -> None:
        """Queue a message to send."""
        if self.is_gone:
            return
        if self._direct is not None:
            self.is_gone = self._direct.unsent() > MAX_UNSENT_BYTES
            self._direct.write(message)
            return
        if self._outbox.qsize() > MAX_UNSENT:
            self.is_gone = True  # nobody reads at the other end
            return
        self._outbox.put_nowait(message)

    async def close(self, code: int = 1000) -> None:
        """Send what is queued, then close."""
        self._outbox.put_nowait(None)
        if self._sender:
            with contextlib.suppress(TimeoutError, asyncio.CancelledError):
                await asyncio.wait_for(self._sender, 5)
        if not self.is_gone:
            with contextlib.suppress(Exception):  # it may just have closed
                await self._send({"type": "websocket.close", "code": code})

    async def _send_all(self) -> None:
        try:
            while (message := await self._outbox.get()) is not None:
                key = "bytes" if isinstance(message, bytes) else "text"
                await self._send({"type": "websocket.send", key: message})
        except Exception:  # of whichever server: closed under our hands
            self.is_gone = True

    def count_dropped(self) -> None:
        """Give up on a socket that sends far more than any call needs."""
        self._dropped += 1
        if self._dropped % LOG_EVERY == 1:
            log.warning("frame_dropped")
        if self._dropped >= MAX_DROPPED:
            raise Refused(BUSY, "flood", "Far too much was sent; a call is real time.")

    def count_malformed(self, event: Malformed) -> None:
        """Log every hundredth bad frame; give up on a socket that sends nothing else."""
        self._malformed += 1
        if self._malformed % LOG_EVERY == 1:
            log.warning("malformed_frame", extra={"why": event.why})
        if self._malformed >= MAX_MALFORMED:
            raise Refused(1008, "malformed", "Too many frames could not be read.")


def _address(server: Any) -> str:
    """Return where a socket came in; "": not by a port."""
    if not server or not server[1]:
        return ""
    host, port = server[0], server[1]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
