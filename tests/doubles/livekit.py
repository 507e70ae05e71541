"""A LiveKit server: rooms and SIP by its HTTP API (Twirp with protocol buffers), tokens
checked as it checks them, and its signed webhooks.

https://docs.livekit.io/reference/other/roomservice-api/,
https://docs.livekit.io/reference/telephony/sip-api/,
https://docs.livekit.io/home/server/webhooks/,
https://twitchtv.github.io/twirp/docs/spec_v7.html (read 2026-11)
"""

import asyncio
import base64
import datetime
import hashlib
import itertools
from dataclasses import dataclass, field

from aiohttp import web
from google.protobuf.json_format import MessageToJson
from livekit import api

from telephony import visits
from tests.doubles.carriers import CALLER, NUMBER, Asked, CarrierDouble, Line

KEY, SECRET = "APIrymi123", "s3cret" * 8
USER, PASSWORD = "harbour", "trunk-" + "p" * 26
SIP = api.ParticipantInfo.Kind.SIP
STATUS = {
    "unauthenticated": 401,
    "permission_denied": 403,
    "not_found": 404,
    "invalid_argument": 400,
    "already_exists": 409,
    "unavailable": 503,
}
REASONS = {
    "busy": api.DisconnectReason.USER_REJECTED,
    "no_answer": api.DisconnectReason.USER_UNAVAILABLE,
    "failed": api.DisconnectReason.SIP_TRUNK_FAILURE,
    "completed": api.DisconnectReason.CLIENT_INITIATED,
    "canceled": api.DisconnectReason.PARTICIPANT_REMOVED,
}


class Refused(Exception):
    """A Twirp error."""

    def __init__(self, code, message):
        super().__init__(message)
        self.code, self.message = code, message


