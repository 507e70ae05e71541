"""Adds calls up by day, once a day is over and worked out.

The last two days are counted as they are asked for; everything before is read from rows
that are written once. They outlive the calls, which retention takes away.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import structlog
from django.db import transaction
from django.db.models import Count, Q, Sum
from django.db.models.functions import Coalesce, TruncDate

from accounts.models import Workspace
from common import ids
from intelligence.models import DailyCalls, DailyMark
from telephony.models import Call

OPEN_DAYS = 2  # today and yesterday: calls of theirs may go on or be worked on
STEP = timedelta(days=31)  # one transaction adds up a month at most

log = structlog.get_logger()


def advance_all(*, today: date) -> None:
    """Add up every workspace's days that are over."""
    for workspace in Workspace.objects.order_by("pk").iterator(chunk_size=200):
        try:
            advance(workspace, today=today)
        except Exception:  # one workspace's trouble is its own
            log.exception("not_added_up", workspace=str(workspace.pk))


def advance(workspace: Workspace, *, today: date) -> date | None:
    """Add up the days that are over; return the last one that is added up."""
    last = today - timedelta(days=OPEN_DAYS)
    until = _until(workspace)
    if until is None:
        return None
    while until < last:
        end = min(until + STEP, last)
        _add_up(workspace, until + timedelta(days=1), end)
        until = end
    return until


def _until(workspace: Workspace) -> date | None:
    mark = DailyMark.objects.filter(workspace=workspace).first()
    if mark:
        return mark.until
    first = workspace.calls.order_by("pk").values_list("created_at", flat=True).first()
    return first.astimezone(UTC).date() - timedelta(days=1) if first else None


@transaction.atomic
def _add_up(workspace: Workspace, first: date, last: date) -> None:
    DailyCalls.objects.bulk_create(
        rows(workspace, first, last), ignore_conflicts=True, batch_size=500
    )
    DailyMark.objects.update_or_create(workspace=workspace, defaults={"until": last})


@transaction.atomic
def redo(workspace: Workspace, day: date) -> None:
    """Add a day up anew, if it was: one of its calls was worked out again."""
    mark = DailyMark.objects.filter(workspace=workspace, until__gte=day).first()
    found = list(rows(workspace, day, day)) if mark else []
    if found:
        DailyCalls.objects.filter(workspace=workspace, day=day).delete()
        DailyCalls.objects.bulk_create(found)


def rows(workspace: Workspace, first: date, last: date) -> Iterator[DailyCalls]:
    """Count calls by day, agent and status: one query over a range of keys."""
    found = (
        workspace.calls.filter(
            id__gte=ids.floor(midnight(first)),
            id__lt=ids.floor(midnight(last + timedelta(days=1))),
        )
        .annotate(day=TruncDate("created_at", tzinfo=UTC))
        .values("day", "agent_id", "status")
        # By another name: a call has columns of these names, too.
        .annotate(**{f"sum_{name}": column for name, column in COLUMNS.items()})
        .order_by()
    )
    for each in found:
        columns = {name.removeprefix("sum_"): value for name, value in each.items()}
        yield DailyCalls(workspace_id=workspace.pk, **columns)


def midnight(day: date) -> datetime:
    """Return the first moment of a day, UTC."""
    return datetime.combine(day, time.min, UTC)


def _sum(field: str, **only: Any) -> Coalesce:
    return Coalesce(Sum(field, filter=Q(**only) if only else None), 0)


def _count(**only: Any) -> Count:
    return Count("id", filter=Q(**only))


def _lasting(least: int, less: int | None) -> Count:
    within = {"started_at__isnull": False, "duration_ms__gte": least}
    return _count(**within, **({"duration_ms__lt": less} if less else {}))


COLUMNS: dict[str, Any] = {
    "calls": Count("id"),
    "connected": _count(started_at__isnull=False),
    "duration_ms": _sum("duration_ms", started_at__isnull=False),
    "billed_ms": _sum("billed_ms"),
    "charge_micros": _sum("charge_micros"),
    "phone_ms": _sum("billed_ms", channel=Call.Channel.PHONE),
    "phone_micros": _sum("charge_micros", channel=Call.Channel.PHONE),
    "positive": _count(analysis__sentiment="positive"),
    "neutral": _count(analysis__sentiment="neutral"),
    "negative": _count(analysis__sentiment="negative"),
    "unknown": _count(analysis__sentiment__in=("unknown", "")),
    "judged": _count(analysis__passed__isnull=False),
    "passed": _count(analysis__passed=True),
    "under_30s": _lasting(0, 30_000),
    "under_1m": _lasting(30_000, 60_000),
    "under_3m": _lasting(60_000, 180_000),
    "under_5m": _lasting(180_000, 300_000),
    "longer": _lasting(300_000, None),
}
