"""Caps on spending: a day's, an agent's a day, and a workspace's a month.

A call is refused when what was spent, what live calls have set aside and its own first
half minute would pass a cap. Calls under way finish. Checked where the wallet's row is
locked, so that of two calls that both would fit alone only one is let in.
"""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.db.models import Q, Sum

from accounts import audit
from accounts.models import User, Workspace
from billing import amounts
from billing.models import Hold, Spend, SpendCap
from common import money
from common.errors import Refusal
from common.wording import usd


class CapReached(Refusal):
    """Somebody said that no more may be spent."""

    code = "spend_cap_reached"
    status = 402


class NoCap(Refusal):
    """A cap that cannot be."""

    code = "invalid_cap"


def check(
    workspace: Workspace, *, subject: str, amount_micros: int, now: datetime
) -> None:
    """Raise ``CapReached`` if ``amount_micros`` more would pass a cap."""
    day = now.date()
    for cap in workspace.spend_caps.filter(Q(subject="") | Q(subject=subject)):
        taken = _taken(workspace, cap.subject, since=day)
        if taken + amount_micros > cap.daily_micros:
            who = cap.label or "This agent" if cap.subject else "This workspace"
            raise CapReached(
                f"{who} may spend {usd(cap.daily_micros)} a day (UTC) and has. Calls"
                " start again at midnight UTC, or when the cap is raised under"
                " Settings → Billing & usage.",
                code="spend_cap_reached.agent_daily"
                if cap.subject
                else "spend_cap_reached.daily",
            )
    if (cents := workspace.spend_cap_cents_monthly) is not None:
        taken = _taken(workspace, "", since=day.replace(day=1))
        if taken + amount_micros > cents * money.MICROS_PER_CREDIT:
            raise CapReached(
                f"This workspace may spend {usd(cents * money.MICROS_PER_CREDIT)} a"
                " month and has. Calls start again with the next month, or when the cap"
                " is raised.",
                code="spend_cap_reached.monthly",
            )


def _taken(workspace: Workspace, subject: str, *, since: date) -> int:
    """Return what was spent since that day and what live calls have set aside."""
    spends = Spend.objects.filter(workspace=workspace, day__gte=since)
    holds = Hold.objects.filter(workspace=workspace, state=Hold.State.LIVE)
    if subject:
        spends, holds = spends.filter(subject=subject), holds.filter(subject=subject)
    spent = spends.aggregate(n=Sum("spent_micros"))["n"] or 0
    held = holds.aggregate(n=Sum("amount_micros"))["n"] or 0
    return int(spent + held)


def spent_today(workspace: Workspace, subject: str, today: date) -> int:
    """Return what a subject spent on a day (UTC), in micro-credits."""
    spends = Spend.objects.filter(workspace=workspace, subject=subject, day=today)
    return int(spends.aggregate(n=Sum("spent_micros"))["n"] or 0)


@dataclass(frozen=True, slots=True)
class Client:
    """A client of an agency: what it spent this month, and what it may."""

    workspace: Workspace
    month_micros: int

    @property
    def cap_usd(self) -> str:
        """The cap as its form has it."""
        return amounts.written(self.workspace.spend_cap_cents_monthly)

    @property
    def is_reached(self) -> bool:
        """Whether its calls are refused for the rest of the month."""
        cents = self.workspace.spend_cap_cents_monthly
        return (
            cents is not None and self.month_micros >= cents * money.MICROS_PER_CREDIT
        )


def clients(agency: Workspace, today: date) -> list[Client]:
    """Return the clients of an agency by name: two queries, one where there are none."""
    found = list(agency.clients.filter(deleted_at=None).order_by("name"))
    if not found:
        return []
    spends = Spend.objects.filter(
        workspace__in=found, day__gte=today.replace(day=1)
    ).order_by()
    spent = dict(spends.values_list("workspace").annotate(n=Sum("spent_micros")))
    return [Client(each, spent.get(each.pk, 0)) for each in found]


@transaction.atomic
def set_daily(
    workspace: Workspace,
    *,
    subject: str = "",
    label: str = "",
    daily_micros: int | None,
    by: User,
) -> None:
    """Cap a day of the workspace, or of one agent; None takes the cap away."""
    if daily_micros is not None and daily_micros <= 0:
        raise NoCap("A cap is more than nothing. Leave it empty for no cap.")
    if daily_micros is None:
        SpendCap.objects.filter(workspace=workspace, subject=subject).delete()
    else:
        SpendCap.objects.update_or_create(
            workspace=workspace,
            subject=subject,
            defaults={"daily_micros": daily_micros, "label": label},
        )
    audit.record(
        workspace=workspace,
        actor=by,
        verb="cap.set",
        target=f"{label or 'all agents'}: {usd(daily_micros) if daily_micros else 'none'} a day",
    )


@transaction.atomic
def set_monthly(workspace: Workspace, *, cents: int | None, by: User) -> None:
    """Cap the workspace's month; None takes the cap away."""
    if cents is not None and cents <= 0:
        raise NoCap("A cap is more than nothing. Leave it empty for no cap.")
    workspace.spend_cap_cents_monthly = cents
    workspace.save(update_fields=["spend_cap_cents_monthly"])
    said = usd(cents * money.MICROS_PER_CREDIT) if cents else "none"
    audit.record(
        workspace=workspace, actor=by, verb="cap.set", target=f"{said} a month"
    )
