"""Calls that came in and could not be taken: what the caller hears, what the log says."""

from datetime import datetime

from django.db import IntegrityError, transaction

from common.errors import Refusal
from telephony import board
from telephony.carrier import Caller
from telephony.models import Call, CarrierConnection, Leg, Number, Participant

LATER = "We are sorry, we cannot take your call right now. Please try again later."
# What a caller hears. The true reason is nobody's business but the customer's.
WORDS: dict[str, str] = {
    "unknown_number": "The number you have called is not in service.",
    "no_agent": "The number you have called is not in service.",
    "outside_hours": "We are sorry, we are closed at this time. Please call again later.",
    "quota_exceeded.concurrent_calls": (
        "We are sorry, all our lines are busy. Please try again in a few minutes."
    ),
}
REASONS = {
    "no_agent": "nobody is attached to the number",
    "not_published": "the agent is not published",
    "insufficient_credit": "the balance is used up",
    "outside_hours": "the number is closed at this hour",
    "quota_exceeded.concurrent_calls": "all lines are in use",
    "quota_exceeded.daily_calls": "the day’s calls are used up",
    "missing_variables": "the agent needs values that callers do not bring",
    "no_stack": "no provider covers the agent’s language",
    "draining": "the server is being restarted",
}
BUSY = frozenset({"draining"})  # heard as a busy tone: the caller's phone may try again
STATUS = {
    "quota_exceeded.concurrent_calls": Call.Status.BUSY,
    "draining": Call.Status.BUSY,
}


def words(code: str) -> str:
    """Return what the caller hears."""
    return WORDS.get(code, LATER)


def reason(code: str) -> str:
    """Return the true reason, for the customer."""
    why = REASONS.get(code)
    return f"Because {why}." if why else ""


def record(
    connection: CarrierConnection,
    number: Number,
    caller: Caller,
    reason: Refusal,
    now: datetime,
) -> None:
    """Put the call into the log, once; without an agent the number alone knows of it."""
    Number.objects.filter(pk=number.pk).update(
        last_refusal=reason.code[:64], last_refusal_at=now
    )
    if number.agent is None:
        return
    try:
        with transaction.atomic():
            _record(connection, number, caller, reason, now)
    except IntegrityError:
        return  # recorded by the first request of the same call
    board.changed(number.workspace_id)


def _record(
    connection: CarrierConnection,
    number: Number,
    caller: Caller,
    reason: Refusal,
    now: datetime,
) -> None:
    agent = number.agent
    if agent is None:
        return
    call = Call.objects.create(
        workspace=number.workspace,
        agent=agent,
        snapshot=agent.published,
        config=agent.published.config if agent.published else agent.config,
        channel=Call.Channel.PHONE,
        direction=Call.Direction.INBOUND,
        status=STATUS.get(reason.code, Call.Status.FAILED),
        end_reason=Call.EndReason.ERROR,
        end_detail=reason.code[:255],
        error_code=reason.code[:64],
        error_message=reason.message[:255],
        caller=caller.from_number[:64],
        ended_at=now,
        settled_at=now,
        charge_micros=0,
    )
    customer = Participant.objects.create(
        call=call,
        transport=Participant.Transport.PSTN,
        role=Participant.Role.CUSTOMER,
        status=Participant.Status.FAILED,
        identity=caller.from_number[:120],
        left_at=now,
    )
    Leg.objects.create(
        workspace=number.workspace,
        call=call,
        participant=customer,
        connection=connection,
        number=number,
        provider=connection.provider,
        direction=Call.Direction.INBOUND,
        from_number=caller.from_number[:64],
        to_number=caller.to_number[:64],
        carrier_call_id=caller.call_id,
        state=Leg.State.FAILED,
        hang_up_cause=reason.code[:64],
        ended_at=now,
    )
