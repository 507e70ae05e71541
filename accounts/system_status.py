"""How the system is: what was measured, and what the operator says of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.core.cache import cache
from django.db import transaction

from accounts import audit, components
from accounts.models import (
    ComponentCheck,
    ComponentDay,
    Incident,
    IncidentUpdate,
    Level,
    User,
)
from common import clock
from common.errors import Refusal

STALE = timedelta(minutes=3)  # a look that is older says nothing of now
SHOWN_DAYS = 60
TOLD, TOLD_S = "system-status:told", 30
SHOWN_INCIDENTS = timedelta(days=30)
ORDER = [Level.OPERATIONAL, Level.DEGRADED, Level.OUTAGE]


class Invalid(Refusal):
    """The incident cannot be told like this."""

    code = "invalid_incident"


@dataclass(frozen=True, slots=True)
class SystemStatus:
    """How the system is, in one word and one sentence."""

    level: Level
    message: str
    updated_at: datetime | None
    title: str = ""  # of the incident that is told of


@dataclass(frozen=True, slots=True)
class Day:
    """One day of a component. ``level`` is None where nobody looked."""

    day: date
    level: Level | None
    worked: float  # share of the looks that found it working


@dataclass(frozen=True, slots=True)
class Line:
    """A component as the page shows it. ``level`` is None while nobody looks."""

    title: str
    about: str
    level: Level | None
    since: datetime | None
    days: list[Day]
    worked: float | None  # of all looks that are kept; None: there are none


@dataclass(frozen=True, slots=True)
class Overview:
    """All that the status page shows."""

    now: SystemStatus
    checked_at: datetime | None
    lines: list[Line]
    open: list[Incident]
    past: list[Incident]


def of_now(now: datetime | None = None) -> SystemStatus:
    """Return how the system is; what the operator says goes before what was measured."""
    now = now or clock.now()
    if told := _told():
        return told
    checks = list(ComponentCheck.objects.order_by("component"))
    return _measured(checks, now)


def told() -> SystemStatus | None:
    """Return what the operator says, half a minute old at most: each page asks."""
    known = cache.get(TOLD)
    if known is None:
        known = (_told(),)  # None is an answer, too
        cache.set(TOLD, known, TOLD_S)
    found: SystemStatus | None = known[0]
    return found


def _told() -> SystemStatus | None:
    """Return what the worst of the open incidents says."""
    incidents = list(_open())
    if not incidents:
        return None
    worst = max(incidents, key=lambda each: ORDER.index(Level(each.level)))
    newest = worst.updates.all()[0]
    return SystemStatus(
        Level(worst.level), newest.message, newest.created_at, worst.title
    )


def _measured(checks: list[ComponentCheck], now: datetime) -> SystemStatus:
    titles = {each.name: each.title for each in components.known()}
    checks = [each for each in checks if each.component in titles]
    if not checks:
        return SystemStatus(Level.OPERATIONAL, "", None)
    newest = max(each.checked_at for each in checks)
    if newest < now - STALE:
        told = "Background work stands still: calls are taken, what follows them waits."
        return SystemStatus(Level.DEGRADED, told, newest)
    wrong = [each for each in checks if each.level != Level.OPERATIONAL]
    if not wrong:
        return SystemStatus(Level.OPERATIONAL, "", newest)
    worst = max((Level(each.level) for each in wrong), key=ORDER.index)
    names = ", ".join(titles[each.component] for each in wrong)
    return SystemStatus(worst, f"Not as it should be: {names}.", newest)


def overview(now: datetime | None = None) -> Overview:
    """Return what the page shows: four queries."""
    now = now or clock.now()
    checks = {each.component: each for each in ComponentCheck.objects.all()}
    days: dict[str, dict[date, ComponentDay]] = {}
    first = now.date() - timedelta(days=SHOWN_DAYS - 1)
    for row in ComponentDay.objects.filter(day__gte=first):
        days.setdefault(row.component, {})[row.day] = row
    known = components.known()
    seen = [checks[each.name].checked_at for each in known if each.name in checks]
    recent = Incident.objects.filter(started_at__gt=now - SHOWN_INCIDENTS)
    return Overview(
        of_now(now),
        max(seen, default=None),
        [
            _line(each, checks.get(each.name), days.get(each.name, {}), first, now)
            for each in known
        ],
        list(_open()),
        list(recent.exclude(resolved_at=None).prefetch_related("updates")),
    )


def _line(
    component: components.Component,
    check: ComponentCheck | None,
    rows: dict[date, ComponentDay],
    first: date,
    now: datetime,
) -> Line:
    fresh = check if check and check.checked_at > now - STALE else None
    looks = sum(row.looks for row in rows.values())
    failed = sum(row.outages for row in rows.values())
    dates = [first + timedelta(days=n) for n in range(SHOWN_DAYS)]
    return Line(
        component.title,
        component.about,
        Level(fresh.level) if fresh else None,
        fresh.since if fresh else None,
        [_day(each, rows.get(each)) for each in dates],
        (looks - failed) / looks if looks else None,
    )


def _day(day: date, row: ComponentDay | None) -> Day:
    if row is None or not row.looks:
        return Day(day, None, 0.0)
    worked = (row.looks - row.outages) / row.looks
    # A look or two that failed among 1,440 is a restart, no bad day.
    if row.outages > max(2, row.looks // 200):
        return Day(day, Level.OUTAGE, worked)
    if row.outages or row.degraded > max(2, row.looks // 200):
        return Day(day, Level.DEGRADED, worked)
    return Day(day, Level.OPERATIONAL, worked)


def _open() -> Iterable[Incident]:
    return Incident.objects.filter(resolved_at=None).prefetch_related("updates")


@transaction.atomic
def open_incident(
    *, title: str, level: str, parts: Iterable[str], message: str, by: User
) -> Incident:
    """Tell everybody that something does not work."""
    parts = sorted(set(parts))
    title = " ".join(title.split())
    if not title or not message.strip():
        raise Invalid("Say what is wrong, and what it means for callers.")
    if level not in (Level.DEGRADED, Level.OUTAGE):
        raise Invalid("An incident is a degradation or an outage.")
    if unknown := set(parts) - {each.name for each in components.known()}:
        raise Invalid(f"There is no component {', '.join(sorted(unknown))}.")
    incident = Incident.objects.create(
        title=title,
        level=level,
        components=parts,
        opened_by=by,
        started_at=clock.now(),
    )
    _say(incident, IncidentUpdate.Stage.INVESTIGATING, message, by)
    return incident


@transaction.atomic
def update(
    incident: Incident, *, stage: str, message: str, by: User, level: str = ""
) -> None:
    """Say what is new; ``resolved`` ends the incident."""
    if stage not in IncidentUpdate.Stage.values:
        raise Invalid(f"There is no stage “{stage}”.")
    if not message.strip():
        raise Invalid("Say what is new.")
    incident = Incident.objects.select_for_update().get(pk=incident.pk)
    if incident.resolved_at:
        raise Invalid("This incident is over. Open another one.")
    if level in (Level.DEGRADED, Level.OUTAGE):
        incident.level = level
    if stage == IncidentUpdate.Stage.RESOLVED:
        incident.resolved_at = clock.now()
    incident.save()
    _say(incident, stage, message, by)


def _say(incident: Incident, stage: str, message: str, by: User) -> None:
    IncidentUpdate.objects.create(
        incident=incident, stage=stage, message=message.strip(), written_by=by
    )
    transaction.on_commit(lambda: cache.delete(TOLD))
    audit.record(
        workspace=None,
        actor=by,
        verb=f"incident.{stage}",
        target=incident.title,
        reason=message.strip()[:500],
    )
