"""What Vonage asks over HTTP, and the NCCO it is answered with.

https://developer.vonage.com/en/voice/voice-api/ncco-reference and
https://developer.vonage.com/en/getting-started/concepts/webhooks (read 2026-11)
"""

import hashlib
import hmac
from collections.abc import Mapping
from typing import Any

import jwt
import orjson

from common import clock
from telephony.carrier import (
    CallbackRequest,
    Caller,
    CallEvent,
    Document,
    State,
    StreamTarget,
)
from telephony.phone_numbers import of_carrier

TOLERANCE_S = 300
STATES: dict[str, State] = {
    "started": "dialed",
    "ringing": "ringing",
    "answered": "answered",
    "completed": "completed",
    "disconnected": "completed",
    "busy": "busy",
    "rejected": "busy",
    "timeout": "no_answer",
    "unanswered": "no_answer",
    "cancelled": "canceled",
    "failed": "failed",
}
ANSWERERS = {"human": "human", "machine": "machine"}


class VonageCallbacks:
    """Reads and answers."""

    def caller(self, request: CallbackRequest) -> Caller | None:
        """Read a call that comes in."""
        said = _said(request)
        call_id, to = said.get("uuid"), said.get("to")
        if not (call_id and to) or said.get("status"):
            return None
        return Caller(
            str(call_id),
            of_carrier(str(said.get("from") or "")),
            of_carrier(str(to)),
        )

    def event(self, request: CallbackRequest) -> CallEvent | None:
        """Read what became of a call."""
        said = _said(request)
        call_id, status = said.get("uuid"), str(said.get("status") or "")
        if not call_id:
            return None
        length = str(said.get("duration") or "")
        return CallEvent(
            str(call_id),
            STATES.get(status),
            int(length) if length.isdigit() and len(length) < 8 else None,
            str(said.get("reason") or said.get("detail") or "")[:64],
            ANSWERERS.get(status, ""),
        )

    def verify(
        self, request: CallbackRequest, credentials: Mapping[str, str], key: str
    ) -> bool:
        """Check the signed token and the hash of the body; where the account signs
        nothing, the key in our address."""
        secret = credentials.get("signature_secret", "")
        if not secret:
            given = request.query.get("key", "")
            return bool(key) and hmac.compare_digest(key.encode(), given.encode())
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return False
        try:
            claims = jwt.decode(
                token,
                secret,
                algorithms=["HS256"],
                options={"require": ["iat"], "verify_iat": False, "verify_aud": False},
            )
            age = clock.now().timestamp() - float(claims["iat"])
        except (jwt.PyJWTError, ValueError, TypeError):
            return False
        hashed = hashlib.sha256(request.body).hexdigest()
        return (
            abs(age) <= TOLERANCE_S
            and claims.get("iss") == "Vonage"
            and claims.get("api_key") == credentials.get("api_key")
            and _is_ours(claims, credentials)
            and hmac.compare_digest(
                hashed.encode(), str(claims.get("payload_hash") or "").encode()
            )
        )

    def connect(self, target: StreamTarget) -> Document:
        """Open a stream; when it ends the NCCO goes on to ``resume_url``."""
        socket = {
            "type": "websocket",
            "uri": target.url,
            "content-type": "audio/l16;rate=16000",
            "headers": {"token": target.token, "call_id": target.call_id},
        }
        return _ncco(
            {"action": "connect", "endpoint": [socket]},
            {
                "action": "notify",
                "payload": {"stream": "ended"},
                "eventUrl": [target.resume_url],
                "eventMethod": "POST",
            },
        )

    def say(self, words: str, language: str) -> Document:
        """Say a sentence; the call ends with the NCCO."""
        return _ncco({"action": "talk", "text": words, "language": language})

    def busy(self) -> Document:
        """End the call; Vonage has no busy tone."""
        return _ncco()

    def hang_up(self) -> Document:
        """End the call: there is nothing more to do."""
        return _ncco()

    def bridge(self, to: str, from_number: str) -> Document:
        """Go on with somebody else."""
        return _ncco(bridged(to, from_number))

    def taken(self) -> Document:
        """Say that a callback was taken."""
        return Document("", status=204)


def bridged(to: str, from_number: str) -> dict[str, Any]:
    """Return the action that goes on with somebody else."""
    endpoint = {"type": "phone", "number": to.removeprefix("+")}
    return {
        "action": "connect",
        "from": from_number.removeprefix("+"),
        "endpoint": [endpoint],
    }


def _is_ours(claims: Mapping[str, Any], credentials: Mapping[str, str]) -> bool:
    ours, theirs = credentials.get("application_id"), claims.get("application_id")
    return not ours or not theirs or ours == theirs


def _said(request: CallbackRequest) -> Mapping[str, Any]:
    if request.method == "GET":
        return request.query
    try:
        body = orjson.loads(request.body)
    except orjson.JSONDecodeError:
        return {}
    return body if isinstance(body, dict) else {}


def _ncco(*actions: dict[str, Any]) -> Document:
    return Document(orjson.dumps(list(actions)).decode(), "application/json")


CALLBACKS = VonageCallbacks()
