"""Whether a call may start: credit and quotas, decided in one locked transaction."""

from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from accounts.models import User, Workspace
from agents.config import AgentConfig
from agents.models import Agent, Snapshot
from billing import plans, rates, wallet
from billing.rates import Rate
from common import crash, ids
from common.errors import Refusal
from telephony.models import Call

HOLD_FOR = timedelta(seconds=120)  # renewed by every heartbeat


class TooManyCalls(Refusal):
    """The workspace's plan allows no more calls at once."""

    code = "quota_exceeded.concurrent_calls"
    status = 429


class TooManyCallsToday(Refusal):
    """The workspace's plan allows no more calls today."""

    code = "quota_exceeded.daily_calls"
    status = 429


@dataclass(frozen=True, slots=True)
class Request:
    """A call that somebody wants."""

    workspace: Workspace
    agent: Agent
    config: AgentConfig
    rate: Rate
    channel: Call.Channel
    direction: Call.Direction
    caller: str = ""
    snapshot: Snapshot | None = None
    by: User | None = None
    variables: dict[str, Any] = field(default_factory=dict)
    metadata: dict[str, Any] = field(default_factory=dict)
    limits: plans.Limits | None = None  # where they were just read


def admit(request: Request, *, now: datetime) -> Call:
    """Make the call's record and hold its first half minute, or raise a refusal.

    Call it in a transaction, which a refusal is to end. The workspace's row is locked,
    so that of two calls that both would fit alone only one is let in.
    """
    first = rates.charge_micros(rates.INCREMENT_MS, request.rate.per_minute_micros)
    wallet.look(request.workspace, first)
    # Not its key: whoever has the wallet just now may write rows that point at the
    # workspace, such as another call's costs, and must not wait for us in a ring.
    locked = Workspace.objects.select_for_update(no_key=True)
    workspace = locked.get(pk=request.workspace.pk)
    limits = request.limits or plans.limits(workspace)
    if refusal := room(workspace, limits, now).refusal():
        raise refusal
    call = Call.objects.create(
        workspace=workspace,
        agent=request.agent,
        snapshot=request.snapshot,
        config=request.config.document(),
        channel=request.channel,
        direction=request.direction,
        caller=request.caller,
        started_by=request.by,
        variables=request.variables,
        metadata=request.metadata,
        rate_micros=request.rate.per_minute_micros,
        rate_lines=[asdict(component) for component in request.rate.components],
        price_book=request.rate.price_book,
        heartbeat_at=now,
    )
    wallet.hold(
        workspace=workspace,
        source=source(call),
        amount_micros=first,
        expires_at=now + HOLD_FOR,
        subject=subject(call),
    )
    transaction.on_commit(lambda: crash.point("after_admission"))
    return call


def source(call: Call) -> str:
    """Return what the ledger calls this call."""
    return f"call:{call.id}"


def subject(call: Call) -> str:
    """Return what billing calls the one whose spending this is."""
    return f"agent:{call.agent_id}"


def calls_today(workspace: Workspace, now: datetime) -> int:
    """Count the calls of a day in UTC that were let in.

    Others are in the log, too, but a crowd that was turned away uses nothing up.
    """
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    let_in = workspace.calls.filter(heartbeat_at__isnull=False)
    return int(let_in.filter(id__gte=ids.floor(midnight)).count())


@dataclass(frozen=True, slots=True)
class Room:
    """How far a workspace's quotas reach at a moment. ``None`` is no limit."""

    at_once: int | None
    live: int
    daily: int | None
    today: int

    def refusal(self, ahead: int = 0) -> Refusal | None:
        """Return why no more calls are allowed, once ``ahead`` others are let in."""
        if self.at_once is not None and self.live + ahead >= self.at_once:
            return TooManyCalls(
                f"This workspace may have {self.at_once} calls at once and has them now."
                " Try again when one has ended."
            )
        if self.daily is not None and self.today + ahead >= self.daily:
            return TooManyCallsToday(
                f"This workspace may make {self.daily} calls a day (UTC) and has made"
                " them. The count starts anew at midnight UTC."
            )
        return None


def room(workspace: Workspace, limits: plans.Limits, now: datetime) -> Room:
    """Look how many calls are allowed. Only under the lock it counts; before it, it
    keeps a crowd past its quota from standing in the way of others."""
    at_once, daily = limits.concurrent_calls, limits.daily_calls
    return Room(
        at_once,
        0 if at_once is None else workspace.calls.filter(status__in=Call.LIVE).count(),
        daily,
        0 if daily is None else calls_today(workspace, now),
    )
