"""Calls that came in and could not be taken: what the caller hears, what the log says."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from agents.models import Agent
from common import inserting
from common.errors import Refusal
from telephony import board, legs
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
    refused: Sequence[tuple[Caller, Refusal]],
    now: datetime,
) -> None:
    """Put calls into the log; without an agent the number alone knows of them.

    Raises ``IntegrityError`` where one of them is there already.
    """
    if not refused:
        return
    Number.objects.filter(pk=number.pk).update(
        last_refusal=refused[-1][1].code[:64], last_refusal_at=now
    )
    if number.agent is None:
        return
    # By their ids: two that wait for each other's rows never wait in a ring.
    made = [
        _rows(connection, number, number.agent, caller, reason, now)
        for caller, reason in sorted(refused, key=lambda one: one[0].call_id)
    ]
    calls, customers, lines = zip(*made, strict=True)
    with transaction.atomic():
        for rows in (calls, customers, lines):
            inserting.insert(rows)
        transaction.on_commit(lambda: board.changed(number.workspace_id))


def line_of(connection: CarrierConnection, call_id: str) -> Leg | None:
    """Return the line of a call that was turned away, for who has to say so over it."""
    return (
        Leg.objects.select_related("call", "participant")
        .filter(
            workspace_id=connection.workspace_id,
            provider=connection.provider,
            carrier_call_id=call_id,
            call__heartbeat_at=None,  # it never was let in
        )
        .first()
    )


def _rows(
    connection: CarrierConnection,
    number: Number,
    agent: Agent,
    caller: Caller,
    reason: Refusal,
    now: datetime,
) -> tuple[Call, Participant, Leg]:
    call = Call(
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
    customer = Participant(
        call=call,
        transport=Participant.Transport.PSTN,
        role=Participant.Role.CUSTOMER,
        status=Participant.Status.FAILED,
        identity=caller.from_number[:120],
        left_at=now,
    )
    leg = legs.incoming(
        connection,
        number,
        caller,
        customer,
        state=Leg.State.FAILED,
        hang_up_cause=reason.code[:64],
        ended_at=now,
    )
    return call, customer, leg
