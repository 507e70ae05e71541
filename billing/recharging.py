"""Charging the saved card when the balance falls below the threshold."""

from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.db import IntegrityError, transaction
from django.db.models import F, Q

from billing import claims, payments, processors
from billing.models import AutoRecharge, Payment
from billing.processors.port import Declined, Refused
from common import crash, ids
from common.errors import Refusal
from common.money import MICROS_PER_CREDIT

MOST_A_DAY = 10  # whatever goes wrong, no card is charged without end

log = structlog.get_logger()


def due(*, now: datetime) -> list[UUID]:
    """Return the workspaces whose balance has fallen below their threshold."""
    return list(
        AutoRecharge.objects.filter(
            Q(next_at=None) | Q(next_at__lte=now),
            enabled=True,
            workspace__parent=None,
            workspace__billing__method_id__gt="",
            workspace__wallet__balance_micros__lt=F("threshold_cents")
            * MICROS_PER_CREDIT,
        )
        .exclude(
            workspace__payments__kind=Payment.Kind.AUTO_RECHARGE,
            workspace__payments__state__in=Payment.WAITING,
        )
        .values_list("pk", flat=True)[: claims.AT_ONCE]
    )


def begin(workspace_id: UUID, *, now: datetime) -> Payment | None:
    """Put down that the card is to be charged, once at a time; then charge it."""
    try:
        payment = _put_down(workspace_id, now)
    except IntegrityError:  # another worker was first
        return None
    if payment is not None:
        crash.point("recharge.before_charge")
        charge(payment.pk, now=now)
    return payment


@transaction.atomic
def _put_down(workspace_id: UUID, now: datetime) -> Payment | None:
    row = (
        AutoRecharge.objects.select_for_update(of=("self",))
        .select_related("workspace__wallet", "workspace__billing")
        .get(pk=workspace_id)
    )
    workspace = row.workspace
    if (
        not row.enabled
        or (row.next_at and row.next_at > now)
        or workspace.wallet.balance_micros >= row.threshold_cents * MICROS_PER_CREDIT
    ):
        return None
    todays = workspace.payments.filter(
        kind=Payment.Kind.AUTO_RECHARGE, created_at__gt=now - timedelta(days=1)
    )
    if todays.count() >= MOST_A_DAY:
        AutoRecharge.objects.filter(pk=row.pk).update(
            next_at=now + timedelta(hours=1),
            last_error=f"The card was charged {MOST_A_DAY} times in a day already.",
        )
        return None
    payment: Payment = workspace.payments.create(
        kind=Payment.Kind.AUTO_RECHARGE,
        once=f"recharge:{ids.new()}",
        credit_cents=row.pack_cents,
        next_at=now,
    )
    return payment


def charge(payment_id: UUID, *, now: datetime) -> None:
    """Charge the saved card. The key is the payment's: repeated after a crash, it is
    the same charge."""
    payment = claims.claim(Payment, payment_id, now=now)
    if payment is None:
        return
    if payment.intent_id is None and now - payment.created_at > payments.GIVE_UP_AFTER:
        payments.fail(payment.pk, "the payment company could not be reached", now=now)
        return
    try:
        if payment.intent_id is None:
            _ask(payment)
        crash.point("recharge.after_charge")
        payment = payments.reconcile(payment.pk)
    except (Declined, Refused) as refusal:
        payments.fail(payment.pk, refusal.message, now=now)
        return
    except Refusal as refusal:
        log.warning("recharge_waits", payment=str(payment_id), why=refusal.code)
        claims.again(payment, now=now, why=refusal.message)
        return
    if payment.state in Payment.WAITING:
        claims.again(payment, now=now, why="", after=payments.LOOK_AGAIN)
    else:
        claims.done(payment)


def _ask(payment: Payment) -> None:
    profile = payment.workspace.billing
    intent_id = processors.processor().charge(
        key=f"{payment.source}:charge",
        customer_id=profile.customer_id,
        method_id=profile.method_id,
        cents=payment.credit_cents,
        payment_id=str(payment.id),
    )
    Payment.objects.filter(pk=payment.pk).update(
        intent_id=intent_id, state=Payment.State.OPEN
    )
