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
from telephony.models import Call, Leg

MOST_RESUMES = 5  # a call whose process dies again and again is given up


def answered(leg: Leg, caller: Caller | None, now: datetime) -> Answer:
    """Open the audio of a call that we placed."""
    if caller is not None:
        legs.learn_id(leg, caller.call_id, caller.also)
    if leg.call.status in media_tokens.WAITING:
        return Answer(leg, media_tokens.issue_for(leg, now=now))
    return Answer(leg, refusal="over")


def resume(leg: Leg, event: CallEvent | None, now: datetime) -> Answer:
    """Take the conversation up again, if there is one and somebody to have it with."""
    call = Call.objects.only("status", "end_requested_at").get(pk=leg.call_id)
    gone = event is not None and event.state in OVER
    if leg.transfer_to and not gone:
        Leg.objects.filter(pk=leg.pk).update(transfer_to="")  # once
        ours = leg.number.number if leg.number else leg.to_number
        return Answer(leg, transfer_to=leg.transfer_to, transfer_from=ours)
    if gone or not call.is_live() or call.end_requested_at:
        return Answer(leg, refusal="over")
    if call.status in media_tokens.WAITING:  # it never came to talking
        return Answer(leg, media_tokens.issue_for(leg, now=now))
    if leg.resumes >= MOST_RESUMES:
        return Answer(leg, refusal="over")
    Leg.objects.filter(pk=leg.pk).update(resumes=F("resumes") + 1)
    return Answer(leg, media_tokens.issue_for(leg, now=now, resumes=True))
