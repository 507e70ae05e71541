"""Live audio: a raw ASGI application for carriers' streams and browsers' calls.

No consumer and no task for a frame: a message is read, its codec tells what it is, the
session takes it. One task for each call sends. A socket that misbehaves loses frames,
then itself; it never costs another call its pace.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Protocol

from common import clock
from providers.errors import ProviderError
from providers.ports import TELEPHONE, AudioFormat
from telephony import calls, live, media_tokens
from telephony.browser_media import LOUDSPEAKER, MICROPHONE, BrowserMedia
from telephony.carrier import LineEvent, Malformed, MediaStream, Started, Stopped
from telephony.carriers.twilio.media import TwilioMedia
from telephony.live import LiveCall, WireLine
from telephony.models import Call

HELLO_WITHIN_S = 10.0
MAX_MESSAGE = 65_536  # bytes
MAX_UNSENT = 4_000  # messages that wait for a reader who does not read
MAX_MALFORMED = 1_000  # frames, before the socket is given up
LOG_EVERY = 100  # bad frames
BURST, FRAMES_A_SECOND = 600, 120  # what a socket may send: more is dropped

TOKEN, CREDIT, SILENT, TOO_BIG, BUSY = 4401, 4402, 4408, 4413, 4429

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

log = logging.getLogger(__name__)


class Refused(Exception):
    """The socket is turned away with a close code and a plain word."""

    def __init__(self, code: int, reason: str, message: str) -> None:
        super().__init__(message)
        self.code, self.reason, self.message = code, reason, message


class Wire(Protocol):
    """What differs between a browser and a carrier."""

    codec: Any
    heard: AudioFormat
    spoken: AudioFormat

    async def claim(self, started: Started, origin: str) -> Call:
        """Return the call that this stream may carry, or raise ``Refused``."""


class Socket:
    """One WebSocket: reads with limits, sends from one task."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._receive, self._send = receive, send
        headers = dict(scope["headers"])
        self.origin = headers.get(b"origin", b"").decode("latin-1")
        self._outbox: asyncio.Queue[str | bytes | None] = asyncio.Queue()
        self._sender: asyncio.Task[None] | None = None
        self._malformed = 0
        self._allowance = float(BURST)
        self._refilled = 0.0
        self.is_gone = False

    async def accept(self) -> None:
        await self._receive()
        await self._send({"type": "websocket.accept"})
        self._sender = asyncio.create_task(self._send_all())

    async def read(self) -> str | bytes | None:
        """Return the next message; None: the socket is closed."""
        message = await self._receive()
        if message["type"] != "websocket.receive":
            self.is_gone = True
            return None
        content = message.get("bytes")
        content = message.get("text") if content is None else content
        if content is not None and len(content) > MAX_MESSAGE:
            raise Refused(TOO_BIG, "too_big", "A message may have 64 KiB at most.")
        return content if content is not None else ""

    def put(self, message: str | bytes) -> None:
        """Queue a message to send."""
        if self.is_gone:
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
        except Exception:
            self.is_gone = True  # closed under our hands

    def admits(self, now: float) -> bool:
        """Count a frame; False: the socket sends more than any call needs."""
        self._allowance = min(
            BURST, self._allowance + (now - self._refilled) * FRAMES_A_SECOND
        )
        self._refilled = now
        if self._allowance < 1:
            return False
        self._allowance -= 1
        return True

    def count_malformed(self, event: Malformed) -> None:
        """Log every hundredth bad frame; give up on a socket that sends nothing else."""
        self._malformed += 1
        if self._malformed % LOG_EVERY == 1:
            log.warning("malformed_frame", extra={"why": event.why})
        if self._malformed >= MAX_MALFORMED:
            raise Refused(1008, "malformed", "Too many frames could not be read.")


@dataclass
class BrowserWire:
    """A person in a browser."""

    codec: BrowserMedia
    heard: AudioFormat = MICROPHONE
    spoken: AudioFormat = LOUDSPEAKER

    async def claim(self, started: Started, origin: str) -> Call:
        return await _claim(started.parameters["token"], origin)


@dataclass
class TwilioWire:
    """A telephone call through Twilio."""

    codec: TwilioMedia
    heard: AudioFormat = TELEPHONE
    spoken: AudioFormat = TELEPHONE

    async def claim(self, started: Started, origin: str) -> Call:
        return await _claim(str(started.parameters.get("token", "")), "")


