"""Alerts: a month's spend passes an amount, or little is left. Once for each crossing."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q, Sum

from accounts import audit
from accounts.models import User, Workspace
from billing import balance, notices
from billing.models import AlertSettings, LedgerEntry, Notice, Spend
from common.errors import Refusal
from common.money import MICROS_PER_CREDIT
from common.wording import usd

MOST = 10  # thresholds
AT_ONCE = 500


class Invalid(Refusal):
    """Settings that make no sense."""

    code = "invalid_alerts"


def of(workspace: Workspace) -> AlertSettings:
    """Return the settings; those of a workspace that never set any are silent."""
    found = AlertSettings.objects.filter(pk=workspace.pk).first()
    return found or AlertSettings(workspace=workspace)


@transaction.atomic
def configure(
    workspace: Workspace,
    *,
    thresholds_cents: Sequence[int] | None = None,
    low_balance_pct: int | None = None,
    email_enabled: bool | None = None,
    by: User,
) -> AlertSettings:
    """Change what is given; the rest stays."""
    row, _ = AlertSettings.objects.select_for_update().get_or_create(
        workspace=workspace
    )
    if thresholds_cents is not None:
        row.thresholds_cents = sorted(set(thresholds_cents))
    if low_balance_pct is not None:
        row.low_balance_pct = low_balance_pct
    if email_enabled is not None:
        row.email_enabled = email_enabled
    if len(row.thresholds_cents) > MOST:
        raise Invalid(f"At most {MOST} amounts.")
    if any(not 0 < cents <= 100_000_000 for cents in row.thresholds_cents):
        raise Invalid("Every amount is more than $0 and at most $1,000,000.")
    if not 0 <= row.low_balance_pct <= 100:
        raise Invalid("The percentage is between 0 and 100.")
    row.checked_at = None  # look at once
    row.save()
    amounts = ", ".join(f"${cents / 100:g}" for cents in row.thresholds_cents) or "none"
    audit.record(
        workspace=workspace,
        actor=by,
        verb="alerts.set",
        target=f"{amounts}; {row.low_balance_pct}% left"[:120],
    )
    return row


def due() -> list[UUID]:
    """Return the workspaces whose wallet has moved since it was last looked at."""
    return list(
        AlertSettings.objects.filter(
            Q(checked_at=None) | Q(checked_at__lte=F("workspace__wallet__updated_at")),
            email_enabled=True,
        )
        .exclude(thresholds_cents=[], low_balance_pct=0)
        .values_list("pk", flat=True)[:AT_ONCE]
    )


def check(workspace_id: UUID, *, now: datetime) -> None:
    """Write the letters that are called for and were not written yet."""
    row = AlertSettings.objects.select_related("workspace").get(pk=workspace_id)
    # Before looking: what moves meanwhile is looked at next time.
    AlertSettings.objects.filter(pk=row.pk).update(checked_at=now)
    _check_spend(row, now.date())
    _check_balance(row, now.date())


def spent_in_month(workspace: Workspace, today: date) -> int:
    """Return what left the workspace's wallet this month (UTC), its clients' calls
    included; for a client, what its own calls cost."""
    whose = Q(workspace=workspace)
    if not workspace.parent_id:
        whose = Q(wallet_id=workspace.pk)
    month = Spend.objects.filter(whose, day__gte=today.replace(day=1))
    return int(month.aggregate(n=Sum("spent_micros"))["n"] or 0)


def _check_spend(row: AlertSettings, today: date) -> None:
    if not row.thresholds_cents:
        return
    spent = spent_in_month(row.workspace, today)
    passed = [
        cents for cents in row.thresholds_cents if spent >= cents * MICROS_PER_CREDIT
    ]
    for cents in passed:
        stands = balance.of(row.workspace, today=today)
        notices.put(
            workspace=row.workspace,
            kind=Notice.Kind.SPEND,
            key=f"spend:{row.pk}:{today:%Y-%m}:{cents}",
            words={
                "threshold": usd(cents * MICROS_PER_CREDIT),
                "spent": usd(spent),
                "month": f"{today:%B %Y}",
                "balance": usd(stands.micros),
            },
        )


def _check_balance(row: AlertSettings, today: date) -> None:
    """Compare with what was there after credit last came in; one letter for each."""
    if not row.low_balance_pct:
        return
    last = (
        LedgerEntry.objects.filter(wallet_id=row.pk, amount_micros__gt=0)
        .order_by("-sequence")
        .first()
    )
    stands = balance.of(row.workspace, today=today)
    if last is None or stands.micros * 100 >= last.balance_after_micros * (
        row.low_balance_pct
    ):
        return
    notices.put(
        workspace=row.workspace,
        kind=Notice.Kind.LOW_BALANCE,
        key=f"low:{row.pk}:{last.pk}:{row.low_balance_pct}",
        words={
            "percent": row.low_balance_pct,
            "balance": usd(stands.micros),
            "minutes": f"{stands.minutes:,}",
        },
    )
