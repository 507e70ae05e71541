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
from providers.ports import AudioFormat
from telephony import (
    calls,
    carried,
    legs,
    live,
    media_tokens,
    participants,
    relay,
    scribe,
    winding_down,
)
from telephony.browser_media import LOUDSPEAKER, MICROPHONE, BrowserMedia
from telephony.carrier import (
    AudioIn,
    LineEvent,
    Malformed,
    MediaStream,
    Started,
    Stopped,
)
from telephony.carriers import Carrier
from telephony.gathering import Guest
from telephony.live import LiveCall, Who, WireLine
from telephony.media_tokens import Elsewhere
from telephony.models import Call, MediaToken
from telephony.taking_over import past_of
from voice.events import Ended

HELLO_WITHIN_S = 10.0
RELAY_AGAIN_S = 0.25
JOINED_WITHIN_S = 5.0  # a call that is being answered just now
MAX_MESSAGE = 65_536  # bytes
MAX_UNSENT = 4_000  # messages that wait for a reader who does not read
MAX_UNSENT_BYTES = 4_000_000
MAX_MALFORMED = 20_000  # frames, before the socket is given up
LOG_EVERY = 100  # bad frames
# What a socket may send; more is dropped, and much more is the end of it.
FRAMES_A_SECOND, FRAMES_AT_ONCE = 60, 600
AUDIO_MS_A_SECOND, AUDIO_MS_AT_ONCE = 1_200, 10_000
MAX_DROPPED = 20_000  # frames

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


class Wire(Protocol):
    """What differs between a browser and a carrier."""

    codec: Any
    heard: AudioFormat
    spoken: AudioFormat

    async def claim(self, started: Started, socket: "Socket") -> MediaToken | Elsewhere:
        """Return what this stream may take part in, or raise ``Refused``."""


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
        except Exception:
            self.is_gone = True  # closed under our hands

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


@dataclass
class BrowserWire:
    """A person in a browser."""

    codec: BrowserMedia
    heard: AudioFormat = MICROPHONE
    spoken: AudioFormat = LOUDSPEAKER

    async def claim(self, started: Started, socket: "Socket") -> MediaToken | Elsewhere:
        rate = self.heard.sample_rate
        if started.parameters["rate"] != rate:
            raise Refused(FORMAT, "rate", f"Send the microphone at {rate} Hz.")
        return await _claim(started.parameters["token"], socket, socket.origin)


class CarrierWire:
    """A telephone call through a carrier."""

    def __init__(self, codec: MediaStream) -> None:
        self.codec = codec
        self.heard, self.spoken = codec.heard, codec.spoken

    async def claim(self, started: Started, socket: "Socket") -> MediaToken | Elsewhere:
        token = str(started.parameters.get("token", ""))[:128]
        claimed = await _claim(token, socket, "", started.call_id)
        if isinstance(claimed, MediaToken):
            streaming = live.in_thread(legs.streaming)
            await streaming(claimed.call_id, started, now=clock.now())
        return claimed


async def browser(scope: Scope, receive: Receive, send: Send) -> None:
    """Carry a call from a browser."""
    await serve(BrowserWire(BrowserMedia()), Socket(scope, receive, send))


def carried_by(carrier: Carrier) -> Callable[[Scope, Receive, Send], Awaitable[None]]:
    """Return the application for a carrier's streams."""

    async def telephone(scope: Scope, receive: Receive, send: Send) -> None:
        await serve(CarrierWire(carrier.media()), Socket(scope, receive, send))

    return telephone


async def _claim(
    token: str, socket: "Socket", origin: str, carrier_call_id: str = ""
) -> MediaToken | Elsewhere:
    claimed: MediaToken | Elsewhere | None = await live.in_thread(media_tokens.claim)(
        token,
        now=clock.now(),
        origin=origin,
        carrier_call_id=carrier_call_id,
        here=socket.here,
    )
    if claimed is None:
        raise Refused(
            TOKEN,
            "token",
            "This call's token is used up, too old or not for this page."
            " Start the call again.",
        )
    return claimed


async def serve(wire: Wire, socket: Socket) -> None:
    """Carry one socket's call from its first message to its last."""
    await socket.accept()
    code = 1000
    try:
        claimed = await _answer(wire, socket)
        if isinstance(claimed, Elsewhere):
            claimed, code = await _hand_on(wire, socket, claimed)
        if claimed is not None:
            with winding_down.calls.carry():
                await _take_part(wire, socket, claimed)
    except Refused as refused:
        code = refused.code
        _explain(wire, socket, refused)
    except Exception:
        log.exception("media_socket_failed")
        code = BROKEN
        broken = Refused(BROKEN, "server", "Something broke on our side. Try again.")
        _explain(wire, socket, broken)
    finally:
        await socket.close(code)


