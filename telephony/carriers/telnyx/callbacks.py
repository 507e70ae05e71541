"""What Telnyx tells over HTTP. It is answered with commands, see ``control``.

https://developers.telnyx.com/development/api-fundamentals/webhooks/receiving-webhooks and
https://developers.telnyx.com/api-reference/callbacks/call-hangup (read 2026-11)
"""

import base64
import binascii
from collections.abc import Mapping
from typing import Any

import orjson
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from common import clock
from telephony.carrier import (
    CallbackRequest,
    Caller,
    CallEvent,
    Document,
    NoDocuments,
    State,
)
from telephony.phone_numbers import of_carrier

TOLERANCE_S = 300
CAUSES: dict[str, State] = {
    "user_busy": "busy",
    "busy": "busy",
    "no_answer": "no_answer",
    "timeout": "no_answer",
    "originator_cancel": "canceled",
    "call_rejected": "failed",
    "unallocated_number": "failed",
}
ANSWERERS = {"human": "human", "human_residence": "human", "human_business": "human"}


class TelnyxCallbacks(NoDocuments):
    """Reads; the answers are commands, so every document is empty."""

    nothing = Document("{}", "application/json")

    def caller(self, request: CallbackRequest) -> Caller | None:
        """Read a call that comes in."""
        kind, payload = _event(request)
        if kind != "call.initiated" or payload.get("direction") != "incoming":
            return None
        call_id, to = str(payload.get("call_control_id") or ""), payload.get("to")
        if not (call_id and to):
            return None
        return Caller(
            call_id,
            of_carrier(str(payload.get("from") or "")),
            of_carrier(str(to)),
            str(payload.get("connection_id") or ""),
        )

    def event(self, request: CallbackRequest) -> CallEvent | None:
        """Read what became of a call."""
        kind, payload = _event(request)
        call_id = str(payload.get("call_control_id") or "")
        if not call_id:
            return None
        if kind == "call.hangup":
            cause = str(payload.get("hangup_cause") or "")
            return CallEvent(call_id, CAUSES.get(cause, "completed"), cause=cause[:64])
        if kind.startswith("call.machine."):
            result = str(payload.get("result") or "")
            who = ANSWERERS.get(result, "machine" if result == "machine" else "")
            return CallEvent(call_id, None, answered_by=who)
        state: State | None = {  # type: ignore[assignment]  # of this table
            "call.initiated": "ringing",
            "call.answered": "answered",
        }.get(kind)
        return CallEvent(call_id, state, stream_gone=kind == "streaming.stopped")

    def verify(
        self, request: CallbackRequest, credentials: Mapping[str, str], key: str
    ) -> bool:
        """Check the Ed25519 signature of time and body; neither old nor of the future."""
        public = credentials.get("webhook_public_key", "")
        signature = request.headers.get("telnyx-signature-ed25519", "")
        at = request.headers.get("telnyx-timestamp", "")
        if not (
            public and signature and at.isascii() and at.isdigit() and len(at) < 12
        ):
            return False
        if abs(clock.now().timestamp() - int(at)) > TOLERANCE_S:
            return False
        try:
            Ed25519PublicKey.from_public_bytes(
                base64.b64decode(public, validate=True)
            ).verify(
                base64.b64decode(signature, validate=True),
                at.encode() + b"|" + request.body,
            )
        except (InvalidSignature, ValueError, binascii.Error):
            return False
        return True


def _event(request: CallbackRequest) -> tuple[str, dict[str, Any]]:
    try:
        data = orjson.loads(request.body)["data"]
        kind, payload = data["event_type"], data["payload"]
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return "", {}
    return str(kind), payload if isinstance(payload, dict) else {}


CALLBACKS = TelnyxCallbacks()
