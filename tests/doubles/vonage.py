"""Vonage: the REST APIs of account, applications and calls, and signed webhooks.

https://developer.vonage.com/en/voice/voice-api/webhook-reference,
https://developer.vonage.com/en/getting-started/concepts/webhooks (read 2026-11)
"""

import asyncio
import base64
import hashlib
import json
import time
from dataclasses import dataclass, field

import jwt
from aiohttp import web
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.doubles.carriers import CALLER, NUMBER, Asked, CarrierDouble, Line

KEY, SECRET, SIGNATURE = "a1b2c3d4", "Abcdef0123456789", "s" * 50
APPLICATION = "78d335fa-323d-0114-9c3d-d6f0d48968cf"
STATUS = {"no_answer": "unanswered", "canceled": "cancelled"}
LIVE = ("started", "ringing", "answered")
_signer = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PEM = _signer.private_bytes(
    serialization.Encoding.PEM,
    serialization.PrivateFormat.PKCS8,
    serialization.NoEncryption(),
).decode()


@dataclass
class Vonage(CarrierDouble):
    """One account with one application."""

    key: str = SECRET
    credentials: dict = field(
        default_factory=lambda: {
            "api_key": KEY,
            "api_secret": SECRET,
            "application_id": APPLICATION,
            "private_key": PEM,
            "signature_secret": SIGNATURE,
        }
    )
    applications: dict = field(
        default_factory=lambda: {
            APPLICATION: {"id": APPLICATION, "name": "Voice", "capabilities": {}}
        }
    )
    name = "vonage"

    def __post_init__(self):
        self.numbers[NUMBER[1:]] = {
            "country": "US",
            "msisdn": NUMBER[1:],
            "type": "mobile-lvn",
            "features": ["VOICE"],
        }

    def bound_to(self, number):
        application = self.applications.get(self.numbers[number[1:]].get("app_id"))
        if application is None:
            return ""
        voice = application["capabilities"]["voice"]
        assert voice["webhooks"]["answer_url"]["http_method"] == "POST"
        return voice["webhooks"]["answer_url"]["address"]

    def falls_back_to(self, number):
        (application,) = self.applications.values()
        webhooks = application["capabilities"]["voice"]["webhooks"]
        return webhooks["fallback_answer_url"]["address"]

    # ---- what we ask

    def routes(self):
        return [
            web.get("/account/numbers", self.list_numbers),
            web.post("/number/update", self.change_number),
            web.get("/v2/applications", self.list_applications),
            web.post("/v2/applications", self.make_application),
            web.put("/v2/applications/{id}", self.change_application),
            web.post("/v1/calls", self.create_call),
            web.get("/v1/calls", self.list_calls),
            web.get("/v1/calls/{id}", self.fetch_call),
            web.put("/v1/calls/{id}", self.change_call),
            web.put("/v1/calls/{id}/dtmf", self.press),
            web.route("*", "/{rest:.*}", self.nowhere),
        ]

    def error(self, status, message):
        body = {"type": "about:blank", "title": message, "detail": message}
        return web.json_response(body, status=status)

    def wrong_key(self, request):
        given = request.headers.get("Authorization", "")
        if request.path.startswith("/v1/"):
            try:
                claims = jwt.decode(
                    given.removeprefix("Bearer "),
                    _signer.public_key(),
                    algorithms=["RS256"],
                    options={"require": ["iat", "jti", "exp"]},
                )
            except jwt.PyJWTError:
                return True
            return claims.get("application_id") != APPLICATION
        wanted = base64.b64encode(f"{KEY}:{SECRET}".encode()).decode()
        return given != f"Basic {wanted}"

    async def nowhere(self, request):
        self.complaints.append(f"{request.method} {request.path}")
        return self.error(404, "Not Found")

    async def list_numbers(self, request):
        if refusal := await self.guard(request):
            return refusal
        pattern = request.query.get("pattern", "")
        rows = [n for n in self.numbers.values() if n["msisdn"].startswith(pattern)]
        return web.json_response({"count": len(rows), "numbers": rows})

    async def change_number(self, request):
        if refusal := await self.guard(request):
            return refusal
        if not self.may_bind:
            return self.error(403, "Forbidden")
        form = await request.post()
        found = self.numbers.get(form.get("msisdn"))
        if found is None or form.get("country") != found["country"]:
            return self.error(420, "method failed")
        if form["app_id"] and form["app_id"] not in self.applications:
            return self.error(420, "no such application")
        found["app_id"] = form["app_id"]
        return web.json_response({"error-code": "200"})

    async def list_applications(self, request):
        if refusal := await self.guard(request):
            return refusal
        found = list(self.applications.values())
        return web.json_response({"_embedded": {"applications": found}})

    async def make_application(self, request):
        if refusal := await self.guard(request):
            return refusal
        made = f"app-{next(self.count)}"
        self.applications[made] = {"id": made, **(await request.json())}
        return web.json_response(self.applications[made], status=201)

    async def change_application(self, request):
        if refusal := await self.guard(request):
            return refusal
        found = self.applications.get(request.match_info["id"])
        asked = await request.json()
        if found is None or not asked.get("name"):
            return self.error(404, "not found")
        found.update(asked)
        return web.json_response(found)

    async def create_call(self, request):
        if refusal := await self.guard(request):
            return refusal
        asked = await request.json()
        (to,) = asked["to"]
        if to["type"] != "phone" or not isinstance(asked["answer_url"], list):
            return self.error(400, "Bad Request")
        made = f"uuid-{next(self.count)}"
        number, caller = f"+{to['number']}", f"+{asked['from']['number']}"
        self.lines[made] = Line(made, number, caller, "started", asked)
        if self.mute:
            await asyncio.sleep(60)
        return web.json_response({"uuid": made, "status": "started"}, status=201)

    def _call(self, line):
        return {
            "uuid": line.id,
            "status": line.status,
            "to": {"type": "phone", "number": line.to[1:]},
            "from": {"type": "phone", "number": line.from_number[1:]},
        }

    async def list_calls(self, request):
        if refusal := await self.guard(request):
            return refusal
        found = [self._call(line) for line in self.lines.values()]
        return web.json_response({"_embedded": {"calls": found}})

    async def fetch_call(self, request):
        if refusal := await self.guard(request):
            return refusal
        line = self.lines.get(request.match_info["id"])
        return web.json_response(self._call(line)) if line else self.error(404, "no")

    async def change_call(self, request):
        if refusal := await self.guard(request):
            return refusal
        line = self.lines.get(request.match_info["id"])
        if line is None or line.status not in LIVE:
            return self.error(404, "no such call")
        asked = await request.json()
        if asked["action"] == "hangup":
            line.status = "completed"
            line.actions.append("hang up")
        elif asked["action"] == "transfer" and asked["destination"]["ncco"]:
            line.actions.append(asked["destination"]["ncco"])
        else:
            return self.error(400, "Bad Request")
        return web.Response(status=204)

    async def press(self, request):
        if refusal := await self.guard(request):
            return refusal
        line = self.lines.get(request.match_info["id"])
        if line is None:
            return self.error(404, "no such call")
        line.actions.append((await request.json())["digits"])
        return web.json_response({"message": "DTMF sent", "uuid": line.id})

    # ---- what it asks

    def ring(self, base, call_id="uuid-0", caller=CALLER, number=NUMBER):
        said = {
            "from": caller[1:],
            "to": number[1:],
            "uuid": call_id,
            "conversation_uuid": f"CON-{call_id}",
        }
        return self.signed(f"{base}/inbound/vonage", said)

    def answered(self, url, call_id):
        return self.signed(url, {"uuid": call_id, "from": NUMBER[1:], "to": CALLER[1:]})

    def told(self, url, call_id, state, duration=None):
        said = {"uuid": call_id, "status": STATUS.get(state, state)}
        if duration is not None:
            said["duration"] = str(duration)
        return self.signed(url, said)

    def stream_gone(self, url, call_id, caller_is_there=True):
        """A NCCO goes on for callers who are there; of others the end is told."""
        if caller_is_there:
            said = {
                "payload": {"stream": "ended"},
                "conversation_uuid": f"CON-{call_id}",
            }
            return self.signed(url, said)
        return self.signed(url, {"uuid": call_id, "status": "completed"})

    def signed(self, url, said, secret=SIGNATURE, **claims):
        body = json.dumps(said).encode()
        token = self.token(body, secret, **claims)
        headers = {"Authorization": f"Bearer {token}"}
        return Asked(url, body, "application/json", headers=headers)

    @staticmethod
    def token(body, secret=SIGNATURE, algorithm="HS256", **claims):
        claims = {
            "iat": int(time.time()),
            "jti": "c5ba8f24-1a14-4c10-bfdf-3fbe8ce511b5",
            "iss": "Vonage",
            "payload_hash": hashlib.sha256(body).hexdigest(),
            "api_key": KEY,
            "application_id": APPLICATION,
            **claims,
        }
        return jwt.encode(claims, secret, algorithm=algorithm)

    # ---- what it is told

    @staticmethod
    def stream(answer):
        """Return (url, token, resume URL) of the stream that an answer opens."""
        actions = json.loads(answer.content)
        if len(actions) != 2:
            return None
        (socket,) = actions[0]["endpoint"]
        assert socket["type"] == "websocket"
        assert socket["content-type"] == "audio/l16;rate=16000"
        assert actions[1]["action"] == "notify"
        (resume,) = actions[1]["eventUrl"]
        return socket["uri"], socket["headers"]["token"], resume

    @staticmethod
    def said(answer):
        return next((a["text"] for a in json.loads(answer.content) if "text" in a), "")

    @staticmethod
    def hangs_up(answer):
        return json.loads(answer.content) == []
