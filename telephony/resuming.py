"""A carrier asks what to do with a line: it was answered, or its stream is gone.

A stream that is gone while the caller is still there is a process that died, or a wire
that broke: a fresh token lets another process take the conversation over. Which socket
carried the call before does not matter any more: see ``Call.epoch``.
"""

from datetime import datetime

from django.db.models import F

from telephony import legs, media_tokens
from telephony.carrier import OVER, Caller, CallEvent
from telephony.inbound import Answer
from telephony.models import Call, Leg, Participant

MOST_RESUMES = 5  # a call whose process dies again and again is given up


def answered(leg: Leg, caller: Caller | None, now: datetime) -> Answer:
    """Open the audio of a call that we placed."""
    if caller is not None:
        legs.learn_id(leg, caller.call_id, caller.also)
    if not _is_wanted(leg):
        return Answer(leg, refusal="over")
    waits = leg.call.status in media_tokens.WAITING
    if waits or leg.call.status == Call.Status.IN_PROGRESS:
        return Answer(leg, media_tokens.issue_for(leg, now=now, joins=True))
    return Answer(leg, refusal="over")


def resume(leg: Leg, event: CallEvent | None, now: datetime) -> Answer:
    """Take the conversation up again, if there is one and somebody to have it with."""
    call = Call.objects.only("status", "end_requested_at", "carried_for").get(
        pk=leg.call_id
    )
    gone = event is not None and event.state in OVER
    if leg.transfer_to and not gone:
        Leg.objects.filter(pk=leg.pk).update(transfer_to="")  # once
        ours = leg.number.number if leg.number else leg.to_number
        return Answer(leg, transfer_to=leg.transfer_to, transfer_from=ours)
    if gone or not call.is_live() or call.end_requested_at:
        return Answer(leg, refusal="over")
    if call.status in media_tokens.WAITING:  # it never came to talking
        return Answer(leg, media_tokens.issue_for(leg, now=now))
    is_ours = leg.keys_sent_at is not None  # we ended the stream, to press keys
    if leg.resumes >= MOST_RESUMES and not is_ours:
        return Answer(leg, refusal="over")
    if not _is_wanted(leg):
        return Answer(leg, refusal="over")
    if not is_ours:
        Leg.objects.filter(pk=leg.pk).update(resumes=F("resumes") + 1)
    # Who came into somebody else's call takes nothing over.
    joins = call.carried_for not in (None, leg.participant_id)
    token = media_tokens.issue_for(leg, now=now, resumes=True, joins=joins)
    return Answer(leg, token)


def _is_wanted(leg: Leg) -> bool:
    """Tell whether nobody has sent them away, as one who declined to take a call."""
    gone = Participant.Status.LEFT, Participant.Status.FAILED
    return not Participant.objects.filter(
        pk=leg.participant_id, status__in=gone
    ).exists()
