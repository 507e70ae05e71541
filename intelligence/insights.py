"""What the calls of a stretch of days came to: for the API and the page."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from operator import add, attrgetter
from typing import Any
from uuid import UUID

from accounts.models import Workspace
from common import money
from common.errors import Refusal
from intelligence import rollups
from telephony.models import Call

MOST_DAYS = 366
BUCKETS = {
    "<30s": "under_30s",
    "30-60s": "under_1m",
    "1-3m": "under_3m",
    "3-5m": "under_5m",
    ">5m": "longer",
}
SENTIMENTS = ("positive", "neutral", "negative", "unknown")
# What ``status`` may ask for: the API's word, and the statuses it stands for.
STATUSES = {
    "completed": (Call.Status.COMPLETED,),
    "failed": (
        Call.Status.FAILED,
        Call.Status.NO_ANSWER,
        Call.Status.BUSY,
        Call.Status.CANCELED,
    ),
    "in_progress": Call.LIVE,
}


class BadRange(Refusal):
    """The days asked for do not make a stretch."""

    code = "invalid_request"


@dataclass(frozen=True, slots=True)
class Asked:
    """Which calls are asked for."""

    first: date
    last: date
    agent_id: UUID | None = None
    status: str = ""

    @property
    def days(self) -> int:
        """How many days these are."""
        return (self.last - self.first).days + 1


@dataclass
class Sums:
    """Figures of some rows."""

    calls: int = 0
    connected: int = 0
    duration_ms: int = 0
    billed_ms: int = 0
    charge_micros: int = 0
    phone_ms: int = 0
    phone_micros: int = 0
    judged: int = 0
    passed: int = 0

    @classmethod
    def of(cls, parts: "Iterable[Sums]") -> "Sums":
        """Add figures up."""
        columns = zip(*map(_figures_of, parts), strict=True)
        return cls(*map(sum, columns))

    @property
    def minutes(self) -> float:
        """Billed minutes."""
        return round(self.billed_ms / 60_000, 2)

    @property
    def cost(self) -> float:
        """Dollars."""
        return round(float(money.usd(self.charge_micros)), 4)


FIGURES = tuple(Sums.__dataclass_fields__)
_figures_of = attrgetter(*FIGURES)
DAILY = ("calls", "billed_ms", "charge_micros")  # what is told of a single day
COUNTS = tuple(rollups.COLUMNS)
Row = tuple[Any, ...]  # keys, then figures


@dataclass
class Insight:
    """All of it."""

    asked: Asked
    total: Sums = field(default_factory=Sums)
    by_day: dict[date, Sums] = field(default_factory=dict)  # DAILY of each alone
    by_agent: dict[UUID, Sums] = field(default_factory=dict)
    statuses: Counter[str] = field(default_factory=Counter)
    sentiments: Counter[str] = field(default_factory=Counter)
    lengths: Counter[str] = field(default_factory=Counter)

    @property
    def ended(self) -> int:
        """Calls that are over."""
        return self.total.calls - self.live

    @property
    def live(self) -> int:
        """Calls that go on."""
        return sum(self.statuses[status] for status in Call.LIVE)

    @property
    def completed(self) -> int:
        """Calls that connected and came to an end as calls do."""
        return self.statuses[Call.Status.COMPLETED]

    @property
    def success_rate(self) -> float | None:
        """The share of ended calls that completed, 0 to 1."""
        return round(self.completed / self.ended, 4) if self.ended else None

    @property
    def average_s(self) -> float:
        """How long a connected call lasts."""
        if not self.total.connected:
            return 0.0
        return round(self.total.duration_ms / 1000 / self.total.connected, 1)

    def days(self) -> list[tuple[date, Sums]]:
        """Return every day asked for, those without calls as nothing."""
        return [
            (day, self.by_day.get(day) or Sums())
            for day in (
                self.asked.first + timedelta(days=n) for n in range(self.asked.days)
            )
        ]


def asked(
    first: date | None,
    last: date | None,
    *,
    today: date,
    agent_id: UUID | None = None,
    status: str = "",
) -> Asked:
    """Check what is asked for; by default the last 30 days."""
    last = last or today
    first = first or last - timedelta(days=30)
    if first > last:
        raise BadRange("“from” lies behind “to”.")
    if (last - first).days >= MOST_DAYS:
        raise BadRange(f"Ask for at most {MOST_DAYS} days at once.")
    if status and status not in STATUSES:
        raise BadRange("status is completed, failed or in_progress.")
    return Asked(first, last, agent_id, status)


def of(workspace: Workspace, wanted: Asked, *, today: date) -> Insight:
    """Add it up: stored days by the database, and the open ones counted now."""
    until = rollups.advance(workspace, today=today)
    if until is None:
        return Insight(wanted)
    days, parts = _stored(workspace, wanted, until)
    open_rows = _open(workspace, wanted, until)
    return _insight(
        wanted,
        _added([*days, *map(_day_of, open_rows)], keys=1),
        _added([*parts, *(row[1:] for row in open_rows)], keys=2),
    )


def _stored(
    workspace: Workspace, wanted: Asked, until: date
) -> tuple[Iterable[Row], Iterable[Row]]:
    """Read what is added up: by day, and by agent and status."""
    first, last, only = wanted.first, min(wanted.last, until), _only(wanted)
    days = rollups.days_of(workspace, first, last).filter(**only)
    parts = rollups.stretch(workspace, first, last).filter(**only)
    return (
        rollups.summed(days, ("day",), DAILY),
        rollups.summed(parts, ("agent_id", "status"), COUNTS),
    )


def _open(workspace: Workspace, wanted: Asked, until: date) -> list[Row]:
    first = max(wanted.first, until + timedelta(days=1))
    if first > wanted.last:
        return []
    return list(rollups.counted(workspace, first, wanted.last, **_only(wanted)))


def _only(wanted: Asked) -> dict[str, Any]:
    """Return the conditions; calls and stored days have columns of the same names."""
    only: dict[str, Any] = {}
    if wanted.agent_id:
        only["agent_id"] = wanted.agent_id
    if wanted.status:
        only["status__in"] = STATUSES[wanted.status]
    return only


def _day_of(row: Row) -> Row:
    day, _, _, *counts = row
    known = dict(zip(COUNTS, counts, strict=True))
    return (day, *(known[name] for name in DAILY))


def _added(rows: Iterable[Row], *, keys: int) -> dict[Row, Sequence[int]]:
    """Add up the figures of rows that begin with the same keys."""
    sums: dict[Row, Sequence[int]] = {}
    for row in rows:
        key, figures = row[:keys], row[keys:]
        known = sums.get(key)
        sums[key] = list(map(add, known, figures)) if known else figures
    return sums


def _insight(
    wanted: Asked, days: Mapping[Row, Sequence[int]], parts: Mapping[Row, Sequence[int]]
) -> Insight:
    found = Insight(wanted)
    for (day,), figures in days.items():
        found.by_day[day] = Sums(**dict(zip(DAILY, figures, strict=True)))
    for (agent_id, status), figures in parts.items():
        counts = dict(zip(COUNTS, figures, strict=True))
        known = found.by_agent.get(agent_id, Sums())
        found.by_agent[agent_id] = Sums.of(
            (known, Sums(**{name: counts[name] for name in FIGURES}))
        )
        found.statuses[status] += counts["calls"]
        found.sentiments.update({name: counts[name] for name in SENTIMENTS})
        found.lengths.update(
            {bucket: counts[column] for bucket, column in BUCKETS.items()}
        )
    found.total = Sums.of(found.by_agent.values())
    return found


def document(found: Insight) -> dict[str, Any]:
    """Return it in the public API's shape. Rates are shares from 0 to 1; money is USD."""
    total = found.total
    return {
        "total_calls": total.calls,
        "completed_calls": found.completed,
        "in_progress_calls": found.live,
        "average_duration_seconds": found.average_s,
        "success_rate": found.success_rate or 0.0,
        "telecom_costs": {
            "total_minutes": round(total.phone_ms / 60_000, 2),
            "cost_usd": round(float(money.usd(total.phone_micros)), 4),
        },
        "total_spent": total.cost,
        "time_series": [
            {
                "date": day.isoformat(),
                "calls": sums.calls,
                "minutes": sums.minutes,
                "cost": sums.cost,
            }
            for day, sums in found.days()
        ],
        "status_distribution": dict(found.statuses),
        "sentiment_distribution": {name: found.sentiments[name] for name in SENTIMENTS},
        "agent_performance": [
            {
                "agent_id": str(agent_id),
                "calls": sums.calls,
                "minutes": sums.minutes,
                "cost": sums.cost,
            }
            for agent_id, sums in sorted(
                found.by_agent.items(), key=lambda each: -each[1].calls
            )
        ],
        "drop_off_points": [
            {"bucket": bucket, "count": found.lengths[bucket]} for bucket in BUCKETS
        ],
        "filters": {
            "from": found.asked.first.isoformat(),
            "to": found.asked.last.isoformat(),
            "agent_id": str(found.asked.agent_id) if found.asked.agent_id else None,
            "status": found.asked.status or None,
        },
    }