async def _hand_on(
    wire: Wire, socket: Socket, claimed: Elsewhere
) -> tuple[MediaToken | None, int]:
    """Hand a socket on to the process that has its call; return the close code, or what
    it may take part in here: the process may have died, and the call be ours by now."""
    loop = asyncio.get_running_loop()
    until = loop.time() + JOINED_WITHIN_S
    while True:
        try:
            return None, await relay.carry(socket, claimed.at)
        except relay.Unreachable:
            if loop.time() > until or socket.hello is None:
                return None, relay.TRY_AGAIN
        await asyncio.sleep(RELAY_AGAIN_S)
        found = await wire.claim(socket.hello, socket)
        if not isinstance(found, Elsewhere):
            return found, 1000
        claimed = found


def _explain(wire: Wire, socket: Socket, refused: Refused) -> None:
    if isinstance(wire.codec, BrowserMedia):
        error = wire.codec.say("error", code=refused.reason, message=refused.message)
        socket.put(error)


async def _answer(wire: Wire, socket: Socket) -> MediaToken | Elsewhere | None:
    """Wait for the stream's first words; None: it closed before."""
    try:
        async with asyncio.timeout(HELLO_WITHIN_S):
            while (message := await socket.read()) is not None:
                socket.said.append(message)
                event = wire.codec.receive(message)
                if isinstance(event, Started):
                    socket.hello = event
                    await _refuse_if_busy(str(event.parameters.get("token", "")))
                    return await wire.claim(event, socket)
                if isinstance(event, Stopped):
                    return None
                if isinstance(event, Malformed):
                    socket.count_malformed(event)
                    if isinstance(wire.codec, BrowserMedia):
                        raise Refused(TOKEN, "token", "The first message is hello.")
    except TimeoutError:
        raise Refused(SILENT, "silence", "No hello within 10 seconds.") from None
    return None


async def _refuse_if_busy(token: str) -> None:
    """Turn a call away before it costs anything, so that those under way keep pace; but
    nobody who comes to a call that is under way."""
    is_busy = winding_down.calls.are_refused or scribe.shared().is_full
    if not is_busy or await live.in_thread(media_tokens.is_for_live_call)(token):
        return
    if winding_down.calls.are_refused:
        raise Refused(
            BUSY, "draining", "The server is being restarted. Call again in a minute."
        )
    if scribe.shared().is_full:
        raise Refused(BUSY, "busy", "All lines are busy. Try again in a minute.")


async def _take_part(wire: Wire, socket: Socket, token: MediaToken) -> None:
    """Carry a call, or come into one that is carried here."""
    is_under_way = token.call.status == Call.Status.IN_PROGRESS
    if token.joins and is_under_way:
        await _join(wire, socket, token)
    else:
        await _talk(wire, socket, token)


async def _join(wire: Wire, socket: Socket, token: MediaToken) -> None:
    """Let somebody into a call that others are in already."""
    tell = _teller(wire, socket)
    found = await carried.wait_for(token.call_id, JOINED_WITHIN_S)
    if not isinstance(found, LiveCall) or found.over.is_set():
        raise Refused(TOKEN, "token", "This call is over already.")
    if not found.expects(token.participant):  # nobody would tell them what it is about
        await live.in_thread(participants.left)(token.participant_id, now=clock.now())
        raise Refused(TOKEN, "token", "Nobody waits for this line any more.")
    line = WireLine(wire.codec, socket.put, wire.heard, wire.spoken)
    await live.in_thread(participants.joined)(token.participant_id, now=clock.now())
    guest = found.people().join(token.participant, line, tell)
    if tell:
        rate = wire.spoken.sample_rate
        tell("ready", call_id=str(token.call_id), rate=rate, stack={})
    try:
        await _stay(socket, wire, found, guest)
    finally:
        is_gone = found.people().guests.get(guest.id) in (guest, None)
        found.people().leave(guest)
        if is_gone:  # no other socket of theirs has come since
            await live.in_thread(participants.left)(guest.id, now=clock.now())
    if tell:
        said = {"reason": "closed", "detail": "", "url": f"/calls/{token.call_id}/"}
        tell("ended", call_id=str(token.call_id), **said)


