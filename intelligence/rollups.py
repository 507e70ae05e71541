"""Adds calls up by day, once a day is over and worked out, and days by month.

The last two days are counted as they are asked for; everything before is read from rows
that are written once: a year is eleven months and some days. They outlive the calls,
which retention takes away.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import structlog
from django.db import transaction
from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import Coalesce, TruncDate, TruncMonth

from accounts.models import Workspace
from common import ids
from intelligence.models import CallSums, DailyMark
from telephony.models import Call

OPEN_DAYS = 2  # today and yesterday: calls of theirs may go on or be worked on
DAY = timedelta(days=1)
STEP = timedelta(days=31)  # one transaction adds up a month at most
Span = CallSums.Span

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
        _add_up(workspace, until + DAY, end)
        until = end
    return until


def _until(workspace: Workspace) -> date | None:
    mark = DailyMark.objects.filter(workspace=workspace).first()
    if mark:
        return mark.until
    first = workspace.calls.order_by("pk").values_list("created_at", flat=True).first()
    return first.astimezone(UTC).date() - DAY if first else None


@transaction.atomic
def _add_up(workspace: Workspace, first: date, last: date) -> None:
    # First, for it locks: who does one of these days anew waits, and sees them.
    marks = DailyMark.objects.select_for_update()
    mark, is_new = marks.get_or_create(workspace=workspace, defaults={"until": last})
    if not is_new and mark.until >= last:
        return  # somebody else added them up meanwhile
    marks.filter(workspace=workspace).update(until=last)
    _keep(_days(workspace, first, last))
    _fold(workspace, _month(first), _month(last + DAY))


@transaction.atomic
def redo(workspace: Workspace, day: date) -> None:
    """Add a day up anew, if it was: one of its calls was worked out again."""
    marks = DailyMark.objects.select_for_update()
    mark = marks.filter(workspace=workspace, until__gte=day).first()
    found = list(_days(workspace, day, day)) if mark else []
    if not mark or not found:
        return
    month = _month(day)
    kept = CallSums.objects.filter(workspace=workspace)
    kept.filter(Q(span=Span.DAY, day=day) | Q(span=Span.MONTH, day=month)).delete()
    _keep(found)
    if month < _month(mark.until + DAY):
        _fold(workspace, month, _month_after(day))


def _keep(sums: Iterable[CallSums]) -> None:
    CallSums.objects.bulk_create(sums, ignore_conflicts=True, batch_size=500)


def _fold(workspace: Workspace, first: date, until: date) -> None:
    """Add up the days of whole months: from one month's first day until another's."""
    days = CallSums.objects.filter(
        workspace=workspace, span=Span.DAY, day__gte=first, day__lt=until
    ).annotate(month=TruncMonth("day"))
    by = ("month", "agent_id", "status")
    _keep(_sums(workspace, Span.MONTH, row) for row in summed(days, by, tuple(COLUMNS)))


def _days(workspace: Workspace, first: date, last: date) -> Iterator[CallSums]:
    for row in counted(workspace, first, last):
        yield _sums(workspace, Span.DAY, row)


def _sums(workspace: Workspace, span: str, row: tuple[Any, ...]) -> CallSums:
    return CallSums(
        workspace_id=workspace.pk, span=span, **dict(zip(ROW, row, strict=True))
    )


def days_of(workspace: Workspace, first: date, last: date) -> "QuerySet[CallSums]":
    """Return the sums of each day of a stretch that is added up."""
    return CallSums.objects.filter(
        workspace=workspace, span=Span.DAY, day__range=(first, last)
    )


def stretch(workspace: Workspace, first: date, last: date) -> "QuerySet[CallSums]":
    """Return what a stretch that is added up came to, in few rows: its whole months, and
    the days before and behind them."""
    whole, rest = _month_after(first - DAY), _month(last + DAY)
    if whole >= rest:
        return days_of(workspace, first, last)
    return CallSums.objects.filter(
        Q(span=Span.MONTH, day__gte=whole, day__lt=rest)
        | Q(span=Span.DAY, day__gte=first, day__lt=whole)
        | Q(span=Span.DAY, day__gte=rest, day__lte=last),
        workspace=workspace,
    )


def summed(
    sums: "QuerySet[CallSums]", by: Sequence[str], columns: Sequence[str]
) -> Iterable[tuple[Any, ...]]:
    """Add sums up by some of their columns. Returns rows of ``by``, then ``columns``."""
    # By other names: the rows have columns of these names.
    named = {f"sum_{name}": Sum(name) for name in columns}
    grouped = sums.values(*by).annotate(**named).order_by()
    rows: Iterable[tuple[Any, ...]] = grouped.values_list(*by, *named)
    return rows


def counted(
    workspace: Workspace, first: date, last: date, **only: Any
) -> Iterable[tuple[Any, ...]]:
    """Count calls by day, agent and status: one query over a range of keys.

    ``only``: conditions for calls. Returns what ``ROW`` names, in its order.
    """
    # By another name: a call has columns of these names, too.
    sums = {f"sum_{name}": column for name, column in COLUMNS.items()}
    found: Iterable[tuple[Any, ...]] = (
        workspace.calls.filter(
            id__gte=ids.floor(midnight(first)),
            id__lt=ids.floor(midnight(last + DAY)),
            **only,
        )
        .annotate(day=TruncDate("created_at", tzinfo=UTC))
        .values(*KEYS)
        .annotate(**sums)
        .order_by()
        .values_list(*KEYS, *sums)
    )
    return found


def _month(day: date) -> date:
    return day.replace(day=1)


def _month_after(day: date) -> date:
    return _month(_month(day) + STEP)


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
KEYS = ("day", "agent_id", "status")
ROW = (*KEYS, *COLUMNS)
