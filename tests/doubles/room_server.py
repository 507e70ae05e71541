"""A LiveKit server's rooms: its signalling socket, and real WebRTC between those who come.

Offer and answer, ICE, DTLS and Opus are real (aiortc); what one publishes the others are
sent. The messages are LiveKit's own protocol buffers:
https://docs.livekit.io/reference/internals/client-protocol/ (read 2026-11)
"""

import asyncio
import contextlib
import itertools
import json
from dataclasses import dataclass, field

from aiohttp import WSMsgType, web
from aiortc import RTCPeerConnection, RTCSessionDescription
from aiortc.contrib.media import MediaRelay
from aiortc.sdp import candidate_from_sdp
from livekit import api
from livekit.protocol import rtc

from tests.doubles.livekit import KEY, LiveKit, Refused

SUBSCRIBER = rtc.SignalTarget.SUBSCRIBER


@dataclass
class Rooms(LiveKit):
    """The same server as its HTTP API's double, with rooms that people can be in."""

    people: dict = field(default_factory=dict)  # (room, identity) → Person
    posts: list = field(default_factory=list)  # webhooks to send: Asked
    keys: list = field(default_factory=list)  # pressed: (identity, key)
    base: str = "https://voice.example"
    _ids: itertools.count = field(default_factory=lambda: itertools.count(1))

    def routes(self):
        return [
            *super().routes(),
            web.get("/rtc/v1", self.not_yet),
            web.get("/rtc/v1/validate", self.not_yet),
            web.get("/rtc", self.socket),
            web.get("/rtc/validate", self.validate),
        ]

    async def not_yet(self, request):
        """Servers before 1.9 have the first path alone; clients fall back to it."""
        return web.Response(status=404)

    async def validate(self, request):
        return web.Response(text="success" if self.grants(request) else "")

    def grants(self, request):
        token = request.query.get("access_token", "") or request.headers.get(
            "Authorization", ""
        ).removeprefix("Bearer ")
        claims = api.TokenVerifier(KEY, self.secret).verify(token)
        if not (claims.video.room_join and claims.video.room and claims.identity):
            raise Refused("permission_denied", "no room to join")
        return claims

    @contextlib.asynccontextmanager
    async def serving(self):
        async with super().serving():
            try:
                yield self
            finally:
                for person in list(self.people.values()):
                    await person.leave(tell=False)

    async def socket(self, request):
        try:
            claims = self.grants(request)
        except Exception:  # however a token is broken, it opens nothing
            return web.Response(status=401, text="invalid token")
        ws = web.WebSocketResponse()
        await ws.prepare(request)
        person = Person(self, ws, claims, f"PA_{next(self._ids)}")
        key = (claims.video.room, claims.identity)
        if before := self.people.pop(key, None):
            await before.leave(tell=False)
        self.people[key] = person
        try:
            await person.come()
            async for message in ws:
                if message.type is WSMsgType.BINARY:
                    await person.take(rtc.SignalRequest.FromString(message.data))
        finally:
            if self.people.get(key) is person:
                del self.people[key]
            await person.leave()
        return ws

    def others(self, person):
        return [
            each
            for (room, _), each in self.people.items()
            if room == person.room and each is not person
        ]

    def happened(self, event, person):
        self.posts.append(self.webhook(self.base, event, person.room, person.info()))

    async def on_DeleteRoom(self, asked):
        self.deleted.append(asked.room)
        gone = [p for (room, _), p in self.people.items() if room == asked.room]
        if not gone:
            raise Refused("not_found", "requested room does not exist")
        for person in gone:
            await person.put_out()
        return api.DeleteRoomResponse()