async def _stay(socket: Socket, wire: Wire, found: LiveCall, guest: Guest) -> None:
    """Hand on what a guest says until they, or the call, are gone."""

    def take(event: LineEvent) -> None:
        found.people().take(guest, event)

    reading = asyncio.create_task(_read(socket, wire, guest, take))
    ends = [asyncio.create_task(e.wait()) for e in (guest.gone, found.over)]
    try:
        await asyncio.wait((reading, *ends), return_when=asyncio.FIRST_COMPLETED)
        if reading.done():
            reading.result()
    finally:
        for task in (reading, *ends):
            task.cancel()


async def _talk(wire: Wire, socket: Socket, token: MediaToken) -> None:
    """Carry the call that the socket brought, to its end."""
    call = token.call
    tell = _teller(wire, socket)
    goes_on = call.status == Call.Status.IN_PROGRESS
    try:
        past = await live.in_thread(past_of)(call, clock.now()) if goes_on else None
        ready = await live.prepare(call, heard=wire.heard, past=past)
        line = WireLine(wire.codec, socket.put, wire.heard, wire.spoken)
        who = Who(token.participant, ready.agent)
        conversation = LiveCall(call, ready.config, line, tell, who, past, ready.kit)
    except ProviderError as error:
        await live.fail(call.id, str(error))
        raise Refused(BROKEN, "provider", str(error)) from error
    except Exception:
        await live.fail(call.id, "could not be prepared")
        raise
    is_open = goes_on or await live.in_thread(calls.answer)(
        call.id, now=clock.now(), by=token.participant_id, at=socket.here
    )
    if not is_open and token.joins:  # somebody else of the call was quicker
        await _join(wire, socket, token)
        return
    if not is_open:
        raise Refused(TOKEN, "token", "This call is over already.")
    if tell:
        rate = wire.spoken.sample_rate
        tell("ready", call_id=str(call.id), rate=rate, stack=ready.stack)
    carried.add(call.id, conversation)
    try:
        ended = await _converse(socket, wire, conversation)
    finally:
        carried.remove(call.id, conversation)
    if tell:
        tell(
            "ended",
            reason=ended.reason,
            detail=ended.detail,
            call_id=str(call.id),
            url=f"/calls/{call.id}/",
        )


async def _converse(socket: Socket, wire: Wire, conversation: LiveCall) -> Ended:
    running = asyncio.create_task(conversation.run())
    reading = asyncio.create_task(_read(socket, wire, conversation, conversation.take))
    try:
        await asyncio.wait((running, reading), return_when=asyncio.FIRST_COMPLETED)
        if not running.done() and not conversation.caller_left():
            conversation.session.drop()  # the line is gone first
        return await running
    finally:
        conversation.session.drop()
        if reading.done():
            if not reading.cancelled() and (error := reading.exception()):
                raise error
        else:
            reading.cancel()


class Hearer(Protocol):
    """Whoever takes audio. Where it goes may change in mid-call: look each time."""

    @property
    def hear(self) -> Callable[[bytes], None]: ...


async def _read(
    socket: Socket,
    wire: Wire,
    hearer: Hearer,
    take_event: Callable[[LineEvent], None],
) -> None:
    """Hand every message to the conversation until the line is gone."""
    clock_s = asyncio.get_running_loop().time
    frames = Allowance(FRAMES_A_SECOND, FRAMES_AT_ONCE)
    audio_ms = Allowance(AUDIO_MS_A_SECOND, AUDIO_MS_AT_ONCE)
    bytes_per_ms = wire.heard.bytes_per_ms
    codec: MediaStream = wire.codec

    def take(message: str | bytes) -> bool:
        now = clock_s()
        if not frames.take(1, now):
            socket.count_dropped()
            return False
        event: LineEvent | None = codec.receive(message)
        if isinstance(event, AudioIn):
            if audio_ms.take(len(event.data) / bytes_per_ms, now):
                hearer.hear(event.data)
            else:
                socket.count_dropped()
        elif isinstance(event, Malformed):
            socket.count_malformed(event)
        elif event is not None:
            take_event(event)
            return isinstance(event, Stopped)
        return False

    await socket.each(take)


def _teller(wire: Wire, socket: Socket) -> live.Tell | None:
    if not isinstance(wire.codec, BrowserMedia):
        return None
    say = wire.codec.say

    def tell(kind: str, **content: Any) -> None:
        socket.put(say(kind, **content))

    return tell
