"""How long calls stay: the policy of a workspace or an agent, and what purges by it.

A purge walks each workspace's calls by key, a batch a transaction, and remembers how far
it came: killed at any line it goes on there, and a second run has nothing to do. The
ledger is never touched: it knows sources, no calls.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import Q, QuerySet

from accounts import audit
from accounts.models import User, Workspace
from agents.models import Agent
from billing import plans
from common import crash, ids
from common.errors import Refusal
from intelligence import artefacts
from intelligence.models import (
    AnalysisStep,
    LegalHold,
    Redaction,
    RetentionMark,
    RetentionPolicy,
)
from intelligence.rules import personal
from telephony.models import Call

BATCH = 200  # calls in one transaction
# What stays how long where nothing was chosen, in days.
DEFAULTS = {
    "recording": 30,
    "transcript": 90,
    "detail": 90,
    "analysis": 90,
    "webhook": 30,
    "call": 730,
}
LONGEST = 3_660
AUDIT = {
    "retention.changed": "changed how long calls stay",
    "masking.changed": "changed what is masked in calls",
    "hold.placed": "placed a legal hold",
    "hold.released": "released a legal hold",
    "person.erased": "erased a person",
    "person.exported": "exported what is kept of a person",
}
audit.PHRASES.update(AUDIT)

log = structlog.get_logger()


class BadPolicy(Refusal):
    """The days do not work out."""

    code = "invalid_request"


@dataclass(frozen=True, slots=True)
class Window:
    """How long one part of a call stays."""

    artefact: str
    days: int
    chosen: int | None  # what the policy says, before the plan narrows it
    cap: int | None  # the plan's; None: none


# ---------------------------------------------------------------- policy


def policy_of(workspace: Workspace, agent: Agent | None = None) -> RetentionPolicy:
    """Return the stored policy, or one that says nothing."""
    found = RetentionPolicy.objects.filter(workspace=workspace, agent=agent).first()
    return found or RetentionPolicy(workspace=workspace, agent=agent)


def windows(policy: RetentionPolicy, cap: int | None) -> dict[str, Window]:
    """Return what counts: the policy, else the default, and never beyond the plan.

    The plan narrows what was said and seen; the row that the books rest on stays.
    """
    found = {}
    for artefact, default in DEFAULTS.items():
        chosen = getattr(policy, f"{artefact}_days")
        limit = None if artefact == "call" else cap
        days = chosen if chosen is not None else default
        if limit is not None:
            days = min(days, limit)
        found[artefact] = Window(artefact, days, chosen, limit)
    content = max(each.days for each in found.values() if each.artefact != "call")
    row = found["call"]
    # A call's row cannot go before what hangs on it.
    found["call"] = Window("call", max(row.days, content), row.chosen, None)
    return found


def cap_of(workspace: Workspace) -> int | None:
    """Return how many days the workspace's plan allows at most."""
    return plans.limits(workspace).retention_days


@transaction.atomic
def change(
    workspace: Workspace,
    *,
    days: Mapping[str, int | None],
    by: User,
    agent: Agent | None = None,
) -> RetentionPolicy:
    """Set how long parts of a call stay; what is not named stays as it was."""
    for artefact, wanted in days.items():
        if artefact not in DEFAULTS:
            raise BadPolicy(f"There is nothing called {artefact} to keep.")
        if wanted is not None and not 0 <= wanted <= LONGEST:
            raise BadPolicy(f"{artefact}: give 0 to {LONGEST:,} days.")
    policy, is_new = RetentionPolicy.objects.get_or_create(
        workspace=workspace, agent=agent
    )
    for artefact, wanted in days.items():
        setattr(policy, f"{artefact}_days", wanted)
    policy.save()
    if is_new and agent:  # the workspace's walk passed this agent's calls by
        _walk_anew(workspace)
    audit.record(
        workspace=workspace,
        actor=by,
        verb="retention.changed",
        target=agent.name if agent else "",
        reason=", ".join(f"{name} {value}" for name, value in days.items()),
    )
    return policy


@transaction.atomic
def mask(
    workspace: Workspace, *, kinds: Sequence[str], original_hours: int, by: User
) -> RetentionPolicy:
    """Set what is taken out of calls, and how long the original stays, encrypted."""
    if unknown := [kind for kind in kinds if kind not in personal.KINDS]:
        raise BadPolicy(f"{', '.join(unknown)} cannot be masked.")
    policy, _ = RetentionPolicy.objects.get_or_create(workspace=workspace, agent=None)
    policy.masked, policy.original_hours = list(kinds), original_hours
    policy.save()
    audit.record(
        workspace=workspace,
        actor=by,
        verb="masking.changed",
        reason=", ".join(kinds) or "nothing",
    )
    return policy


@transaction.atomic
def follow_workspace(agent: Agent, *, by: User) -> None:
    """Let an agent's calls stay as long as the workspace's do."""
    if RetentionPolicy.objects.filter(agent=agent).delete()[0]:
        _walk_anew(agent.workspace)
        audit.record(
            workspace=agent.workspace,
            actor=by,
            verb="retention.changed",
            target=agent.name,
            reason="as the workspace",
        )


def _walk_anew(workspace: Workspace) -> None:
    RetentionMark.objects.filter(workspace=workspace).delete()


# ---------------------------------------------------------------- holds


@transaction.atomic
def hold(
    workspace: Workspace, *, reason: str, by: User, call: Call | None = None
) -> LegalHold:
    """Keep a call, or everything, whatever the policy says."""
    if not reason.strip():
        raise BadPolicy("Say why it is held: whoever releases it will want to know.")
    found, is_new = LegalHold.objects.get_or_create(
        workspace=workspace,
        call=call,
        released_at=None,
        defaults={"reason": reason.strip()[:255], "created_by": by},
    )
    if is_new:
        audit.record(
            workspace=workspace,
            actor=by,
            verb="hold.placed",
            target=str(call.pk) if call else "every call",
            reason=reason,
        )
    return found