@dataclass
class LiveKit(CarrierDouble):
    """One server, as the carrier of a SIP trunk."""

    key: str = PASSWORD
    secret: str = SECRET
    inbound: dict = field(default_factory=dict)  # id → SIPInboundTrunkInfo
    outbound: dict = field(default_factory=dict)
    rules: dict = field(default_factory=dict)
    deleted: list = field(default_factory=list)  # rooms
    credentials: dict = field(
        default_factory=lambda: {
            "address": "sip.carrier.example:5061",
            "transport": "tls",
            "username": USER,
            "password": PASSWORD,
            "numbers": NUMBER,
        }
    )
    events: itertools.count = field(default_factory=lambda: itertools.count(1))
    name = "sip"

    # ---- what we ask

    def routes(self):
        return [web.post("/twirp/{service}/{method}", self.twirp)]

    def bound_to(self, number):
        """Tell where calls to a number go, if trunk and rule would take them."""
        trunks = [t for t in self.inbound.values() if number in t.numbers]
        if len(trunks) != 1:
            return ""
        taken = any(trunks[0].sip_trunk_id in r.trunk_ids for r in self.rules.values())
        return "sip:sip.voice.example:5060" if taken else ""

    async def twirp(self, request):
        if self.fault == "slow":
            await asyncio.sleep(60)
        if self.fault == "cut":
            self.cut(request)
        if self.fault == "garbage":
            return web.Response(body=b"\xff\xff{not protobuf")
        if self.fault:
            code = {"429": "resource_exhausted"}.get(self.fault, "unavailable")
            status = int(self.fault)
            return web.json_response({"code": code, "msg": "ordered"}, status=status)
        try:
            return web.Response(
                body=(await self.answer(request)).SerializeToString(),
                content_type="application/protobuf",
            )
        except Refused as refused:
            body = {"code": refused.code, "msg": refused.message}
            return web.json_response(body, status=STATUS[refused.code])

    async def answer(self, request):
        service, method = (request.match_info[n] for n in ("service", "method"))
        handler = getattr(self, f"on_{method}", None)
        if handler is None or request.content_type != "application/protobuf":
            self.complaints.append(f"{service}/{method} {request.content_type}")
            raise Refused("not_found", "bad route")
        claims = self.claims(request)
        wanted, grants = ASKS[f"{service}/{method}"]
        asked = wanted.FromString(await request.read())
        room = getattr(asked, "room_name", "") or getattr(asked, "room", "")
        for grant in grants:
            part, _, name = grant.partition(".")
            if not getattr(getattr(claims, part), name):
                raise Refused("permission_denied", f"needs {grant}")
        if "video.room_admin" in grants and claims.video.room != room:
            raise Refused("permission_denied", "another room")
        return await handler(asked)

    def claims(self, request):
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        try:
            assert scheme == "Bearer"
            return api.TokenVerifier(KEY, self.secret).verify(token)
        except Exception as error:  # however a token is broken, it opens nothing
            raise Refused("unauthenticated", "invalid token") from error

    async def on_DeleteRoom(self, asked):
        self.deleted.append(asked.room)
        gone = [n for n in self.lines if n.startswith(f"{asked.room}/")]
        if not gone:
            raise Refused("not_found", "requested room does not exist")
        for each in gone:
            self.lines[each].status = "hangup"
        return api.DeleteRoomResponse()

    async def on_ListRooms(self, asked):
        return api.ListRoomsResponse()

    async def on_GetParticipant(self, asked):
        line = self.lines.get(f"{asked.room}/{asked.identity}")
        if line is None or line.status == "hangup":
            raise Refused("not_found", "participant does not exist")
        return self.person(asked.room, asked.identity, line.status)

    async def on_ListParticipants(self, asked):
        there = [
            self.person(*name.split("/"), line.status)
            for name, line in self.lines.items()
            if name.startswith(f"{asked.room}/") and line.status != "hangup"
        ]
        return api.ListParticipantsResponse(participants=there)

    async def on_RemoveParticipant(self, asked):
        line = self.lines.get(f"{asked.room}/{asked.identity}")
        if line is None or line.status == "hangup":
            raise Refused("not_found", "participant does not exist")
        line.status = "hangup"
        line.actions.append("hang up")
        return api.RemoveParticipantResponse()

    async def on_CreateSIPInboundTrunk(self, asked):
        trunk = asked.trunk
        taken = {n for t in self.inbound.values() for n in t.numbers}
        if taken & set(trunk.numbers):
            raise Refused("invalid_argument", "Conflicting inbound SIP Trunks")
        if bool(trunk.auth_username) != bool(trunk.auth_password):
            raise Refused("invalid_argument", "username without a password")
        return self.keep(self.inbound, trunk, "sip_trunk_id", "ST")

    async def on_CreateSIPOutboundTrunk(self, asked):
        if not (asked.trunk.address and asked.trunk.numbers):
            raise Refused("invalid_argument", "no trunk address or numbers")
        return self.keep(self.outbound, asked.trunk, "sip_trunk_id", "ST")

    async def on_CreateSIPDispatchRule(self, asked):
        rule = asked.dispatch_rule
        if not rule.rule.WhichOneof("rule"):
            raise Refused("invalid_argument", "missing rule")
        return self.keep(self.rules, rule, "sip_dispatch_rule_id", "SDR")

    def keep(self, where, made, name, prefix):
        setattr(made, name, f"{prefix}_{next(self.count)}")
        where[getattr(made, name)] = made
        return made

    async def on_ListSIPInboundTrunk(self, asked):
        # A trunk without numbers takes any; a filter shows those, too.
        found = [
            t
            for t in self.inbound.values()
            if not asked.numbers or not t.numbers or set(asked.numbers) & set(t.numbers)
        ]
        return api.ListSIPInboundTrunkResponse(items=found)

    async def on_ListSIPOutboundTrunk(self, asked):
        return api.ListSIPOutboundTrunkResponse(items=self.outbound.values())

    async def on_ListSIPDispatchRule(self, asked):
        wanted = set(asked.trunk_ids)
        found = [
            r
            for r in self.rules.values()
            if not wanted or not r.trunk_ids or wanted & set(r.trunk_ids)
        ]
        return api.ListSIPDispatchRuleResponse(items=found)

    async def on_DeleteSIPTrunk(self, asked):
        if self.inbound.pop(asked.sip_trunk_id, None) is None:
            raise Refused("not_found", "no such trunk")
        return api.SIPTrunkInfo()

    async def on_DeleteSIPDispatchRule(self, asked):
        if self.rules.pop(asked.sip_dispatch_rule_id, None) is None:
            raise Refused("not_found", "no such rule")
        return api.SIPDispatchRuleInfo()

    async def on_CreateSIPParticipant(self, asked):
        if asked.sip_trunk_id not in self.outbound:
            raise Refused("not_found", "no such trunk")
        if not (asked.sip_call_to and asked.room_name and asked.participant_identity):
            raise Refused("invalid_argument", "missing field")
        name = f"{asked.room_name}/{asked.participant_identity}"
        self.lines[name] = Line(
            name, asked.sip_call_to, asked.sip_number, "dialing", {"asked": asked}
        )
        if self.mute:
            await asyncio.sleep(60)
        return api.SIPParticipantInfo(
            participant_id="PA_1",
            participant_identity=asked.participant_identity,
            room_name=asked.room_name,
            sip_call_id=f"SCL_{next(self.count)}",
        )

    async def on_TransferSIPParticipant(self, asked):
        line = self.lines.get(f"{asked.room_name}/{asked.participant_identity}")
        if line is None or line.status != "active":
            raise Refused("not_found", "no such participant")
        line.actions.append(asked.transfer_to)
        line.status = "hangup"
        return api.SIPParticipantInfo()

    # ---- what it tells

    def person(self, room, identity, status="", **attributes):
        said = {"sip.callStatus": status} if status else {}
        return api.ParticipantInfo(
            sid="PA_1",
            identity=identity,
            kind=SIP if status else api.ParticipantInfo.Kind.STANDARD,
            attributes={**said, **attributes},
        )

    def ring(self, base, call_id="in_1/sip_1", caller=CALLER, number=NUMBER, **how):
        """A dispatch rule has let a caller into a room of their own."""
        room, _, identity = call_id.partition("/")
        (trunk,) = [t for t in self.inbound.values() if number in t.numbers] or [None]
        self.lines[f"{room}/{identity}"] = Line(call_id, number, caller, "active")
        person = self.person(room, identity, "active")
        person.attributes["sip.phoneNumber"] = caller
        person.attributes["sip.trunkPhoneNumber"] = number
        person.attributes["sip.trunkID"] = trunk.sip_trunk_id if trunk else "ST_0"
        person.attributes["sip.callID"] = "SCL_1"
        return self.webhook(base, "participant_joined", room, person, **how)

    def told(self, url, call_id, state, duration=None):
        room, _, identity = call_id.partition("/")
        base = url.partition("/inbound/")[0]
        if state in REASONS:
            person = self.person(room, identity, "hangup")
            person.disconnect_reason = REASONS[state]
            return self.webhook(base, "participant_left", room, person)
        status = {"answered": "active"}.get(state, state)
        person = self.person(room, identity, status)
        return self.webhook(base, "participant_joined", room, person)

    def webhook(self, base, event, room, person=None, **how):
        told = api.WebhookEvent(
            event=event,
            id=f"EV_{next(self.events)}",
            created_at=int(datetime.datetime.now(datetime.UTC).timestamp()),
            room=api.Room(name=room, sid="RM_1"),
            participant=person,
        )
        return self.signed(f"{base}/livekit/webhook", MessageToJson(told), **how)

    def signed(self, url, body, key=KEY, secret=SECRET, life_s=300, hashed=None):
        digest = hashlib.sha256((body if hashed is None else hashed).encode()).digest()
        token = (
            api.AccessToken(key, secret)
            .with_ttl(datetime.timedelta(seconds=life_s))
            .with_sha256(base64.b64encode(digest).decode())
            .to_jwt()
        )
        return Asked(
            url,
            body.encode(),
            content_type="application/webhook+json",
            headers={"Authorization": token},
        )

    # ---- what it is told: the agent is sent to the room, or the line is put out

    @staticmethod
    def stream(answer):
        """Return (where, token, "") of the agent's visit to the room, if one is wanted."""
        from common import clock

        if answer.status_code != 200:
            return None
        for visit in visits.claim(clock.now()):
            return visit.room, visits.token(visit, clock.now()), ""
        return None

    @staticmethod
    def said(answer):
        """Return what a refused caller notices: no sentence, the line is put out."""
        return "put out"


