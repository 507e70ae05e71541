"""Telephone calls with the browser in the carrier's place, by the real way: to a number
of the workspace, and to somebody whose phone is the browser. The published agent talks,
money and limits count, and the records are those of any call."""

from dataclasses import dataclass

from accounts.models import User, Workspace
from agents.models import Agent
from common import clock, ids
from common.errors import Refusal
from telephony import (
    dialing,
    inbound,
    legs,
    media_tokens,
    phone_calls,
    turned_away,
)
from telephony.carrier import Caller, CallEvent, State
from telephony.models import CarrierConnection, Leg, Number
from telephony.phone_numbers import e164

CARRIER = phone_calls.SIMULATOR
CALLER = "+15550100100"  # of the range that belongs to nobody


class TurnedAway(Refusal):
    """The caller would have heard a sentence instead of the agent."""

    status = 409


class NotRinging(Refusal):
    """Nobody can answer a phone that does not ring."""

    code = "not_ringing"
    status = 409


@dataclass(frozen=True, slots=True)
class Ticket:
    """What opens the browser's socket for the call."""

    leg: Leg
    token: str


def ring(number: Number, *, caller: str = "", origin: str = "") -> Ticket:
    """Call a number; raise ``TurnedAway`` with what the caller hears and why."""
    now = clock.now()
    answer = inbound.receive(
        _line(number.workspace),
        number,
        Caller(f"sim-{ids.new()}", e164(caller) if caller else CALLER, number.number),
        now,
    )
    if answer.leg is None or answer.refusal:
        raise TurnedAway(
            f"The caller hears: “{turned_away.words(answer.refusal)}”"
            f" {turned_away.reason(answer.refusal)}",
            code=answer.refusal or "refused",
        )
    leg = answer.leg
    token = media_tokens.issue(leg.call, leg.participant, now=now, origin=origin)
    return Ticket(leg, token)


def call_me(
    agent: Agent, *, to: str, by: User | None, from_number: str | None = None
) -> Leg:
    """Let an agent call a phone that rings in the browser."""
    now = clock.now()
    wanted = phone_calls.Wanted(
        agent=agent, to=to or CALLER, from_number=from_number, by=by
    )
    _, leg = phone_calls.place(
        wanted, now=now, hold_back=True, line=_line(agent.workspace)
    )
    dialing.dial(leg.pk, now=now)
    leg.refresh_from_db()
    legs.apply(leg.pk, CallEvent(leg.carrier_call_id, "ringing"), now=now)
    return leg


def pick_up(leg: Leg, *, origin: str) -> Ticket:
    """Answer the phone in the browser; raise ``NotRinging`` if it rings no more."""
    now = clock.now()
    if leg.state != Leg.State.RINGING or leg.call.started_at:
        raise NotRinging("That phone is not ringing any more. Let it ring once more.")
    legs.apply(leg.pk, CallEvent(leg.carrier_call_id, "answered"), now=now)
    # From here the line is the browser's socket, and ends with it.
    Leg.objects.filter(pk=leg.pk).update(next_at=None)
    token = media_tokens.issue(leg.call, leg.participant, now=now, origin=origin)
    return Ticket(leg, token)


def turn_down(leg: Leg, state: State) -> None:
    """Let the phone in the browser be busy, or nobody answer it."""
    legs.apply(leg.pk, CallEvent(leg.carrier_call_id, state), now=clock.now())


def _line(workspace: Workspace) -> CarrierConnection:
    """Return what stands for the carrier; it is never the workspace's active one."""
    line, _ = CarrierConnection.objects.get_or_create(
        workspace=workspace,
        provider=CARRIER,
        defaults={"credentials": {}, "masked": "this server", "is_active": False},
    )
    return line
