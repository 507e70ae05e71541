"""When to recharge by itself: what the customer set, and how failures are met."""

from datetime import datetime, timedelta

from django.db import transaction

from accounts import audit
from accounts.models import User, Workspace
from billing import notices
from billing.models import AutoRecharge, Notice
from common.errors import Refusal

LEAST_PACK, MOST_PACK = 1_00, 1_000_00  # cents
MOST_THRESHOLD = 100_00
# Waits after the first, second … failure in a row; after the last it is turned off.
WAITS = (timedelta(hours=1), timedelta(hours=6), timedelta(hours=24))


class Invalid(Refusal):
    """Settings that make no sense."""

    code = "invalid_auto_recharge"


def of(workspace: Workspace) -> AutoRecharge:
    """Return the settings; those of a workspace that never set any are off."""
    found = AutoRecharge.objects.filter(pk=workspace.pk).first()
    return found or AutoRecharge(workspace=workspace)


@transaction.atomic
def configure(
    workspace: Workspace,
    *,
    enabled: bool | None = None,
    pack_cents: int | None = None,
    threshold_cents: int | None = None,
    by: User,
) -> AutoRecharge:
    """Change what is given; the rest stays. A change forgives earlier failures."""
    row, _ = AutoRecharge.objects.select_for_update().get_or_create(workspace=workspace)
    row.enabled = row.enabled if enabled is None else enabled
    row.pack_cents = row.pack_cents if pack_cents is None else pack_cents
    if threshold_cents is not None:
        row.threshold_cents = threshold_cents
    if not LEAST_PACK <= row.pack_cents <= MOST_PACK:
        raise Invalid("Buy between $1 and $1,000 at a time.")
    if not 0 <= row.threshold_cents <= MOST_THRESHOLD:
        raise Invalid("The threshold is between $0 and $100.")
    if row.enabled and row.pack_cents <= row.threshold_cents:
        raise Invalid(
            "What is bought must be more than the threshold, or it would buy again at"
            " once."
        )
    row.failures, row.next_at, row.last_error = 0, None, ""
    row.save()
    audit.record(
        workspace=workspace,
        actor=by,
        verb="recharge.set",
        target=f"{'on' if row.enabled else 'off'}, ${row.pack_cents / 100:g} below"
        f" ${row.threshold_cents / 100:g}",
    )
    return row


@transaction.atomic
def failed(workspace: Workspace, *, why: str, key: str, now: datetime) -> None:
    """Wait longer after each failure, and give up after the last; say so either way."""
    row = AutoRecharge.objects.select_for_update().filter(workspace=workspace).first()
    if row is None:
        return
    row.failures += 1
    row.last_error = why[:255]
    gives_up = row.failures > len(WAITS)
    if gives_up:
        row.enabled, row.next_at = False, None
    else:
        row.next_at = now + WAITS[row.failures - 1]
    row.save()
    notices.put(
        workspace=workspace,
        kind=Notice.Kind.RECHARGE_OFF if gives_up else Notice.Kind.PAYMENT_FAILED,
        key=f"failed:{key}",
        words={
            "amount": f"${row.pack_cents / 100:,.2f}",
            "why": why,
            "by_itself": True,
            "again": f"{row.next_at:%d %B %H:%M} UTC" if row.next_at else "",
        },
    )


def succeeded(workspace: Workspace) -> None:
    """Forget earlier failures."""
    AutoRecharge.objects.filter(workspace=workspace).update(
        failures=0, next_at=None, last_error=""
    )
