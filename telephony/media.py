"""Live audio: a raw ASGI application for carriers' streams and browsers' calls.

No consumer and no task for a frame: a message is read, its codec tells what it is, the
session takes it. One task for each call sends. A socket that misbehaves loses frames,
then itself; it never costs another call its pace.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from common import clock
from providers.errors import ProviderError
from telephony import (
    announcing,
    calls,
    carried,
    live,
    media_tokens,
    participants,
    relay,
    scribe,
    winding_down,
)
from telephony.browser_media import BrowserMedia
from telephony.carrier import (
    AudioIn,
    LineEvent,
    Malformed,
    MediaStream,
    Started,
    Stopped,
)
from telephony.carriers import Carrier
from telephony.company import Who
from telephony.gathering import Guest
from telephony.lines import WireLine
from telephony.live import LiveCall
from telephony.livekit.media import RoomMedia
from telephony.media_socket import (
    BROKEN,
    BUSY,
    SILENT,
    TOKEN,
    Allowance,
    Receive,
    Refused,
    Scope,
    Send,
    Socket,
)
from telephony.media_tokens import Elsewhere
from telephony.models import Call, MediaToken
from telephony.preparing import prepare
from telephony.taking_over import past_of
from telephony.threads import in_thread
from telephony.wires import BrowserWire, CarrierWire, Wire
from voice.events import Ended

HELLO_WITHIN_S = 10.0
RELAY_AGAIN_S = 0.25
JOINED_WITHIN_S = 5.0  # a call that is being answered just now
# What a socket may send; more is dropped, and ``MAX_DROPPED`` are the end of it.
FRAMES_A_SECOND, FRAMES_AT_ONCE = 60, 600
AUDIO_MS_A_SECOND, AUDIO_MS_AT_ONCE = 1_200, 10_000

log = logging.getLogger(__name__)


async def browser(scope: Scope, receive: Receive, send: Send) -> None:
    """Carry a call from a browser."""
    await serve(BrowserWire(BrowserMedia()), Socket(scope, receive, send))


async def room(scope: Scope, receive: Receive, send: Send) -> None:
    """Carry a line of a call from a LiveKit room."""
    await serve(CarrierWire(RoomMedia()), Socket(scope, receive, send))


def carried_by(carrier: Carrier) -> Callable[[Scope, Receive, Send], Awaitable[None]]:
    """Return the application for a carrier's streams."""

    async def telephone(scope: Scope, receive: Receive, send: Send) -> None:
        await serve(CarrierWire(carrier.media()), Socket(scope, receive, send))

    return telephone


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
    except Exception:  # the caller is told, whatever it was
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
    if not is_busy or await in_thread(media_tokens.is_for_live_call)(token):
        return
    if winding_down.calls.are_refused:
        raise Refused(
            BUSY, "draining", "The server is being restarted. Call again in a minute."
        )
    if scribe.shared().is_full:
        raise Refused(BUSY, "busy", "All lines are busy. Try again in a minute.")


async def _take_part(wire: Wire, socket: Socket, token: MediaToken) -> None:
    """Carry a call, or come into one that is carried here, or say why not."""
    if not token.call.is_live():
        await announcing.turn_away(wire.codec, wire.spoken, socket, token.call)
        return
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
    company = found.company
    if not company.expects(
        token.participant
    ):  # nobody would tell them what it is about
        await in_thread(participants.left)(token.participant_id, now=clock.now())
        raise Refused(TOKEN, "token", "Nobody waits for this line any more.")
    line = WireLine(wire.codec, socket.put, wire.heard, wire.spoken)
    await in_thread(participants.joined)(token.participant_id, now=clock.now())
    people = company.people()
    guest = people.join(token.participant, line, tell)
    if tell:
        rate = wire.spoken.sample_rate
        tell("ready", call_id=str(token.call_id), rate=rate, stack={})
    try:
        await _stay(socket, wire, found, guest)
    finally:
        is_gone = people.guests.get(guest.id) in (guest, None)
        people.leave(guest)
        if is_gone:  # no other socket of theirs has come since
            await in_thread(participants.left)(guest.id, now=clock.now())
    if tell:
        said = {"reason": "closed", "detail": "", "url": f"/calls/{token.call_id}/"}
        tell("ended", call_id=str(token.call_id), **said)


async def _stay(socket: Socket, wire: Wire, found: LiveCall, guest: Guest) -> None:
    """Hand on what a guest says until they, or the call, are gone."""

    def take(event: LineEvent) -> None:
        found.company.people().take(guest, event)

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
        past = await in_thread(past_of)(call, clock.now()) if goes_on else None
        ready = await prepare(call, heard=wire.heard, past=past)
        line = WireLine(wire.codec, socket.put, wire.heard, wire.spoken)
        who = Who(token.participant, ready.agent)
        conversation = LiveCall(
            call, ready.config, line, tell, who, past, ready.kit, ready.greeting
        )
    except ProviderError as error:
        await live.fail(call.id, str(error))
        raise Refused(BROKEN, "provider", str(error)) from error
    except Exception:  # the call must not stay open; then it goes on up
        await live.fail(call.id, "could not be prepared")
        raise
    is_open = goes_on or await in_thread(calls.answer)(
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
        if not running.done() and not conversation.company.caller_left():
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
