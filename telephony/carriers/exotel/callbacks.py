"""What Exotel asks over HTTP, and the JSON that its applets are answered with.

https://docs.exotel.com/exotel-agentstream/voicebot-applet (a dynamic URL),
https://developer.exotel.com/docs/voice-v1/api-reference/status-callback and
https://support.exotel.com/support/solutions/articles/3000096873 (a Connect applet that
asks whom to call; all read 2026-11).

Exotel signs nothing. Who asks proves it by the secret key in our address, which stands in
the customer's flow and nowhere else. Exotel tells the addresses that it calls from on
request (hello@exotel.com): a firewall may let in those alone.
"""

import hmac
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import orjson

from telephony.carrier import (
    CallbackRequest,
    Caller,
    CallEvent,
    Document,
    State,
    StreamTarget,
)
from telephony.carriers.exotel.media import RATE
from telephony.phone_numbers import normalised, of_carrier

STATES: dict[str, State] = {
    "queued": "dialed",
    "ringing": "ringing",
    "in-progress": "answered",
    "answered": "answered",
    "completed": "completed",
    "busy": "busy",
    "no-answer": "no_answer",
    "failed": "failed",
    "canceled": "canceled",
}
HOME = "IN"  # whose numbers Exotel writes without their country


class ExotelCallbacks:
    """Reads and answers."""

    def caller(self, request: CallbackRequest) -> Caller | None:
        """Read a call that a Voicebot applet has, whoever began it."""
        said = _said(request)
        call_id = str(said.get("CallSid") or "")
        to = said.get("CallTo") or said.get("To")
        if not (call_id and to) or said.get("EventType") or said.get("DateUpdated"):
            return None
        return Caller(
            call_id,
            e164(str(said.get("CallFrom") or said.get("From") or "")),
            e164(str(to)),
            is_ours=str(said.get("Direction") or "").startswith("outbound"),
            leg_id=str(said.get("CustomField") or ""),
        )

    def event(self, request: CallbackRequest) -> CallEvent | None:
        """Read what became of a call; an applet that comes after the stream tells only
        that the stream has ended."""
        said = _said(request)
        call_id = str(said.get("CallSid") or "")
        if not call_id:
            return None
        if "DateUpdated" not in said and "EventType" not in said:
            return CallEvent(call_id, None, stream_gone=True)
        status = str(said.get("Status") or said.get("EventType") or "")
        is_answer = said.get("EventType") == "answered"
        length = str(said.get("ConversationDuration") or "")
        return CallEvent(
            call_id,
            "answered" if is_answer else STATES.get(status),
            int(length) if length.isdigit() and len(length) < 8 else None,
            status[:64],
        )

    def verify(
        self, request: CallbackRequest, credentials: Mapping[str, str], key: str
    ) -> bool:
        """Compare the key in our address: nothing is signed."""
        given = request.query.get("key", "")
        return bool(key) and hmac.compare_digest(key.encode(), given.encode())

    def connect(self, target: StreamTarget) -> Document:
        """Name the socket. Exotel hands its parameters on in the first message; they
        stand in the address, too, which is why a token is for one call, once, 60 s."""
        parameters = urlencode({"sample-rate": RATE, "token": target.token})
        return _json({"url": f"{target.url}?{parameters}"})

    def say(self, words: str, language: str) -> Document:
        """Give no socket: the flow goes on with its next applet."""
        return _nothing(words)

    def busy(self) -> Document:
        """Give no socket; Exotel has answered by then, and knows no busy tone."""
        return _nothing("Busy.")

    def hang_up(self) -> Document:
        """Give no socket and nobody to call: the flow ends."""
        return _nothing("The call is over.")

    def bridge(self, to: str, from_number: str) -> Document:
        """Tell a Connect applet whom to call."""
        told: dict[str, Any] = {
            "fetch_after_attempt": False,
            "destination": {"numbers": [to]},
        }
        if from_number:
            told["outgoing_phone_number"] = from_number
        return _json(told)

    def taken(self) -> Document:
        """Say that a callback was taken."""
        return _json({})


def e164(text: str) -> str:
    """Return a number as Exotel writes it as E.164: Indian ones come with a leading 0, or
    with ten digits alone."""
    bare = text.strip()
    is_national = bare.isdigit() and (bare.startswith("0") or len(bare) == 10)
    found = normalised(bare, HOME) if is_national else None
    return found or of_carrier(bare)


def _said(request: CallbackRequest) -> Mapping[str, Any]:
    """Applets ask by GET; a status comes as a form, or as JSON where it was asked for."""
    if request.method == "GET":
        return request.query
    if "json" not in request.headers.get("content-type", ""):
        return {name: values[-1] for name, values in request.form.items() if values}
    try:
        body = orjson.loads(request.body)
    except orjson.JSONDecodeError:
        return {}
    return body if isinstance(body, dict) else {}


def _json(body: dict[str, Any], status: int = 200) -> Document:
    return Document(orjson.dumps(body).decode(), "application/json", status)


def _nothing(why: str) -> Document:
    return _json({"error": why}, 404)


CALLBACKS = ExotelCallbacks()
