"""What Plivo asks over HTTP, and the XML it is answered with.

https://docs.plivo.com/docs/voice/xml/audiostream and
https://www.plivo.com/docs/voice/xml/request/event/ (read 2026-11)
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from urllib.parse import parse_qs, urlsplit, urlunsplit
from xml.sax.saxutils import escape, quoteattr

from telephony.carrier import (
    CallbackRequest,
    Caller,
    CallEvent,
    Document,
    State,
    StreamTarget,
)
from telephony.phone_numbers import of_carrier

STATES: dict[str, State] = {
    "ringing": "ringing",
    "in-progress": "answered",
    "completed": "completed",
    "busy": "busy",
    "failed": "failed",
    "timeout": "no_answer",
    "no-answer": "no_answer",
    "cancel": "canceled",
}


class PlivoCallbacks:
    """Reads and answers."""

    def caller(self, request: CallbackRequest) -> Caller | None:
        """Read a call that comes in."""
        call_id, to = request.value("CallUUID"), request.value("To")
        if not (call_id and to) or request.value("Event") == "Hangup":
            return None
        return Caller(
            call_id,
            of_carrier(request.value("From")),
            of_carrier(to),
            request.value("ParentAuthID"),
            also=request.value("RequestUUID"),
        )

    def event(self, request: CallbackRequest) -> CallEvent | None:
        """Read what became of a call."""
        call_id = request.value("CallUUID") or request.value("RequestUUID")
        if not call_id:
            return None
        length = request.value("Duration")
        machine = request.value("Machine").lower()
        return CallEvent(
            call_id,
            STATES.get(request.value("CallStatus")),
            int(length) if length.isdigit() and len(length) < 8 else None,
            request.value("HangupCause")[:64],
            "machine" if machine == "true" else "",
            also=request.value("RequestUUID"),
        )

    def verify(
        self, request: CallbackRequest, credentials: Mapping[str, str], key: str
    ) -> bool:
        """Check ``X-Plivo-Signature-V3`` with the account's auth token."""
        secret = credentials.get("auth_token", "")
        nonce = request.headers.get("x-plivo-signature-v3-nonce", "")
        given = ",".join(
            request.headers.get(name, "")
            for name in ("x-plivo-signature-v3", "x-plivo-signature-ma-v3")
        )
        if not (secret and nonce and given.strip(",")):
            return False
        text = signed_text(request.method, request.url, request.form, nonce)
        own = base64.b64encode(
            hmac.new(secret.encode(), text.encode(), hashlib.sha256).digest()
        )
        return any(
            hmac.compare_digest(own, each.strip().encode()) for each in given.split(",")
        )

    def connect(self, target: StreamTarget) -> Document:
        """Open a stream; when it ends the document goes on to ``resume_url``."""
        token = quoteattr(f"token={target.token}")
        return _xml(
            '<Stream bidirectional="true" keepCallAlive="true"'
            f' contentType="audio/x-mulaw;rate=8000" extraHeaders={token}>'
            f"{escape(target.url)}</Stream>"
            f'<Redirect method="POST">{escape(target.resume_url)}</Redirect>'
        )

    def say(self, words: str, language: str) -> Document:
        """Say a sentence and hang up."""
        return _xml(
            f"<Speak language={quoteattr(language)}>{escape(words)}</Speak><Hangup/>"
        )

    def busy(self) -> Document:
        """Turn a call away with a busy tone."""
        return _xml('<Hangup reason="busy"/>')

    def hang_up(self) -> Document:
        """End the call."""
        return _xml("<Hangup/>")

    def bridge(self, to: str, from_number: str) -> Document:
        """Go on with somebody else."""
        caller = f" callerId={quoteattr(from_number)}" if from_number else ""
        return _xml(f"<Dial{caller}><Number>{escape(to)}</Number></Dial>")

    def taken(self) -> Document:
        """Say that a callback was taken."""
        return _xml("")


def signed_text(
    method: str, url: str, form: Mapping[str, Sequence[str]], nonce: str
) -> str:
    """Return what Plivo signs: the address with its query in order, every field of the
    form in order, and the nonce."""
    parts = urlsplit(url)
    query = "&".join(
        f"{name}={value}"
        for name, values in sorted(
            parse_qs(parts.query, keep_blank_values=True).items()
        )
        for value in sorted(values)
    )
    has_form = method == "POST" and bool(form)
    text = urlunsplit((parts.scheme, parts.netloc, parts.path, "", ""))
    if query or has_form:
        text += f"?{query}"
    if query and has_form:
        text += "."
    if has_form:
        text += "".join(
            name + value for name in sorted(form) for value in sorted(form[name])
        )
    return f"{text}.{nonce}"


def _xml(inside: str) -> Document:
    return Document(
        f'<?xml version="1.0" encoding="UTF-8"?><Response>{inside}</Response>'
    )


CALLBACKS = PlivoCallbacks()
