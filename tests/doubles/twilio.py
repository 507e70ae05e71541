"""Twilio: the REST API of accounts, numbers and calls, and signed webhooks.

https://www.twilio.com/docs/voice/api/call-resource,
https://www.twilio.com/docs/phone-numbers/api/incomingphonenumber-resource,
https://www.twilio.com/docs/usage/webhooks/webhooks-security (read 2026-11)
"""

import asyncio
import base64
import hashlib
import hmac
from dataclasses import dataclass, field
from email.utils import formatdate
from urllib.parse import urlencode
from xml.etree import ElementTree

from aiohttp import web

from tests.doubles.carriers import CALLER, NUMBER, Asked, CarrierDouble, Line

ACCOUNT = "AC" + "a1" * 16
TOKEN = "0123456789abcdef0123456789abcdef"
STATUS = {"busy": "busy", "no_answer": "no-answer", "answered": "in-progress"}
ANSWERABLE = ("queued", "initiated", "ringing", "in-progress")


@dataclass
class Twilio(CarrierDouble):
    """One account."""

    key: str = TOKEN
    credentials: dict = field(
        default_factory=lambda: {"account_sid": ACCOUNT, "auth_token": TOKEN}
    )
    name = "twilio"

    def __post_init__(self):
        self.own(NUMBER)

    def own(self, number):
        self.numbers[number] = {
            "sid": f"PN{next(self.count):032x}",
            "account_sid": ACCOUNT,
            "friendly_name": f"Line {number[-4:]}",
            "phone_number": number,
            "voice_url": "",
            "voice_method": "POST",
            "voice_fallback_url": "",
            "status_callback": "",
            "capabilities": {"voice": True, "sms": True, "mms": False, "fax": False},
            "date_created": formatdate(),
        }

    def bound_to(self, number):
        return self.numbers[number]["voice_url"]

    def falls_back_to(self, number):
        return self.numbers[number]["voice_fallback_url"]

    # ---- what we ask

    def routes(self):
        root = f"/2010-04-01/Accounts/{ACCOUNT}"
        return [
            web.get(f"{root}.json", self.account),
            web.get(f"{root}/IncomingPhoneNumbers.json", self.list_numbers),
            web.post(f"{root}/IncomingPhoneNumbers/{{sid}}.json", self.change_number),
            web.post(f"{root}/Calls.json", self.create_call),
            web.get(f"{root}/Calls.json", self.list_calls),
            web.get(f"{root}/Calls/{{sid}}.json", self.fetch_call),
            web.post(f"{root}/Calls/{{sid}}.json", self.change_call),
            web.route("*", "/{rest:.*}", self.nowhere),
        ]

    def error(self, status, message, code=20001):
        body = {
            "code": code,
            "message": message,
            "more_info": f"https://www.twilio.com/docs/errors/{code}",
            "status": status,
        }
        return web.json_response(body, status=status)

    def wrong_key(self, request):
        given = request.headers.get("Authorization", "")
        wanted = base64.b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode()
        return given != f"Basic {wanted}"

    async def guard(self, request):
        self.requests.append((request.method, request.path))
        if self.wrong_key(request) and not self.fault:
            return self.error(401, "Authenticate", 20003)
        return await super().guard(request)

    async def nowhere(self, request):
        self.complaints.append(f"{request.method} {request.path}")
        return self.error(404, "The requested resource was not found", 20404)

    async def account(self, request):
        if refusal := await self.guard(request):
            return refusal
        return web.json_response(
            {"sid": ACCOUNT, "friendly_name": "Harbour Dental", "status": "active"}
        )

    async def list_numbers(self, request):
        if refusal := await self.guard(request):
            return refusal
        wanted = request.query.get("PhoneNumber", "")
        found = [n for n in self.numbers.values() if wanted in n["phone_number"]]
        return web.json_response(self._page("incoming_phone_numbers", found))

    async def change_number(self, request):
        if refusal := await self.guard(request):
            return refusal
        form = await request.post()
        if not self.may_bind:
            return self.error(403, "Permission denied for this key", 20403)
        sid = request.match_info["sid"]
        for number in self.numbers.values():
            if number["sid"] == sid:
                for name, key in (
                    ("VoiceUrl", "voice_url"),
                    ("VoiceMethod", "voice_method"),
                    ("VoiceFallbackUrl", "voice_fallback_url"),
                    ("StatusCallback", "status_callback"),
                ):
                    if name in form:
                        number[key] = form[name]
                if number["voice_fallback_url"] and not number["voice_url"]:
                    return self.error(400, "Cannot set VoiceFallbackUrl", 21405)
                return web.json_response(number)
        return self.error(404, "not found", 20404)

    async def create_call(self, request):
        if refusal := await self.guard(request):
            return refusal
        form = await request.post()
        missing = [n for n in ("To", "From", "Url") if not form.get(n)]
        if missing:
            return self.error(400, f"No {missing[0]} given", 21201)
        if form["From"] not in self.numbers:
            return self.error(400, "The source phone number is not yours", 21210)
        events = form.getall("StatusCallbackEvent", [])
        if set(events) - {"initiated", "ringing", "answered", "completed"}:
            return self.error(400, "Invalid StatusCallbackEvent", 21626)
        sid = f"CA{next(self.count):032x}"
        self.lines[sid] = Line(sid, form["To"], form["From"], "queued", dict(form))
        if self.mute:
            await asyncio.sleep(60)
        return web.json_response(self._call(self.lines[sid]), status=201)

    async def list_calls(self, request):
        if refusal := await self.guard(request):
            return refusal
        to, from_ = request.query.get("To"), request.query.get("From")
        found = [
            self._call(line)
            for line in self.lines.values()
            if (not to or line.to == to) and (not from_ or line.from_number == from_)
        ]
        return web.json_response(self._page("calls", found))

    async def fetch_call(self, request):
        if refusal := await self.guard(request):
            return refusal
        line = self.lines.get(request.match_info["sid"])
        if line is None:
            return self.error(404, "not found", 20404)
        return web.json_response(self._call(line))

    async def change_call(self, request):
        if refusal := await self.guard(request):
            return refusal
        line = self.lines.get(request.match_info["sid"])
        if line is None:
            return self.error(404, "not found", 20404)
        if line.status not in ANSWERABLE:
            return self.error(400, "Call is not in-progress. Cannot redirect.", 21220)
        form = await request.post()
        if form.get("Status") in ("completed", "canceled"):
            line.status = form["Status"]
            line.actions.append("hang up")
        elif form.get("Twiml"):
            ElementTree.fromstring(form["Twiml"])
            line.actions.append(form["Twiml"])
        else:
            return self.error(400, "Nothing to change", 21218)
        return web.json_response(self._call(line))

    def _page(self, name, rows):
        return {name: rows, "page": 0, "page_size": 50, "next_page_uri": None}

    def _call(self, line):
        over = line.status not in ANSWERABLE
        return {
            "sid": line.id,
            "account_sid": ACCOUNT,
            "to": line.to,
            "from": line.from_number,
            "status": line.status,
            "duration": line.fields.get("duration", "0") if over else None,
            "answered_by": None,
            "date_created": formatdate(),
        }

    # ---- what it asks

    def called_by(self, caller, number=NUMBER):
        """Put a caller on a line of ours, whose id is nobody else's."""
        sid = f"CA{next(self.count):032x}"
        self.lines[sid] = Line(sid, number, caller, "in-progress")
        return self.lines[sid]

    def ring(self, base, call_id="CA" + "1" * 32, caller=CALLER, number=NUMBER):
        form = self._form(call_id, "ringing", caller, number)
        return self.signed(f"{base}/inbound/twilio", form)

    def answered(self, url, call_id, line=None):
        return self.signed(url, self._form(call_id, "in-progress"))

    def told(self, url, call_id, state, duration=None):
        status = STATUS.get(state, state)
        form = self._form(call_id, status)
        if duration is not None:
            form["CallDuration"] = str(duration)
        return self.signed(url, form)

    def stream_gone(self, url, call_id, caller_is_there=True):
        status = "in-progress" if caller_is_there else "completed"
        return self.signed(url, self._form(call_id, status))

    def _form(self, call_id, status, caller=CALLER, number=NUMBER):
        return {
            "CallSid": call_id,
            "AccountSid": ACCOUNT,
            "ApiVersion": "2010-04-01",
            "CallStatus": status,
            "Direction": "inbound",
            "From": caller,
            "To": number,
            "CallerName": "Zoë Müller",
        }

    def signed(self, url, form, token=TOKEN):
        return Asked(
            url,
            urlencode(form).encode(),
            headers={"X-Twilio-Signature": self.signature(url, form, token)},
        )

    @staticmethod
    def signature(url, form, token=TOKEN):
        text = url + "".join(name + form[name] for name in sorted(form))
        digest = hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()
        return base64.b64encode(digest).decode()

    # ---- what it is told

    @staticmethod
    def stream(answer):
        """Return (url, token, resume URL) of the stream that an answer opens."""
        assert answer.headers["Content-Type"].startswith("text/xml")
        response = ElementTree.fromstring(answer.content)
        connect = response.find("Connect")
        if connect is None:
            return None
        stream = connect.find("Stream")
        parameters = {p.get("name"): p.get("value") for p in stream.iter("Parameter")}
        assert "?" not in stream.get("url")  # Twilio forbids it
        return stream.get("url"), parameters["token"], connect.get("action")

    @staticmethod
    def said(answer):
        """Return what the caller hears, or "busy", or ""."""
        response = ElementTree.fromstring(answer.content)
        if (reject := response.find("Reject")) is not None:
            return reject.get("reason")
        return response.findtext("Say", "")

    @staticmethod
    def hangs_up(answer):
        return ElementTree.fromstring(answer.content).find("Hangup") is not None
