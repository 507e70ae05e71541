"""What a workspace's plan allows: limits in the database, some agreed apart."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db import transaction

from accounts import audit
from accounts.models import User, Workspace
from billing.models import LimitOverride, Plan


@dataclass(frozen=True, slots=True)
class Limits:
    """What a workspace may use. ``None`` is no limit."""

    plan: str
    requests_per_minute: int | None
    concurrent_calls: int | None  # queued and in progress
    daily_calls: int | None  # of a day in UTC
    knowledge_sources: int | None
    knowledge_bytes: int | None
    retention_days: int | None  # None: the workspace sets its own
    custom_endpoints: bool


def limits(workspace: Workspace) -> Limits:
    """Return what counts for the workspace now: two queries, nothing remembered.

    A limit agreed with the workspace replaces its plan's. The quotas that a workspace
    carries itself (an agency caps a client) can only narrow them further.
    """
    plan = plan_of(workspace)
    agreed = dict(
        LimitOverride.objects.filter(workspace_id=workspace.pk).values_list(
            "limit", "value"
        )
    )
    found = {
        name: agreed.get(name, getattr(plan, name)) for name in LimitOverride.NAMES
    }
    if "custom_endpoints" in agreed:
        found["custom_endpoints"] = agreed["custom_endpoints"] != 0
    found["concurrent_calls"] = _narrower(
        found["concurrent_calls"], workspace.max_concurrent_calls
    )
    found["daily_calls"] = _narrower(found["daily_calls"], workspace.max_daily_calls)
    return Limits(plan=plan.id, **found)


def plan_of(workspace: Workspace) -> Plan:
    """Return the workspace's plan; one that has no row has the defaults."""
    found = Plan.objects.filter(pk=workspace.plan).first()
    return found or Plan(id=workspace.plan, name=workspace.get_plan_display())


@transaction.atomic
def change(
    plan: Plan, *, limits: Mapping[str, int | bool | None], by: User, reason: str
) -> None:
    """Set limits of a plan for everybody on it."""
    for name in LimitOverride.NAMES:
        if name in limits:
            setattr(plan, name, limits[name])
    plan.save()
    audit.record(
        workspace=None, actor=by, verb="plan.changed", target=plan.id, reason=reason
    )


@transaction.atomic
def agree(
    workspace: Workspace, *, limit: str, value: int | None, by: User, reason: str
) -> None:
    """Set one limit of one workspace apart from its plan."""
    LimitOverride.objects.update_or_create(
        workspace=workspace, limit=limit, defaults={"value": value}
    )
    said = "no limit" if value is None else value
    audit.record(
        workspace=workspace,
        actor=by,
        verb="limit.agreed",
        target=f"{limit}: {said}",
        reason=reason,
    )


@transaction.atomic
def withdraw(agreed: LimitOverride, *, by: User, reason: str) -> None:
    """Let the plan's limit count again."""
    audit.record(
        workspace=agreed.workspace,
        actor=by,
        verb="limit.withdrawn",
        target=agreed.limit,
        reason=reason,
    )
    agreed.delete()


def _narrower(one: int | None, other: int | None) -> int | None:
    return min((each for each in (one, other) if each is not None), default=None)
