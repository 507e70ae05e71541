"""What Twilio asks over HTTP, and the TwiML it is answered with.

https://www.twilio.com/docs/usage/webhooks/webhooks-security and
https://www.twilio.com/docs/voice/twiml/stream (read 2026-11)
"""

import hmac
from collections.abc import Mapping
from xml.sax.saxutils import escape, quoteattr

from twilio.request_validator import RequestValidator

from telephony.carrier import (
    CallbackRequest,
    Caller,
    CallEvent,
    Document,
    State,
    StreamTarget,
)

STATES: dict[str, State] = {
    "queued": "dialed",
    "initiated": "dialed",
    "ringing": "ringing",
    "in-progress": "answered",
    "answered": "answered",
    "completed": "completed",
    "busy": "busy",
    "no-answer": "no_answer",
    "failed": "failed",
    "canceled": "canceled",
}
ANSWERERS = {"human": "human", "fax": "fax", "unknown": "unknown"}


class TwilioCallbacks:
    """Reads and answers."""

    def caller(self, request: CallbackRequest) -> Caller | None:
        """Read a call that comes in."""
        call_id, to = request.value("CallSid"), request.value("To")
        if not (call_id and to):
            return None
        return Caller(call_id, request.value("From"), to, request.value("AccountSid"))

    def event(self, request: CallbackRequest) -> CallEvent | None:
        """Read what became of a call."""
        call_id = request.value("CallSid")
        if not call_id:
            return None
        length = request.value("CallDuration")
        machine = request.value("AnsweredBy")
        return CallEvent(
            call_id,
            STATES.get(request.value("CallStatus")),
            int(length) if length.isdigit() and len(length) < 8 else None,
            request.value("SipResponseCode")[:64],
            ANSWERERS.get(machine, "machine" if machine.startswith("machine") else ""),
        )

    def verify(
        self, request: CallbackRequest, credentials: Mapping[str, str], key: str
    ) -> bool:
        """Check ``X-Twilio-Signature`` with the account's auth token."""
        secret = credentials.get("auth_token", "")
        given = request.headers.get("x-twilio-signature", "")
        if not secret or not given:
            return False
        own = RequestValidator(secret).compute_signature(
            request.url, _Form(request.form)
        )
        return hmac.compare_digest(own.encode(), given.encode())

    def connect(self, target: StreamTarget) -> Document:
        """Open a stream; when it ends Twilio asks ``action`` what to do."""
        status = (
            f" statusCallback={quoteattr(target.status_url)}"
            if target.status_url
            else ""
        )
        return _twiml(
            f"<Connect action={quoteattr(target.resume_url)}>"
            f"<Stream url={quoteattr(target.url)}{status}>"
            f'<Parameter name="token" value={quoteattr(target.token)}/>'
            "</Stream></Connect>"
        )

    def say(self, words: str, language: str) -> Document:
        """Say a sentence and hang up."""
        return _twiml(
            f"<Say language={quoteattr(language)}>{escape(words)}</Say><Hangup/>"
        )

    def busy(self) -> Document:
        """Turn a call away with a busy tone."""
        return _twiml('<Reject reason="busy"/>')

    def hang_up(self) -> Document:
        """End the call."""
        return _twiml("<Hangup/>")

    def bridge(self, to: str, from_number: str) -> Document:
        """Go on with somebody else."""
        caller = f" callerId={quoteattr(from_number)}" if from_number else ""
        return _twiml(f"<Dial{caller}><Number>{escape(to)}</Number></Dial>")

    def digits(self, digits: str, then_url: str) -> Document:
        """Press keys, then ask again what to do."""
        return _twiml(
            f"<Play digits={quoteattr(digits)}/>"
            f'<Redirect method="POST">{escape(then_url)}</Redirect>'
        )

    def taken(self) -> Document:
        """Say that a callback was taken."""
        return _twiml("")


class _Form(dict[str, list[str]]):
    """A form as Twilio's library wants it."""

    def __init__(self, form: Mapping[str, object]) -> None:
        super().__init__({name: list(form[name]) for name in form})  # type: ignore[call-overload]  # a QueryDict gives lists

    def getlist(self, name: str) -> list[str]:
        """Return all values of a field."""
        return self[name]


def _twiml(inside: str) -> Document:
    return Document(
        f'<?xml version="1.0" encoding="UTF-8"?><Response>{inside}</Response>'
    )


CALLBACKS = TwilioCallbacks()
