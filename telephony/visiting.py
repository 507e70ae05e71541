"""The agent in a LiveKit room: hears who is there, speaks on a track of its own.

To the call the room is one line, whoever is in it: ``Connection`` stands for a carrier's
socket, and everything behind it (limits, session, records) is as for any other call. Who
hears whom among the people is the LiveKit server's business.
"""

import asyncio
import contextlib
import logging
from importlib import import_module
from typing import Any

from django.conf import settings

from common import clock
from telephony import media, scribe, visits, winding_down
from telephony.carrier import CarrierError
from telephony.livekit import keypads, server, tokens
from telephony.livekit.media import HEARD, SPOKEN
from telephony.livekit.sound import FRAME_MS, MOST_WAITING, Ears, Mouth
from telephony.models import RoomVisit
from telephony.threads import in_thread

LOOK_EVERY_S = 0.25
LEAD_MS = 200  # of audio that LiveKit holds; what is cleared beyond it was not played
SETTLE_S = 3.0  # for a microphone, after somebody has come
KEYS = "0123456789*#ABCD"  # in the order of their codes (RFC 4733)
KEY_S, PAUSE_S = 0.3, 0.5  # from key to key; w
SIP_ACTIVE = "active"  # sip.callStatus of somebody who talks

# Where this process listens, for whoever comes to a call later; learned from what comes.
here: tuple[str, int] | None = None

log = logging.getLogger(__name__)


def rtc() -> Any:
    """Load LiveKit's real-time library: native, and only where rooms are."""
    return import_module("livekit.rtc")


async def watch() -> None:
    """Make the visits that are wanted, for as long as this process takes calls."""
    making: set[asyncio.Task[None]] = set()
    while True:
        await asyncio.sleep(LOOK_EVERY_S)
        if winding_down.calls.are_refused or scribe.shared().is_full:
            continue
        try:
            wanted = await in_thread(visits.claim)(clock.now())
        except Exception:  # the database is away; it comes back
            log.exception("room_visits_not_read")
            continue
        for visit in wanted:
            task = asyncio.create_task(make(visit))
            making.add(task)
            task.add_done_callback(making.discard)


async def make(visit: RoomVisit) -> None:
    """Go to a room, wait for somebody, carry the call to its end, and leave."""
    presence = Presence()
    try:
        await presence.enter(visit.room)
        left = (visit.expires_at - clock.now()).total_seconds()
        async with asyncio.timeout(max(left, 0)):
            await presence.company.wait()
        await _carry(visit, presence)
    except TimeoutError:
        log.warning("nobody_came", extra={"room": visit.room})
    except Exception:  # of LiveKit's libraries or ours: one visit's trouble is its own
        log.exception("room_visit_failed", extra={"room": visit.room})
    finally:
        was_cut = presence.is_cut
        await presence.leave()
        if not was_cut:  # else another process may be there in our place
            await _close(visit)


async def _carry(visit: RoomVisit, presence: "Presence") -> None:
    token = await in_thread(visits.token)(visit, clock.now())
    call_id = visit.leg.carrier_call_id if visit.leg else ""
    connection = presence.connection
    connection.begin(f"start:{token} {call_id}")
    await media.room(connection.scope, connection.receive, connection.send)


async def _close(visit: RoomVisit) -> None:
    """Put out whoever is left: the agent was whom they talked to."""
    try:
        await server.delete_room(visit.room)
    except CarrierError:
        log.warning("room_not_closed", exc_info=True)  # it empties by itself


class Connection:
    """A room as an ASGI server would hand a socket on."""

    def __init__(self, mouth: "Mouth") -> None:
        self.scope: dict[str, Any] = {
            "type": "websocket",
            "path": "/media/room/",
            "server": here,
            "headers": [],
            "extensions": {},
        }
        self._mouth = mouth
        self._inbox: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._is_open = False

    def begin(self, hello: str) -> None:
        """Let the other side hear from now on."""
        self._is_open = True
        self._inbox.put_nowait({"type": "websocket.connect"})
        self.say(hello)

    def say(self, text: str) -> None:
        """Hand on a word of the wire."""
        self._put({"type": "websocket.receive", "text": text})

    def hear(self, sound: bytes) -> None:
        """Hand on what people say."""
        self._put({"type": "websocket.receive", "bytes": sound})

    def end(self) -> None:
        """The room is gone."""
        self._put({"type": "websocket.disconnect", "code": 1000})

    def _put(self, message: dict[str, Any]) -> None:
        if self._is_open:
            self._inbox.put_nowait(message)

    async def receive(self) -> dict[str, Any]:
        """Return the next of ASGI's messages."""
        return await self._inbox.get()

    async def send(self, message: dict[str, Any]) -> None:
        """Take one of ASGI's messages."""
        if message["type"] == "websocket.close":
            self._is_open = False
        if message["type"] != "websocket.send":
            return
        sound = message.get("bytes")
        if sound is not None:
            self._mouth.play(sound)
        elif message["text"] == "clear":
            self._mouth.clear()
        else:
            self._mouth.mark(message["text"].partition(":")[2])


