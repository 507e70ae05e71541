"""Calls that we place: checked, admitted, and put into the queue of lines to dial."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from accounts.models import User, Workspace
from agents import config as configs
from agents.config import AgentConfig
from agents.models import Agent
from common import clock
from common.errors import Refusal
from common.later import later
from telephony import admission, calls, connections, do_not_call, needs
from telephony.models import Call, CarrierConnection, Leg, Number, Participant
from telephony.phone_numbers import e164

SIMULATOR = "simulator"
NOBODYS = "+15550100199"  # of the range that belongs to nobody


class NotPublished(Refusal):
    """A draft never calls anybody."""

    code = "not_published"
    status = 409


class NoCallerId(Refusal):
    """There is no number to call from, or it is not the workspace's."""

    code = "no_caller_id"
    status = 409


@dataclass(frozen=True, slots=True)
class CallerId:
    """What whoever is called is shown."""

    number: str  # E.164
    registered: Number | None  # None: no carrier shows it


@dataclass(frozen=True, slots=True)
class Wanted:
    """A phone call that somebody wants to be made."""

    agent: Agent
    to: str
    from_number: str | None = None
    config: AgentConfig | None = None  # the published one, with a call's own changes
    metadata: Mapping[str, Any] = field(default_factory=dict)
    variables: Mapping[str, Any] = field(default_factory=dict)
    by: User | None = None


def place(
    wanted: Wanted,
    *,
    now: datetime | None = None,
    hold_back: bool = False,
    line: CarrierConnection | None = None,
) -> tuple[Call, Leg]:
    """Admit a call and queue its line; raise a refusal and leave nothing behind.

    ``hold_back``: nobody is dialled before somebody says so. ``line``: by this carrier
    instead of the workspace's own.
    """
    now = now or clock.now()
    agent, workspace = wanted.agent, wanted.agent.workspace
    snapshot = agent.published
    if snapshot is None:
        raise NotPublished(f"Publish {agent.name} first: a draft never calls anybody.")
    config = wanted.config or configs.parse(snapshot.config)
    to = e164(wanted.to, workspace.operating_country)
    connection = line or connections.required(workspace)
    shown = caller_id(workspace, agent, connection, wanted.from_number)
    variables = {
        **wanted.metadata,
        **wanted.variables,
        "caller_number": to,
        "called_number": shown.number,
    }
    needs.variables(agent, config, variables, needs.SEND)
    stack = needs.stack(config, workspace)
    do_not_call.refuse_blocked(workspace, to)
    with transaction.atomic():
        call = admission.admit(
            admission.Request(
                workspace=workspace,
                agent=agent,
                snapshot=snapshot,
                config=config,
                rate=stack.rate,
                channel=Call.Channel.PHONE,
                direction=Call.Direction.OUTBOUND,
                caller=to,
                by=wanted.by,
                variables=variables,
                metadata=dict(wanted.metadata),
            ),
            now=now,
        )
        customer = calls.join(call, Participant.Transport.PSTN, to)
        leg = queue_line(
            call, customer, connection, shown, to, now=now, hold_back=hold_back
        )
    return call, leg


def queue_line(
    call: Call,
    participant: Participant,
    connection: CarrierConnection,
    shown: CallerId,
    to: str,
    *,
    now: datetime,
    hold_back: bool = False,
) -> Leg:
    """Put a line into the queue. Call it in the transaction that admits the call."""
    Participant.objects.filter(pk=participant.pk).update(
        status=Participant.Status.QUEUED
    )
    participant.status = Participant.Status.QUEUED
    leg = Leg.objects.create(
        workspace_id=call.workspace_id,
        call=call,
        participant=participant,
        connection=connection,
        number=shown.registered,
        provider=connection.provider,
        direction=Call.Direction.OUTBOUND,
        from_number=shown.number,
        to_number=to,
        state=Leg.State.QUEUED,
        next_at=None if hold_back else now,
    )
    if not hold_back:
        later("telephony.dial", leg_id=str(leg.pk))
    return leg


def caller_id(
    workspace: Workspace,
    agent: Agent,
    connection: CarrierConnection,
    wanted: str | None,
) -> CallerId:
    """Return the number to call from: the one asked for, else the agent's, else the
    workspace's oldest. The simulator needs none, and shows any."""
    at_carrier = workspace.numbers.all()
    is_simulated = connection.provider == SIMULATOR
    if not is_simulated:
        at_carrier = at_carrier.filter(provider=connection.provider)
    if wanted:
        found = at_carrier.filter(number=e164(wanted)).first()
        if found is None:
            raise NoCallerId(
                f"{wanted} is not registered here, so it cannot be called from."
                " Register it under Numbers.",
                code="from_number_not_registered",
            )
        return CallerId(found.number, found)
    found = (
        at_carrier.filter(agent=agent).order_by("id").first()
        or at_carrier.order_by("id").first()
    )
    if found is not None:
        return CallerId(found.number, found)
    if is_simulated:
        return CallerId(NOBODYS, None)
    raise NoCallerId(
        "There is no number to call from. Register one of yours under Numbers."
    )