@transaction.atomic
def release(found: LegalHold, *, by: User, now: datetime) -> None:
    """Let the policy count again."""
    if LegalHold.objects.filter(pk=found.pk, released_at=None).update(released_at=now):
        _walk_anew(found.workspace)
        audit.record(
            workspace=found.workspace,
            actor=by,
            verb="hold.released",
            target=str(found.call_id or "every call"),
        )


def held_calls(workspace: Workspace) -> "QuerySet[LegalHold]":
    """Return the holds that last."""
    return LegalHold.objects.filter(workspace=workspace, released_at=None)


# ---------------------------------------------------------------- purging


def purge_all(*, now: datetime) -> int:
    """Purge every workspace; one's trouble must not keep the others waiting."""
    gone = forget_originals(now=now)
    for workspace in Workspace.objects.order_by("pk").iterator(chunk_size=200):
        try:
            gone += purge(workspace, now=now)
        except Exception:  # one workspace's trouble is its own
            log.exception("not_purged", workspace=str(workspace.pk))
    return gone


def purge(workspace: Workspace, *, now: datetime) -> int:
    """Take away what is past its time in one workspace; return how many rows went."""
    held = list(held_calls(workspace).values_list("call_id", flat=True))
    if None in held:
        return 0
    policies = list(
        RetentionPolicy.objects.filter(workspace=workspace).select_related("agent")
    )
    cap = cap_of(workspace)
    own = [(each, each.agent) for each in policies if each.agent is not None]
    general = next((each for each in policies if each.agent is None), None)
    gone = _purge_by(
        windows(general or RetentionPolicy(workspace=workspace), cap),
        workspace,
        workspace.calls.exclude(agent_id__in=[agent.pk for _, agent in own]),
        None,
        held,
        now,
    )
    for policy, agent in own:
        calls = workspace.calls.filter(agent=agent)
        gone += _purge_by(windows(policy, cap), workspace, calls, agent, held, now)
    return gone


def _purge_by(
    found: Mapping[str, Window],
    workspace: Workspace,
    calls: "QuerySet[Call]",
    agent: Agent | None,
    held: Sequence[UUID | None],
    now: datetime,
) -> int:
    gone = 0
    unfinished = _oldest_unfinished(workspace)
    for window in found.values():
        edge = min(ids.floor(now - timedelta(days=window.days)), *unfinished)
        for batch in _batches(calls, workspace, agent, window.artefact, edge):
            with transaction.atomic():
                gone += artefacts.take_away(
                    window.artefact,
                    workspace,
                    [call for call in batch if call not in held],
                )
                RetentionMark.objects.update_or_create(
                    workspace=workspace,
                    agent=agent,
                    artefact=window.artefact,
                    defaults={"until": batch[-1]},
                )
                crash.point(f"retention.{window.artefact}.before_commit")
    return gone


def _oldest_unfinished(workspace: Workspace) -> list[UUID]:
    """Return the oldest call that goes on or is still worked on: nothing from there on
    may be walked past."""
    live = workspace.calls.filter(status__in=Call.LIVE)
    new = workspace.calls.filter(handed_over_at=None, ended_at__isnull=False)
    steps = AnalysisStep.objects.filter(
        next_at__isnull=False, call__workspace=workspace
    )
    firsts = (
        live.order_by("pk").values_list("pk", flat=True).first(),
        new.order_by("pk").values_list("pk", flat=True).first(),
        steps.order_by("call_id").values_list("call_id", flat=True).first(),
    )
    return [UUID(int=2**128 - 1), *(each for each in firsts if each)]


def _batches(
    calls: "QuerySet[Call]",
    workspace: Workspace,
    agent: Agent | None,
    artefact: str,
    edge: UUID,
) -> Iterator[list[UUID]]:
    """Yield the calls that ended before the edge, oldest first, from where the last
    purge stopped."""
    mark = RetentionMark.objects.filter(
        workspace=workspace, agent=agent, artefact=artefact
    ).first()
    after = mark.until if mark else None
    while True:
        due = calls.filter(pk__lt=edge)
        if after:
            due = due.filter(pk__gt=after)
        batch = list(due.order_by("pk").values_list("pk", flat=True)[:BATCH])
        if not batch:
            return
        yield batch
        after = batch[-1]


def forget_originals(*, now: datetime) -> int:
    """Forget what was masked, once its time is over."""
    over = Redaction.objects.filter(original_until__lte=now)
    return over.exclude(_held()).update(original=None, original_until=None)


def _held() -> Q:
    lasting = LegalHold.objects.filter(released_at=None)
    return Q(call_id__in=lasting.exclude(call=None).values("call_id")) | Q(
        workspace_id__in=lasting.filter(call=None).values("workspace_id")
    )


@dataclass(frozen=True, slots=True)
class Stay:
    """Until when the parts of one call stay, and what keeps it longer."""

    until: Mapping[str, datetime]
    hold: LegalHold | None


def stay_of(call: Call) -> Stay:
    """Return when each part of a call goes: at most five queries."""
    own = RetentionPolicy.objects.filter(agent_id=call.agent_id).first()
    policy = own or policy_of(call.workspace)
    found = windows(policy, cap_of(call.workspace))
    holds = held_calls(call.workspace).filter(Q(call=call) | Q(call=None))
    return Stay(
        {
            name: call.created_at + timedelta(days=window.days)
            for name, window in found.items()
        },
        holds.order_by("-call_id").first(),
    )
