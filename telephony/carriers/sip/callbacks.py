"""What LiveKit tells of SIP lines: who came to a room, and who went, and why.

https://docs.livekit.io/telephony/reference/ (participant attributes) and
https://docs.livekit.io/home/server/webhooks/ (read 2026-11). There are no documents: a
line is opened by the agent's coming, and ended by putting it out of its room.
"""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from google.protobuf.json_format import Parse, ParseError
from livekit import api

from telephony.carrier import (
    CallbackRequest,
    Caller,
    CallEvent,
    NoDocuments,
    State,
)
from telephony.phone_numbers import of_carrier

JOINED, LEFT = "participant_joined", "participant_left"
STATES: dict[str, State] = {  # sip.callStatus
    "dialing": "dialed",
    "ringing": "ringing",
    "active": "answered",
    "automation": "answered",
    "hangup": "completed",
}
Reason = api.DisconnectReason
REASONS: dict[int, State] = {  # of one who went; whatever else is an ordinary end
    Reason.USER_UNAVAILABLE: "no_answer",
    Reason.USER_REJECTED: "busy",
    Reason.SIP_TRUNK_FAILURE: "failed",
    Reason.CONNECTION_TIMEOUT: "failed",
    Reason.MEDIA_FAILURE: "failed",
}


class SipCallbacks(NoDocuments):
    """Reads."""

    def caller(self, request: CallbackRequest) -> Caller | None:
        """Read a call that comes in; of one that we place we know already."""
        event = _read(request.body.decode("utf-8", "replace"))
        if event is None or event.event != JOINED or not _is_line(event):
            return None
        attributes = event.participant.attributes
        to = attributes.get("sip.trunkPhoneNumber", "")
        if not to or event.room.name.startswith("call_"):
            return None
        return Caller(
            line_id(event.room.name, event.participant.identity),
            of_carrier(attributes.get("sip.phoneNumber", "")),
            of_carrier(to),
            attributes.get("sip.trunkID", ""),
        )

    def event(self, request: CallbackRequest) -> CallEvent | None:
        """Read what became of a line."""
        event = _read(request.body.decode("utf-8", "replace"))
        if event is None or event.event not in (JOINED, LEFT) or not _is_line(event):
            return None
        person = event.participant
        status = person.attributes.get("sip.callStatus", "")
        state = STATES.get(status)
        cause = ""
        if event.event == LEFT:
            state = REASONS.get(person.disconnect_reason, "completed")
            cause = Reason.Name(person.disconnect_reason).lower()
        return CallEvent(line_id(event.room.name, person.identity), state, cause=cause)

    def verify(
        self, request: CallbackRequest, credentials: Mapping[str, str], key: str
    ) -> bool:
        """Check LiveKit's token and the hash of the body in it. Its key is the
        operator's, so no customer can sign for another."""
        return (
            received(request.body, request.headers.get("authorization", "")) is not None
        )


def received(body: bytes, token: str) -> Any:
    """Return an event that the LiveKit server has sent; None: somebody else has."""
    if not (settings.LIVEKIT_API_KEY and settings.LIVEKIT_API_SECRET):
        return None
    verifier = api.TokenVerifier(settings.LIVEKIT_API_KEY, settings.LIVEKIT_API_SECRET)
    try:
        return api.WebhookReceiver(verifier).receive(body.decode(), token)
    except Exception:  # of the library: a bare one for a hash that differs
        return None


def line_id(room: str, identity: str) -> str:
    """Return what a line is called here: where it is, and who, if the name is ours. Of
    one who called, LiveKit's name has the number in it, and the room has nobody else."""
    ours = not identity.startswith("sip_")
    return (f"{room}/{identity}" if ours else room)[:128]


def _read(body: str) -> Any:
    try:
        return Parse(body, api.WebhookEvent(), ignore_unknown_fields=True)
    except ParseError:
        return None


def _is_line(event: Any) -> bool:
    return bool(event.participant.kind == api.ParticipantInfo.Kind.SIP)


CALLBACKS = SipCallbacks()