class Person:
    """One who is in a room: two connections, as LiveKit's clients have them."""

    def __init__(self, server, ws, claims, sid):
        self.server, self.ws, self.claims, self.sid = server, ws, claims, sid
        self.room, self.identity = claims.video.room, claims.identity
        self.up, self.down = RTCPeerConnection(), RTCPeerConnection()
        self.relay = MediaRelay()
        self.tracks = {}  # cid → (TrackInfo, track or None)
        self.attributes = dict(claims.attributes or {})
        self._offering, self._answering = asyncio.Lock(), asyncio.Lock()
        self._answered = asyncio.Event()
        self._waiting = {}  # candidates that came before their description
        self._heard = {}  # what is sent to them: track's sid → sender
        self._is_gone = False
        self.up.on("track", self.published)
        self.up.on("datachannel", lambda channel: channel.on("message", self.said))

    def info(self, state=api.ParticipantInfo.State.ACTIVE):
        kind = (self.claims.kind or "standard").upper()
        return api.ParticipantInfo(
            sid=self.sid,
            identity=self.identity,
            name=self.claims.name,
            state=state,
            kind=api.ParticipantInfo.Kind.Value(kind),
            attributes=self.attributes,
            tracks=[info for info, _ in self.tracks.values()],
            permission=api.ParticipantPermission(
                can_publish=True, can_subscribe=True, can_publish_data=True
            ),
        )

    async def send(self, **response):
        if not self.ws.closed:
            await self.ws.send_bytes(rtc.SignalResponse(**response).SerializeToString())

    async def tell_others(self, state=api.ParticipantInfo.State.ACTIVE):
        update = rtc.ParticipantUpdate(participants=[self.info(state)])
        for other in self.server.others(self):
            await other.send(update=update)

    async def come(self):
        others = self.server.others(self)
        await self.send(
            join=rtc.JoinResponse(
                room=api.Room(name=self.room, sid=f"RM_{self.room}"[:32]),
                participant=self.info(),
                other_participants=[each.info() for each in others],
                server_version="1.8.0",
                subscriber_primary=True,
                ping_timeout=15,
                ping_interval=5,
                server_info=api.ServerInfo(version="1.8.0", protocol=15),
            )
        )
        await self.tell_others()
        self.server.happened("participant_joined", self)
        self.reliable = self.down.createDataChannel("_reliable")
        self.down.createDataChannel("_lossy", ordered=False, maxRetransmits=0)
        asyncio.create_task(self.offer())  # noqa: RUF006  # awaited by its lock
        for other in others:
            for info, track in other.tracks.values():
                if track is not None:
                    asyncio.create_task(self.hear(other, info, track))  # noqa: RUF006  # by its lock

    async def take(self, asked):
        kind = asked.WhichOneof("message")
        handler = getattr(self, f"on_{kind}", None)
        if handler:
            await handler(getattr(asked, kind))

    async def on_ping_req(self, asked):
        await self.send(pong_resp=rtc.Pong(last_ping_timestamp=asked.timestamp))

    async def on_add_track(self, asked):
        if "microphone" not in (
            self.claims.video.can_publish_sources or ["microphone"]
        ):
            return
        info = api.TrackInfo(
            sid=f"TR_{next(self.server._ids)}",
            type=asked.type,
            name=asked.name,
            source=asked.source,
            mime_type="audio/opus",
        )
        self.tracks[asked.cid] = (info, None)
        await self.send(
            track_published=rtc.TrackPublishedResponse(cid=asked.cid, track=info)
        )

    async def on_offer(self, asked):
        asyncio.create_task(self.answer(asked))  # noqa: RUF006  # awaited by its lock

    async def answer(self, asked):
        async with self._answering:
            await settled(self.up)
            offer = RTCSessionDescription(asked.sdp, "offer")
            await self.up.setRemoteDescription(offer)
            await self.add_waiting(self.up)
            await self.up.setLocalDescription(await self.up.createAnswer())
            answer = rtc.SessionDescription(
                type="answer", sdp=self.up.localDescription.sdp, id=asked.id
            )
            await self.send(answer=answer)

    async def on_answer(self, asked):
        await self.down.setRemoteDescription(RTCSessionDescription(asked.sdp, "answer"))
        await self.add_waiting(self.down)
        self._answered.set()

    async def on_trickle(self, asked):
        connection = self.down if asked.target == SUBSCRIBER else self.up
        said = json.loads(asked.candidateInit)
        line = said.get("candidate", "")
        if not line:
            return
        candidate = candidate_from_sdp(line.partition(":")[2])
        candidate.sdpMid, candidate.sdpMLineIndex = (
            said["sdpMid"],
            said["sdpMLineIndex"],
        )
        if connection.remoteDescription is None:
            self._waiting.setdefault(connection, []).append(candidate)
        else:
            await connection.addIceCandidate(candidate)

    async def on_leave(self, asked):
        await self.ws.close()

    async def add_waiting(self, connection):
        for candidate in self._waiting.pop(connection, []):
            await connection.addIceCandidate(candidate)

    async def offer(self):
        async with self._offering:
            await self._offer()

    async def _offer(self):
        self._answered.clear()
        await self.down.setLocalDescription(await self.down.createOffer())
        offer = rtc.SessionDescription(type="offer", sdp=self.down.localDescription.sdp)
        await self.send(offer=offer)
        await asyncio.wait_for(self._answered.wait(), 10)

    def said(self, message):
        """Hand data on to the others, where the token lets them send it."""
        packet = api.DataPacket.FromString(message)
        if not self.claims.video.can_publish_data:
            self.server.complaints.append(f"{self.identity} may send no data")
            return
        if packet.HasField("sip_dtmf"):
            self.server.keys.append((self.identity, packet.sip_dtmf.digit))
        packet.participant_identity, packet.participant_sid = self.identity, self.sid
        for other in self.server.others(self):
            other.reliable.send(packet.SerializeToString())

    def published(self, track):
        for cid, (info, known) in self.tracks.items():
            if known is None:  # tracks come in the order in which they were announced
                self.tracks[cid] = (info, track)
                asyncio.create_task(self.share(info, track))  # noqa: RUF006  # by its lock
                return
        self.server.complaints.append(f"a track that was not announced: {track.id}")

    async def share(self, info, track):
        await self.tell_others()
        for other in self.server.others(self):
            await other.hear(self, info, track)

    async def hear(self, other, info, track):
        async with self._offering:
            # Who comes while a track is being shared is told of it twice.
            if info.sid in self._heard:
                return
            await settled(self.down)
            # A place of its own for each: a sender whose track has ended sends no more.
            ours = other.relay.subscribe(track)
            sender = self.down.addTransceiver(ours, direction="sendonly").sender
            self._heard[info.sid] = sender
            sender._stream_id, sender._track_id = f"{other.sid}|{info.sid}", info.sid
            await self._offer()

    async def hear_no_more(self, tracks):
        """Stop sending tracks."""
        gone = [self._heard.pop(sid) for sid in tracks if sid in self._heard]
        for transceiver in self.down.getTransceivers():
            if transceiver.sender in gone:
                transceiver.sender.replaceTrack(None)
                transceiver.direction = "inactive"
        if gone:
            await self.offer()

    async def put_out(self):
        leave = rtc.LeaveRequest(
            reason=api.DisconnectReason.ROOM_DELETED,
            action=rtc.LeaveRequest.Action.DISCONNECT,
        )
        await self.send(leave=leave)
        await self.ws.close()

    async def leave(self, *, tell=True):
        if self._is_gone:
            return
        self._is_gone = True
        if tell:
            await self.tell_others(api.ParticipantInfo.State.DISCONNECTED)
            self.server.happened("participant_left", self)
            tracks = [info.sid for info, _ in self.tracks.values()]
            for other in self.server.others(self):
                asyncio.create_task(other.hear_no_more(tracks))  # noqa: RUF006  # by its lock
        await self.ws.close()
        await asyncio.gather(self.up.close(), self.down.close())


async def settled(connection):
    """Wait for a connection that comes about: what is agreed on meanwhile, aiortc never
    starts to send or to take."""
    while connection.connectionState == "connecting":
        await asyncio.sleep(0.02)
