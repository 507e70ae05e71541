"""Telnyx: the REST API of numbers, Call Control applications and calls, and signed
webhooks.

https://developers.telnyx.com/docs/voice/programmable-voice/media-streaming,
https://developers.telnyx.com/development/api-fundamentals/webhooks/receiving-webhooks
(read 2026-11)
"""

import asyncio
import base64
import json
import time
from dataclasses import dataclass, field

from aiohttp import web
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.doubles.carriers import CALLER, NUMBER, Asked, CarrierDouble, Line

KEY = "KEY0123456789ABCDEF"
CAUSES = {"busy": "user_busy", "no_answer": "no_answer", "failed": "call_rejected"}
ACTIONS = {
    "answer", "streaming_start", "hangup", "reject", "transfer", "send_dtmf",
}  # fmt: skip


@dataclass
class Telnyx(CarrierDouble):
    """One account."""

    key: str = KEY
    signer: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    applications: dict = field(default_factory=dict)
    commands: list = field(default_factory=list)  # of calls, not read yet
    name = "telnyx"

    def __post_init__(self):
        public = self.signer.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        self.credentials = {
            "api_key": KEY,
            "webhook_public_key": base64.b64encode(public).decode(),
        }
        self.numbers["1"] = {"id": "1", "phone_number": NUMBER, "connection_id": None}

    def bound_to(self, number):
        (found,) = (n for n in self.numbers.values() if n["phone_number"] == number)
        application = self.applications.get(found["connection_id"])
        return application["webhook_event_url"] if application else ""

    def falls_back_to(self, number):
        (application,) = self.applications.values()
        return application["webhook_event_failover_url"]

    # ---- what we ask

    def routes(self):
        return [
            web.get("/v2/balance", self.balance),
            web.get("/v2/phone_numbers", self.list_numbers),
            web.get("/v2/phone_numbers/{id}", self.fetch_number),
            web.patch("/v2/phone_numbers/{id}", self.change_number),
            web.get("/v2/call_control_applications", self.list_applications),
            web.post("/v2/call_control_applications", self.make_application),
            web.patch("/v2/call_control_applications/{id}", self.change_application),
            web.post("/v2/calls", self.create_call),
            web.get("/v2/calls/{id}", self.fetch_call),
            web.post("/v2/calls/{id}/actions/{action}", self.command),
            web.route("*", "/{rest:.*}", self.nowhere),
        ]

    def error(self, status, message, code="10000"):
        found = {"code": code, "title": message, "detail": message}
        return web.json_response({"errors": [found]}, status=status)

    def wrong_key(self, request):
        return request.headers.get("Authorization") != f"Bearer {KEY}"

    def data(self, found, status=200):
        return web.json_response({"data": found}, status=status)

    async def nowhere(self, request):
        self.complaints.append(f"{request.method} {request.path}")
        return self.error(404, "Resource not found", "10005")

    async def balance(self, request):
        if refusal := await self.guard(request):
            return refusal
        return self.data({"balance": "300.00", "currency": "USD"})

    async def list_numbers(self, request):
        if refusal := await self.guard(request):
            return refusal
        wanted = request.query.get("filter[phone_number]")
        rows = [
            each
            for each in self.numbers.values()
            if not wanted or each["phone_number"] == wanted
        ]
        return self.data(rows)

    async def fetch_number(self, request):
        if refusal := await self.guard(request):
            return refusal
        found = self.numbers.get(request.match_info["id"])
        return self.data(found) if found else self.error(404, "not found")

    async def change_number(self, request):
        if refusal := await self.guard(request):
            return refusal
        found = self.numbers.get(request.match_info["id"])
        if found is None:
            return self.error(404, "not found")
        if not self.may_bind:
            return self.error(403, "You do not have permission", "10010")
        wanted = (await request.json())["connection_id"]
        if wanted and wanted not in self.applications:
            return self.error(422, "connection_id is invalid", "10015")
        found["connection_id"] = wanted or None
        return self.data(found)

    async def list_applications(self, request):
        if refusal := await self.guard(request):
            return refusal
        page = int(request.query["page[number]"])
        return self.data(list(self.applications.values()) if page == 1 else [])

    async def make_application(self, request):
        if refusal := await self.guard(request):
            return refusal
        asked = await request.json()
        if not {"application_name", "webhook_event_url"} <= set(asked):
            return self.error(422, "missing")
        made = f"29{next(self.count):017}"
        self.applications[made] = {"id": made, **asked}
        return self.data(self.applications[made], 201)

    async def change_application(self, request):
        if refusal := await self.guard(request):
            return refusal
        found = self.applications.get(request.match_info["id"])
        if found is None:
            return self.error(404, "not found")
        found.update(await request.json())
        return self.data(found)

    async def create_call(self, request):
        if refusal := await self.guard(request):
            return refusal
        asked = await request.json()
        if asked.get("connection_id") not in self.applications:
            return self.error(422, "connection_id is invalid", "10015")
        made = f"v3:{next(self.count)}"
        self.lines[made] = Line(made, asked["to"], asked["from"], "ringing", asked)
        if self.mute:
            await asyncio.sleep(60)
        return self.data({"call_control_id": made, "is_alive": False})

    async def fetch_call(self, request):
        if refusal := await self.guard(request):
            return refusal
        line = self.lines.get(request.match_info["id"])
        if line is None:
            return self.error(404, "not found")
        return self.data(
            {"call_control_id": line.id, "is_alive": line.status != "over"}
        )

    async def command(self, request):
        if refusal := await self.guard(request):
            return refusal
        call_id, action = request.match_info["id"], request.match_info["action"]
        asked = await request.json()
        line = self.lines.setdefault(call_id, Line(call_id, NUMBER, CALLER, "ringing"))
        if action not in ACTIONS:
            return self.error(404, "not found")
        if line.status == "over":
            return self.error(422, "Call has already ended", "90018")
        if action in ("answer", "streaming_start"):
            wrong = {
                "stream_bidirectional_mode": "rtp",
                "stream_bidirectional_codec": "PCMU",
            }.items() - asked.items()
            if wrong or not asked["stream_url"].startswith("wss://"):
                return self.error(422, f"{wrong}")
        if action == "reject" and asked.get("cause") not in (
            "CALL_REJECTED",
            "USER_BUSY",
        ):
            return self.error(422, "cause")
        if action in ("hangup", "reject"):
            line.status = "over"
        line.actions.append("hang up" if action == "hangup" else action)
        self.commands.append((action, asked))
        return self.data({"result": "ok"})

    # ---- what it tells

    def ring(self, base, call_id="v3:0", caller=CALLER, number=NUMBER):
        payload = self._payload(
            call_id, direction="incoming", to=number, state="parked"
        )
        payload["from"] = caller
        return self.signed(f"{base}/inbound/telnyx", "call.initiated", payload)

    def answered(self, url, call_id):
        return self.signed(url, "call.answered", self._payload(call_id))

    def told(self, url, call_id, state, duration=None):
        if state in ("ringing", "answered"):
            kind = {"ringing": "call.initiated", "answered": "call.answered"}[state]
            return self.signed(url, kind, self._payload(call_id, direction="outgoing"))
        cause = CAUSES.get(state, "normal_clearing")
        payload = self._payload(call_id, hangup_cause=cause)
        return self.signed(url, "call.hangup", payload)

    def stream_gone(self, url, call_id, caller_is_there=True):
        """It has one address for everything, and tells of both ends apart."""
        kind = "streaming.stopped" if caller_is_there else "call.hangup"
        there = url.partition("/inbound/")[0] + "/inbound/telnyx"
        payload = self._payload(call_id, hangup_cause="normal_clearing")
        return self.signed(there, kind, payload)

    def _payload(self, call_id, **more):
        return {
            "call_control_id": call_id,
            "connection_id": "29",
            "caller_id_name": "Zoë Müller",
            "to": NUMBER,
            "from": CALLER,
            **more,
        }

    def signed(self, url, kind, payload, signer=None, at=None):
        data = {"record_type": "event", "event_type": kind, "id": "e1"}
        body = json.dumps({"data": {**data, "payload": payload}, "meta": {}}).encode()
        at = str(int(time.time()) if at is None else at)
        return self.sealed(url, body, at, signer or self.signer)

    def sealed(self, url, body, at, signer):
        signature = signer.sign(at.encode() + b"|" + body)
        return Asked(
            url,
            body,
            "application/json",
            headers={
                "telnyx-signature-ed25519": base64.b64encode(signature).decode(),
                "telnyx-timestamp": at,
            },
        )

    # ---- what it is told

    def _last(self):
        return self.commands.pop() if self.commands else ("", {})

    def stream(self, answer):
        """Return (url, token, resume URL) of the stream that was commanded."""
        assert answer.status_code == 200
        self.latest = self._last()
        action, asked = self.latest
        if action not in ("answer", "streaming_start"):
            return None
        token = base64.b64decode(asked["client_state"]).decode()
        return asked["stream_url"], token, "https://voice.example/inbound/telnyx"

    def said(self, answer):
        return "busy" if self.latest[0] == "reject" else ""

    def hangs_up(self, answer):
        action = self._last()[0]
        return action == "hangup" or (not action and answer.status_code == 200)
