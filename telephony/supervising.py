"""Listening to a live call from Studio, whispering to its agent, taking it over.

Who may is decided at the door (the right ``supervise``); what they do is written down.
"""

from dataclasses import dataclass

from accounts import audit
from accounts.models import User
from common import clock
from telephony import participants
from telephony.models import Call, Participant
from telephony.participants import CallOver, Wanted


@dataclass(frozen=True, slots=True)
class Ticket:
    """What opens a supervisor's socket."""

    participant: Participant
    token: str


def listen(call: Call, *, by: User, origin: str = "") -> Ticket:
    """Let somebody of the workspace listen; they are heard by nobody at first."""
    if call.status != Call.Status.IN_PROGRESS:
        raise CallOver("Only a call that is under way can be listened to.")
    invited = participants.invite(
        call,
        Wanted(
            Participant.Transport.WEBRTC,
            by.email,
            place=Participant.Place.GALLERY,
            role=Participant.Role.OBSERVER,
        ),
        origin=origin,
        now=clock.now(),
    )
    audit.record(
        workspace=call.workspace, actor=by, verb="call.listened", target=str(call.pk)
    )
    return Ticket(invited.participant, invited.token)


def record(call: Call, participant: Participant, verb: str) -> None:
    """Write down what a supervisor did in the call."""
    actor = User.objects.filter(email=participant.identity).first()
    audit.record(workspace=call.workspace, actor=actor, verb=verb, target=str(call.pk))
