"""Usage by agent and by day, for the page, statements and the API."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count, Q, Sum

from accounts.models import Workspace
from billing.models import LedgerEntry, Spend
from common import money

SERIES = 4  # agents with a colour of their own; the rest share one


@dataclass(frozen=True, slots=True)
class AgentUse:
    """What one agent did in a time."""

    subject: str
    label: str
    calls: int
    billed_ms: int
    micros: int

    @property
    def rate_micros(self) -> int | None:
        """What a minute came to."""
        return self.micros * 60_000 // self.billed_ms if self.billed_ms else None


@dataclass(frozen=True, slots=True)
class Usage:
    """What every agent did in a time, and what each day cost by agent."""

    since: date
    until: date
    agents: list[AgentUse]  # the dearest first
    days: list[tuple[date, list[int]]]  # micros of the first agents, then of the rest

    @property
    def total(self) -> AgentUse:
        """All agents together."""
        return AgentUse(
            "",
            "Total",
            sum(each.calls for each in self.agents),
            sum(each.billed_ms for each in self.agents),
            sum(each.micros for each in self.agents),
        )


def whose(workspace: Workspace) -> Q:
    """Return the condition for spending that a workspace may see: its own, and as an
    agency its clients'."""
    if workspace.parent_id:
        return Q(workspace=workspace)
    return Q(workspace=workspace) | Q(wallet_id=workspace.pk)


def between(workspace: Workspace, since: date, until: date) -> Usage:
    """Return the usage of both days and those between: one query."""
    rows = list(
        Spend.objects.filter(whose(workspace), day__gte=since, day__lte=until).order_by(
            "day"
        )
    )
    agents: dict[str, AgentUse] = {}
    for row in rows:
        known = agents.get(row.subject)
        agents[row.subject] = AgentUse(
            row.subject,
            row.label or (known.label if known else "") or "Earlier calls",
            row.calls + (known.calls if known else 0),
            row.billed_ms + (known.billed_ms if known else 0),
            row.spent_micros + (known.micros if known else 0),
        )
    ranked = sorted(agents.values(), key=lambda each: -each.micros)
    place = {each.subject: min(n, SERIES) for n, each in enumerate(ranked)}
    days = {
        since + timedelta(days=n): [0] * (SERIES + 1)
        for n in range((until - since).days + 1)
    }
    for row in rows:
        days[row.day][place[row.subject]] += row.spent_micros
    return Usage(since, until, ranked, list(days.items()))


@dataclass(frozen=True, slots=True)
class Statement:
    """What a wallet did in a month (UTC), and what it was spent on."""

    month: date
    opening_micros: int
    closing_micros: int
    moves: list[tuple[str, int, int]]  # kind in words, how many, micros
    usage: Usage

    @property
    def number(self) -> str:
        """The statement's name."""
        return f"{self.month:%Y-%m}"


def statement(workspace: Workspace, month: date) -> Statement:
    """Return a month's statement; the ledger is never changed, so neither is this."""
    following = (month + timedelta(days=32)).replace(day=1)
    entries = LedgerEntry.objects.filter(wallet_id=workspace.pk)
    within = entries.filter(created_at__date__gte=month, created_at__date__lt=following)
    moves = [
        (LedgerEntry.Kind(row["kind"]).label, row["n"], row["micros"])
        for row in within.values("kind")
        .annotate(n=Count("pk"), micros=Sum("amount_micros"))
        .order_by("kind")
    ]
    before = (
        entries.filter(created_at__date__lt=month)
        .order_by("-sequence")
        .values_list("balance_after_micros", flat=True)
        .first()
    )
    opening = before or 0
    return Statement(
        month,
        opening,
        opening + sum(micros for _, _, micros in moves),
        moves,
        between(workspace, month, following - timedelta(days=1)),
    )


def months(workspace: Workspace, today: date, most: int = 12) -> list[date]:
    """Return the first days of the past months in which something moved."""
    first = (
        LedgerEntry.objects.filter(wallet_id=workspace.pk)
        .order_by("sequence")
        .values_list("created_at", flat=True)
        .first()
    )
    found: list[date] = []
    month = today.replace(day=1)
    while first and month >= first.date().replace(day=1) and len(found) < most:
        found.append(month)
        month = (month - timedelta(days=1)).replace(day=1)
    return found


def usd_text(micros: int) -> str:
    """Write an amount for a table that programs read."""
    return f"{money.usd(micros):.6f}"