ASKS = {  # method → (what it takes, what its token must grant)
    "livekit.RoomService/DeleteRoom": (api.DeleteRoomRequest, ["video.room_create"]),
    "livekit.RoomService/ListRooms": (api.ListRoomsRequest, ["video.room_list"]),
    "livekit.RoomService/GetParticipant": (
        api.RoomParticipantIdentity,
        ["video.room_admin"],
    ),
    "livekit.RoomService/ListParticipants": (
        api.ListParticipantsRequest,
        ["video.room_admin"],
    ),
    "livekit.RoomService/RemoveParticipant": (
        api.RoomParticipantIdentity,
        ["video.room_admin"],
    ),
    **{
        f"livekit.SIP/{name}": (getattr(api, f"{name}Request"), ["sip.admin"])
        for name in (
            "CreateSIPInboundTrunk",
            "CreateSIPOutboundTrunk",
            "CreateSIPDispatchRule",
            "ListSIPInboundTrunk",
            "ListSIPOutboundTrunk",
            "ListSIPDispatchRule",
            "DeleteSIPTrunk",
            "DeleteSIPDispatchRule",
        )
    },
    "livekit.SIP/CreateSIPParticipant": (
        api.CreateSIPParticipantRequest,
        ["sip.call"],
    ),
    "livekit.SIP/TransferSIPParticipant": (
        api.TransferSIPParticipantRequest,
        ["sip.call", "video.room_admin"],
    ),
}
