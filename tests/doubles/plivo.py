"""Plivo: the REST API of account, applications, numbers and calls, and signed callbacks.

https://docs.plivo.com/docs/voice/api/call/make-a-call,
https://docs.plivo.com/docs/voice/xml/audiostream (read 2026-11)
"""

import asyncio
import base64
import hashlib
import hmac
from dataclasses import dataclass, field
from urllib.parse import urlencode
from xml.etree import ElementTree

from aiohttp import web

from tests.doubles.carriers import CALLER, NUMBER, Asked, CarrierDouble, Line

AUTH_ID = "MA" + "ZTE0MWM0NT" + "A1B2C3D4"
TOKEN = "OWY2YTk0ODQ5OGM4ZjY4YjY4N2I5ZTQ0"
NONCE = "05429567804466091622"
STATUS = {
    "busy": "busy",
    "no_answer": "no-answer",
    "answered": "in-progress",
    "canceled": "cancel",
}
LIVE = ("queued", "ringing", "in-progress")


@dataclass
class Plivo(CarrierDouble):
    """One account."""

    key: str = TOKEN
    credentials: dict = field(
        default_factory=lambda: {"auth_id": AUTH_ID, "auth_token": TOKEN}
    )
    applications: dict = field(default_factory=dict)
    name = "plivo"

    def __post_init__(self):
        bare = NUMBER[1:]
        self.numbers[bare] = {
            "number": bare,
            "alias": "Main",
            "application": None,
            "voice_enabled": True,
            "sms_enabled": False,
            "resource_uri": f"/v1/Account/{AUTH_ID}/Number/{bare}/",
        }

    def bound_to(self, number):
        uri = self.numbers[number[1:]]["application"]
        found = [a for a in self.applications.values() if a["resource_uri"] == uri]
        return found[0]["answer_url"] if found else ""

    def falls_back_to(self, number):
        (application,) = self.applications.values()
        return application["fallback_answer_url"]

    # ---- what we ask

    def routes(self):
        root = f"/v1/Account/{AUTH_ID}"
        return [
            web.get(f"{root}/", self.account),
            web.get(f"{root}/Application/", self.list_applications),
            web.post(f"{root}/Application/", self.make_application),
            web.post(f"{root}/Application/{{id}}/", self.change_application),
            web.get(f"{root}/Number/", self.list_numbers),
            web.get(f"{root}/Number/{{number}}/", self.fetch_number),
            web.post(f"{root}/Number/{{number}}/", self.change_number),
            web.post(f"{root}/Call/", self.create_call),
            web.get(f"{root}/Call/", self.list_calls),
            web.get(f"{root}/Call/{{id}}/", self.fetch_call),
            web.delete(f"{root}/Call/{{id}}/", self.delete_call),
            web.post(f"{root}/Call/{{id}}/", self.change_call),
            web.post(f"{root}/Call/{{id}}/DTMF/", self.press),
            web.route("*", "/{rest:.*}", self.nowhere),
        ]

    def error(self, status, message):
        return web.json_response({"api_id": "1", "error": message}, status=status)

    def wrong_key(self, request):
        wanted = base64.b64encode(f"{AUTH_ID}:{TOKEN}".encode()).decode()
        return request.headers.get("Authorization") != f"Basic {wanted}"

    async def nowhere(self, request):
        self.complaints.append(f"{request.method} {request.path}")
        return self.error(404, "not found")

    async def account(self, request):
        if refusal := await self.guard(request):
            return refusal
        return web.json_response({"auth_id": AUTH_ID, "name": "Harbour Dental"})

    def _page(self, request, rows):
        limit, offset = int(request.query["limit"]), int(request.query["offset"])
        assert 0 < limit <= 20
        return web.json_response({"meta": {}, "objects": rows[offset : offset + limit]})

    async def list_applications(self, request):
        if refusal := await self.guard(request):
            return refusal
        return self._page(request, list(self.applications.values()))

    async def make_application(self, request):
        if refusal := await self.guard(request):
            return refusal
        asked = await request.json()
        if not asked.get("app_name") or not asked.get("answer_url"):
            return self.error(400, "mandatory parameter missing")
        made = str(next(self.count))
        uri = f"/v1/Account/{AUTH_ID}/Application/{made}/"
        self.applications[made] = {"app_id": made, "resource_uri": uri, **asked}
        return web.json_response({"message": "created", "app_id": made}, status=201)

    async def change_application(self, request):
        if refusal := await self.guard(request):
            return refusal
        found = self.applications.get(request.match_info["id"])
        if found is None:
            return self.error(404, "not found")
        found.update(await request.json())
        return web.json_response({"message": "changed"}, status=202)

    async def list_numbers(self, request):
        if refusal := await self.guard(request):
            return refusal
        return self._page(request, list(self.numbers.values()))

    async def fetch_number(self, request):
        if refusal := await self.guard(request):
            return refusal
        found = self.numbers.get(request.match_info["number"])
        return web.json_response(found) if found else self.error(404, "not found")

    async def change_number(self, request):
        if refusal := await self.guard(request):
            return refusal
        found = self.numbers.get(request.match_info["number"])
        if found is None:
            return self.error(404, "not found")
        if not self.may_bind:
            return self.error(403, "not allowed")
        wanted = (await request.json())["app_id"]
        known = self.applications.get(wanted)
        if wanted and known is None:
            return self.error(400, "no such application")
        found["application"] = known["resource_uri"] if known else None
        return web.json_response({"message": "changed"}, status=202)

    async def create_call(self, request):
        if refusal := await self.guard(request):
            return refusal
        asked = await request.json()
        missing = {"from", "to", "answer_url"} - set(asked)
        if missing or asked.get("answer_method") not in ("GET", "POST"):
            return self.error(400, f"missing {missing}")
        made = f"call-{next(self.count)}"
        to, from_number = f"+{asked['to']}", f"+{asked['from']}"
        self.lines[made] = Line(made, to, from_number, "ringing", asked)
        if self.mute:
            await asyncio.sleep(60)
        body = {"message": "call fired", "request_uuid": made, "api_id": "1"}
        return web.json_response(body, status=201)

    async def list_calls(self, request):
        if refusal := await self.guard(request):
            return refusal
        live = [line.id for line in self.lines.values() if line.status in LIVE]
        if request.query.get("status") == "live":
            return web.json_response({"calls": live})
        return web.json_response({"meta": {}, "objects": []})

    async def fetch_call(self, request):
        if refusal := await self.guard(request):
            return refusal
        line = self.lines.get(request.match_info["id"])
        wants_live = request.query.get("status") == "live"
        if line is None or wants_live != (line.status in LIVE):
            return self.error(404, "not found")
        if wants_live:
            return web.json_response({"call_status": line.status})
        over = {"call_uuid": line.id, "hangup_cause_name": "Normal Hangup"}
        return web.json_response({**over, "call_duration": 0, "answer_time": None})

    async def delete_call(self, request):
        if refusal := await self.guard(request):
            return refusal
        line = self.lines.get(request.match_info["id"])
        if line is None or line.status not in LIVE:
            return self.error(404, "not found")
        line.status = "completed"
        line.actions.append("hang up")
        return web.Response(status=204)

    async def change_call(self, request):
        if refusal := await self.guard(request):
            return refusal
        line = self.lines.get(request.match_info["id"])
        asked = await request.json()
        if line is None or asked.get("legs") != "aleg" or not asked.get("aleg_url"):
            return self.error(404, "not found")
        line.actions.append(asked["aleg_url"])
        return web.json_response({"message": "transferred"}, status=202)

    async def press(self, request):
        if refusal := await self.guard(request):
            return refusal
        line = self.lines.get(request.match_info["id"])
        if line is None:
            return self.error(404, "not found")
        line.actions.append((await request.json())["digits"])
        return web.json_response({"message": "digits sent"}, status=202)

    # ---- what it asks

    def ring(self, base, call_id="call-0", caller=CALLER, number=NUMBER):
        form = self._form(call_id, "ringing", caller, number, Event="StartApp")
        return self.signed(f"{base}/inbound/plivo", form)

    def answered(self, url, call_id):
        form = self._form(call_id, "in-progress", Event="StartApp")
        return self.signed(url, form)

    def told(self, url, call_id, state, duration=None):
        more = {} if duration is None else {"Duration": str(duration)}
        form = self._form(call_id, STATUS.get(state, state), Event="Hangup", **more)
        return self.signed(url, form)

    def stream_gone(self, url, call_id, caller_is_there=True):
        status = "in-progress" if caller_is_there else "completed"
        return self.signed(url, self._form(call_id, status, Event="Redirect"))

    def _form(self, call_id, status, caller=CALLER, number=NUMBER, **more):
        return {
            "CallUUID": call_id,
            "From": caller[1:],
            "To": number[1:],
            "CallStatus": status,
            "Direction": "inbound",
            "CallerName": "Zoë Müller",
            "ParentAuthID": AUTH_ID,
            **more,
        }

    def signed(self, url, form, token=TOKEN, nonce=NONCE):
        headers = {
            "X-Plivo-Signature-V3": self.signature(url, form, token, nonce),
            "X-Plivo-Signature-V3-Nonce": nonce,
        }
        return Asked(url, urlencode(form).encode(), headers=headers)

    @staticmethod
    def signature(url, form, token=TOKEN, nonce=NONCE):
        address, _, query = url.partition("?")
        text = f"{address}?{query}{'.' if query else ''}"
        text += "".join(name + form[name] for name in sorted(form)) + f".{nonce}"
        digest = hmac.new(token.encode(), text.encode(), hashlib.sha256).digest()
        return base64.b64encode(digest).decode()

    # ---- what it is told

    @staticmethod
    def stream(answer):
        """Return (url, token, resume URL) of the stream that an answer opens."""
        response = ElementTree.fromstring(answer.content)
        stream = response.find("Stream")
        if stream is None:
            return None
        assert stream.get("bidirectional") == stream.get("keepCallAlive") == "true"
        assert stream.get("contentType") == "audio/x-mulaw;rate=8000"
        headers = stream.get("extraHeaders")
        assert len(headers) <= 512
        name, _, token = headers.partition("=")
        assert name == "token"
        return stream.text, token, response.findtext("Redirect")

    @staticmethod
    def said(answer):
        """Return what the caller hears, or "busy", or ""."""
        response = ElementTree.fromstring(answer.content)
        hang_up = response.find("Hangup")
        if hang_up is not None and hang_up.get("reason"):
            return hang_up.get("reason")
        return response.findtext("Speak", "")

    @staticmethod
    def hangs_up(answer):
        return ElementTree.fromstring(answer.content).find("Hangup") is not None