async def browser(scope: Scope, receive: Receive, send: Send) -> None:
    """Carry a call from a browser."""
    await serve(BrowserWire(BrowserMedia()), Socket(scope, receive, send))


async def twilio(scope: Scope, receive: Receive, send: Send) -> None:
    """Carry a telephone call."""
    await serve(TwilioWire(TwilioMedia()), Socket(scope, receive, send))


async def _claim(token: str, origin: str) -> Call:
    claimed = await live.in_thread(media_tokens.claim)(
        token, now=clock.now(), origin=origin
    )
    if claimed is None:
        raise Refused(
            TOKEN,
            "token",
            "This call's token is used up, too old or not for this page."
            " Start the call again.",
        )
    call: Call = claimed.call
    return call


async def serve(wire: Wire, socket: Socket) -> None:
    """Carry one socket's call from its first message to its last."""
    await socket.accept()
    code = 1000
    try:
        call = await _answer(wire, socket)
        if call is not None:
            await _talk(wire, socket, call)
    except Refused as refused:
        code = refused.code
        if isinstance(wire.codec, BrowserMedia):
            socket.put(
                wire.codec.say("error", code=refused.reason, message=refused.message)
            )
    finally:
        await socket.close(code)


async def _answer(wire: Wire, socket: Socket) -> Call | None:
    """Wait for the stream's first words; None: it closed before."""
    try:
        async with asyncio.timeout(HELLO_WITHIN_S):
            while (message := await socket.read()) is not None:
                event = wire.codec.receive(message)
                if isinstance(event, Started):
                    return await wire.claim(event, socket.origin)
                if isinstance(event, Stopped):
                    return None
                if isinstance(event, Malformed):
                    socket.count_malformed(event)
                    if isinstance(wire.codec, BrowserMedia):
                        raise Refused(TOKEN, "token", "The first message is hello.")
    except TimeoutError:
        raise Refused(SILENT, "silence", "No hello within 10 seconds.") from None
    return None


async def _talk(wire: Wire, socket: Socket, call: Call) -> None:
    codec: MediaStream = wire.codec
    line = WireLine(codec, socket.put, wire.heard, wire.spoken)
    tell = _teller(wire, socket)
    try:
        config, stack = await live.prepare(call, heard=wire.heard)
    except ProviderError as error:
        await live.fail(call.id, str(error))
        raise Refused(1011, "provider", str(error)) from error
    if not await live.in_thread(calls.answer)(call.id, now=clock.now()):
        raise Refused(TOKEN, "token", "This call is over already.")
    call.started_at = clock.now()
    conversation = LiveCall(call, config, line, tell)
    if tell:
        tell(
            "ready",
            call_id=str(call.id),
            rate=wire.spoken.sample_rate,
            stack=stack,
        )
    running = asyncio.create_task(conversation.run())
    reading = asyncio.create_task(_read(socket, codec, conversation))
    try:
        await asyncio.wait((running, reading), return_when=asyncio.FIRST_COMPLETED)
        if not running.done():
            conversation.session.drop()  # the line is gone first
        ended = await running
    finally:
        reading.cancel()
        conversation.session.drop()
    if tell:
        tell(
            "ended",
            reason=ended.reason,
            detail=ended.detail,
            call_id=str(call.id),
            url=f"/calls/{call.id}/",
        )
    if reading.done() and not reading.cancelled():
        reading.result()  # a socket that was given up says why


async def _read(socket: Socket, codec: MediaStream, conversation: LiveCall) -> None:
    """Hand every message to the conversation until the line is gone."""
    now = asyncio.get_running_loop().time
    while (message := await socket.read()) is not None:
        if not socket.admits(now()):
            continue
        event: LineEvent | None = codec.receive(message)
        if isinstance(event, Malformed):
            socket.count_malformed(event)
        elif event is not None:
            conversation.take(event)
            if isinstance(event, Stopped):
                return


def _teller(wire: Wire, socket: Socket) -> live.Tell | None:
    if not isinstance(wire.codec, BrowserMedia):
        return None
    say = wire.codec.say

    def tell(kind: str, **content: Any) -> None:
        socket.put(say(kind, **content))

    return tell
