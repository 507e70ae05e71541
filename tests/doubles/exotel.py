"""Exotel: the REST API of calls and ExoPhones, a flow with its applets, and their requests.

https://developer.exotel.com/docs/voice-v1/api-reference/outgoing-call-to-flow,
https://developer.exotel.com/api/exophone-details,
https://docs.exotel.com/exotel-agentstream/voicebot-applet (read 2026-11)
"""

import asyncio
import base64
import json
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlencode, urlsplit

from aiohttp import web

from tests.doubles.carriers import CALLER, NUMBER, Asked, CarrierDouble, Line

ACCOUNT, KEY, TOKEN = "harbour1", "a" * 48, "b" * 48
FLOW = "926"
STATUS = {"no_answer": "no-answer"}
KNOWN = {
    "From", "CallerId", "Url", "CallType", "TimeLimit", "TimeOut", "StatusCallback",
    "StatusCallbackEvents[0]", "StatusCallbackEvents[1]", "CustomField",
}  # fmt: skip


@dataclass
class Exotel(CarrierDouble):
    """One account, whose flow was filled in by hand."""

    key: str = TOKEN
    voicebot_url: str = ""  # in the flow's first applet: what the customer pasted
    credentials: dict = field(
        default_factory=lambda: {
            "account_sid": ACCOUNT,
            "api_key": KEY,
            "api_token": TOKEN,
            "app_id": FLOW,
        }
    )
    name = "exotel"

    def __post_init__(self):
        self.numbers["sid-1"] = {
            "sid": "sid-1",
            "phone_number": NUMBER,
            "friendly_name": "Main",
            "capabilities": {"voice": True, "sms": False},
            "country": "IN",
            "voice_url": "https://my.exotel.com/exoml/start/1",
            "sms_url": None,
        }

    def bound_to(self, number):
        (found,) = (n for n in self.numbers.values() if n["phone_number"] == number)
        return self.voicebot_url if found["voice_url"] == self.flow_url else ""

    @property
    def flow_url(self):
        return f"http://my.exotel.com/{ACCOUNT}/exoml/start_voice/{FLOW}"

    # ---- what we ask

    def routes(self):
        calls, phones = f"/v1/Accounts/{ACCOUNT}", f"/v2_beta/Accounts/{ACCOUNT}"
        return [
            web.get(f"{calls}/Calls.json", self.list_calls),
            web.post(f"{calls}/Calls/connect.json", self.create_call),
            web.get(f"{calls}/Calls/{{id}}.json", self.fetch_call),
            web.get(f"{phones}/IncomingPhoneNumbers", self.list_numbers),
            web.put(f"{phones}/IncomingPhoneNumbers/{{id}}", self.change_number),
            web.route("*", "/{rest:.*}", self.nowhere),
        ]

    def error(self, status, message):
        body = {"RestException": {"Status": status, "Message": message}}
        return web.json_response(body, status=status)

    def wrong_key(self, request):
        wanted = base64.b64encode(f"{KEY}:{TOKEN}".encode()).decode()
        return request.headers.get("Authorization") != f"Basic {wanted}"

    async def nowhere(self, request):
        self.complaints.append(f"{request.method} {request.path}")
        return self.error(404, "Not Found")

    async def list_numbers(self, request):
        if refusal := await self.guard(request):
            return refusal
        page, size = int(request.query["Page"]), int(request.query["PageSize"])
        rows = list(self.numbers.values())
        more = len(rows) > (page + 1) * size
        return web.json_response(
            {
                "page": page,
                "page_size": size,
                "next_page_uri": f"/IncomingPhoneNumbers?Page={page + 1}"
                if more
                else None,
                "incoming_phone_numbers": rows[page * size : (page + 1) * size],
            }
        )

    async def change_number(self, request):
        if refusal := await self.guard(request):
            return refusal
        if not self.may_bind:
            return self.error(403, "Forbidden")
        found = self.numbers.get(request.match_info["id"])
        form = await request.post()
        if found is None or set(form) - {"VoiceUrl", "SMSUrl", "FriendlyName"}:
            return self.error(400, "Bad Request")
        found["voice_url"] = form["VoiceUrl"]
        return web.json_response(found)

    async def create_call(self, request):
        if refusal := await self.guard(request):
            return refusal
        form = dict(await request.post())
        unknown = set(form) - KNOWN
        if unknown or not {"From", "CallerId", "Url"} <= set(form):
            self.complaints.append(f"fields {unknown}")
            return self.error(400, "Bad Request")
        if form["Url"] != self.flow_url or int(form["TimeLimit"]) > 14_400:
            return self.error(400, "Invalid parameters")
        assert len(form["CustomField"]) <= 128
        made = f"{next(self.count):032x}"
        self.lines[made] = Line(
            made, form["From"], form["CallerId"], "in-progress", form
        )
        if self.mute:
            await asyncio.sleep(60)
        return web.json_response({"Call": self._call(self.lines[made])})

    def _call(self, line):
        return {
            "Sid": line.id,
            "AccountSid": ACCOUNT,
            "From": line.to,  # Exotel calls that one first
            "To": line.from_number,
            "Status": line.status,
            "Duration": None,
            "Direction": "outbound-api",
        }

    async def list_calls(self, request):
        if refusal := await self.guard(request):
            return refusal
        calls = [self._call(line) for line in self.lines.values()]
        return web.json_response({"Metadata": {"Total": len(calls)}, "Calls": calls})

    async def fetch_call(self, request):
        if refusal := await self.guard(request):
            return refusal
        line = self.lines.get(request.match_info["id"])
        if line is None:
            return self.error(404, "Call not found")
        return web.json_response({"Call": self._call(line)})

    # ---- what it asks: applets by GET, with the call in the query

    def pasted(self, url):
        """Keep the address that the customer puts into the flow."""
        self.voicebot_url = url
        return self

    def ring(self, base, call_id="call-0", caller=CALLER, number=NUMBER):
        assert self.voicebot_url.startswith(base)
        return self.applet(self.voicebot_url, call_id, caller, number)

    def applet(self, url, call_id, caller=CALLER, number=NUMBER, **more):
        said = {
            "CallSid": call_id,
            "CallFrom": caller,
            "CallTo": number,
            "Direction": "incoming",
            "Created": "Thu, 26 Nov 2026 10:00:00",
            "From": caller,
            "To": number,
            **more,
        }
        joint = "&" if urlsplit(url).query else "?"
        return Asked(f"{url}{joint}{urlencode(said)}", method="GET")

    def placed(self, call_id, **more):
        """The applet asks for a call that was placed by the API."""
        line = self.lines[call_id]
        said = {"Direction": "outbound-dial", "CustomField": line.fields["CustomField"]}
        return self.applet(
            self.voicebot_url, call_id, line.to, line.from_number, **{**said, **more}
        )

    def told(self, url, call_id, state, duration=None):
        said = {"CallSid": call_id, "DateUpdated": "2026-11-26 10:00:00"}
        if state in ("ringing", "answered"):
            said |= {"EventType": state, "Status": "in-progress"}
        else:
            said |= {"EventType": "terminal", "Status": STATUS.get(state, state)}
        if duration is not None:
            said["ConversationDuration"] = str(duration)
        if "key=" not in url:
            url = f"{url}?{urlsplit(self.voicebot_url).query}"
        return Asked(url, *multipart(said))

    # ---- what it is told

    @staticmethod
    def stream(answer):
        """Return (url, token, "") of the stream that an answer opens."""
        if answer.status_code != 200:
            return None
        url = json.loads(answer.content)["url"]
        address, _, query = url.partition("?")
        parameters = dict(parse_qsl(query, strict_parsing=True))
        assert parameters.pop("sample-rate") == "16000"
        assert len(parameters) <= 3
        assert len(query) <= 256
        return address, parameters["token"], ""

    @staticmethod
    def said(answer):
        return json.loads(answer.content).get("error", "")

    @staticmethod
    def hangs_up(answer):
        return answer.status_code == 404


def multipart(fields):
    """Return a body and its type, as Exotel sends what became of a call."""
    bound = "exotelbound7MA4YWxk"
    parts = "".join(
        f'--{bound}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    )
    return f"{parts}--{bound}--\r\n".encode(), f"multipart/form-data; boundary={bound}"
