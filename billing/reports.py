"""What something came to, and the ledger's lines that prove it."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Q

from accounts.models import Workspace
from billing.models import CostLine, DailySpend, Hold, LedgerEntry, Spend


@dataclass(frozen=True, slots=True)
class Bill:
    """The cost lines of a source, the money held for it and what was booked."""

    lines: list[CostLine]
    hold: Hold | None
    entries: list[LedgerEntry]

    @property
    def parts(self) -> list[CostLine]:
        """What the charge is made of, and what runs on the customer's own keys."""
        return [line for line in self.lines if line.meter.endswith(".minute")]

    @property
    def usage(self) -> list[CostLine]:
        """What vendors will have counted; nothing is charged for it here."""
        return [line for line in self.lines if not line.meter.endswith(".minute")]

    @property
    def charged_micros(self) -> int:
        """What the ledger took; the lines explain it, the ledger decides."""
        return -sum(entry.amount_micros for entry in self.entries)

    @property
    def returned_micros(self) -> int:
        """What was held and not needed."""
        held = self.hold.amount_micros if self.hold else 0
        return max(held - self.charged_micros, 0)


@dataclass(frozen=True, slots=True)
class Day:
    """What one day (UTC) cost."""

    day: date
    spent_micros: int


def bill(workspace: Workspace, source: str) -> Bill:
    """Return the bill of a source: three queries."""
    return Bill(
        lines=list(CostLine.objects.filter(workspace=workspace, source=source)),
        hold=Hold.objects.filter(_of(workspace), source=source).first(),
        # By its key: the ledger has an index on keys, none on sources.
        entries=list(
            LedgerEntry.objects.filter(
                _of(workspace), idempotency_key=f"{source}:settle"
            )
        ),
    )


def _of(workspace: Workspace) -> Q:
    """Return the condition for what is the workspace's, whoever's wallet pays."""
    return Q(wallet_id=workspace.pk, workspace=None) | Q(workspace=workspace)


def daily(workspace: Workspace, today: date, days: int = 14) -> list[Day]:
    """Return what each of the last days cost, oldest first, days without calls as 0."""
    first = today - timedelta(days=days - 1)
    spent: dict[date, int] = {}
    if workspace.parent_id:  # a client: its agency's wallet pays for others, too
        rows = Spend.objects.filter(workspace=workspace, day__gte=first)
        for day, micros in rows.values_list("day", "spent_micros"):
            spent[day] = spent.get(day, 0) + micros
    else:
        totals = DailySpend.objects.filter(wallet_id=workspace.pk, day__gte=first)
        spent = dict(totals.values_list("day", "spent_micros"))
    wanted = (first + timedelta(days=back) for back in range(days))
    return [Day(day, spent.get(day, 0)) for day in wanted]