class Presence:
    """The agent's being in a room."""

    def __init__(self) -> None:
        self._rtc = rtc()
        self._room = self._rtc.Room()
        self._source = self._rtc.AudioSource(SPOKEN.sample_rate, 1, LEAD_MS)
        self._mouth = Mouth(self._source, self._frame, self._marked)
        self.connection = Connection(self._mouth)
        self._ears = Ears(self.connection.hear)
        self.company = asyncio.Event()  # somebody is there who can talk
        self.is_cut = self._is_leaving = False  # the server has put the agent out
        self._streams: dict[str, asyncio.Task[None]] = {}
        self._timers: list[asyncio.TimerHandle] = []
        self._name = ""
        self._loop = asyncio.get_running_loop()

    async def enter(self, room: str) -> None:
        """Come in and open the microphone."""
        listens = {
            "participant_connected": self._came,
            "participant_disconnected": self._went,
            "participant_attributes_changed": lambda _, person: self._came(person),
            "track_subscribed": self._heard_from,
            "track_unsubscribed": self._silent,
            "sip_dtmf_received": lambda key: self.connection.say(f"digit:{key.digit}"),
            "disconnected": self._cut,
        }
        for event, listener in listens.items():
            self._room.on(event, listener)
        await self._room.connect(
            settings.LIVEKIT_URL, tokens.for_agent(room), self._options()
        )
        track = self._rtc.LocalAudioTrack.create_audio_track("agent", self._source)
        options = self._rtc.TrackPublishOptions(
            source=self._rtc.TrackSource.SOURCE_MICROPHONE
        )
        await self._room.local_participant.publish_track(track, options)
        self._name = room
        keypads.add(room, self.press)
        for person in self._room.remote_participants.values():
            self._came(person)

    async def leave(self) -> None:
        """Go, whatever state it is in."""
        self._is_leaving = True
        keypads.remove(self._name, self.press)
        for timer in self._timers:
            timer.cancel()
        for task in self._streams.values():
            task.cancel()
        await self._mouth.close()
        with contextlib.suppress(Exception):  # of LiveKit's library, which names none
            await self._room.disconnect()
        with contextlib.suppress(Exception):  # the same
            await self._source.aclose()

    def press(self, keys: str) -> None:
        """Press keys, from a thread; raise ``CarrierError`` when it did not happen."""
        patience = len(keys) * PAUSE_S + 5
        try:
            asyncio.run_coroutine_threadsafe(self._press(keys), self._loop).result(
                patience
            )
        except Exception as error:  # of LiveKit's library, which names none
            raise CarrierError(
                "The keys could not be pressed.", may_have_happened=True
            ) from error

    async def _press(self, keys: str) -> None:
        for key in keys:
            if key in KEYS:
                await self._room.local_participant.publish_dtmf(
                    code=KEYS.index(key), digit=key
                )
            await asyncio.sleep(KEY_S if key in KEYS else PAUSE_S)

    def _cut(self, *_: Any) -> None:
        self.is_cut = not self._is_leaving
        self.connection.end()

    def _options(self) -> Any:
        return self._rtc.RoomOptions(auto_subscribe=True, connect_timeout=5.0)

    def _frame(self, sound: bytes) -> Any:
        return self._rtc.AudioFrame(sound, SPOKEN.sample_rate, 1, len(sound) // 2)

    def _marked(self, name: str) -> None:
        self.connection.say(f"mark:{name}")

    # ---- who is there

    def _is_person(self, participant: Any) -> bool:
        return bool(participant.identity != tokens.AGENT)

    def _is_talking(self, person: Any) -> bool:
        """Tell whether a phone was answered; a browser always is."""
        status = person.attributes.get("sip.callStatus")
        return status is None or status == SIP_ACTIVE

    def _came(self, person: Any) -> None:
        if self.company.is_set() or not self._is_person(person):
            return
        if "sip.callStatus" in person.attributes:
            if self._is_talking(person):
                self.company.set()
            return
        loop = asyncio.get_running_loop()  # their microphone may never come
        self._timers.append(loop.call_later(SETTLE_S, self.company.set))

    def _went(self, _: Any) -> None:
        others = self._room.remote_participants.values()
        if not any(self._is_person(each) for each in others):
            self.connection.say("stop")

    def _heard_from(self, track: Any, _: Any, person: Any) -> None:
        if track.kind != self._rtc.TrackKind.KIND_AUDIO or not self._is_person(person):
            return
        self._ears.open(track.sid)
        self._streams[track.sid] = asyncio.create_task(self._listen(track))
        if self._is_talking(person):
            self.company.set()

    def _silent(self, track: Any, *_: Any) -> None:
        self._ears.close(track.sid)
        if task := self._streams.pop(track.sid, None):
            task.cancel()

    async def _listen(self, track: Any) -> None:
        stream = self._rtc.AudioStream(
            track,
            sample_rate=HEARD.sample_rate,
            num_channels=1,
            frame_size_ms=FRAME_MS,
            capacity=MOST_WAITING,
        )
        try:
            async for event in stream:
                self._ears.put(track.sid, bytes(event.frame.data.cast("B")))
        finally:
            await stream.aclose()
