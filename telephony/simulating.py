"""A call to a number of the workspace, from the browser: the real way in, with the
browser in the carrier's place. The published agent answers, money and limits count."""

from dataclasses import dataclass

from accounts.models import Workspace
from common import clock, ids
from common.errors import Refusal
from telephony import inbound, media_tokens, turned_away
from telephony.carrier import Caller
from telephony.models import CarrierConnection, Leg, Number
from telephony.phone_numbers import e164

CARRIER = "simulator"
CALLER = "+15550100100"  # of the range that belongs to nobody


class TurnedAway(Refusal):
    """The caller would have heard a sentence instead of the agent."""

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


def _line(workspace: Workspace) -> CarrierConnection:
    """Return what stands for the carrier; it is never the workspace's active one."""
    line, _ = CarrierConnection.objects.get_or_create(
        workspace=workspace,
        provider=CARRIER,
        defaults={"credentials": {}, "masked": "this server", "is_active": False},
    )
    return line
