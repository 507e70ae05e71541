"""Buying credit: on the payment company's page, or by itself with a saved card.

Whatever tells us that something happened, a signed event, the customer's return, a
sweep, ends in ``reconcile``: it reads anew all that is true of the payment and books
what is missing, each movement under a key of its own. So neither order nor number nor
simultaneity of the tellings matters.
"""

from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.conf import settings
from django.db import OperationalError, transaction
from django.urls import reverse

from accounts import audit
from accounts.models import User, Workspace
from billing import (
    auto_recharge,
    claims,
    invoices,
    notices,
    processors,
    profiles,
    wallet,
)
from billing.models import BillingProfile, Invoice, LedgerEntry, Notice, Payment
from billing.processors.port import Facts, NotConfigured, Return, Unreachable
from common import clock, crash
from common.errors import Refusal
from common.money import MICROS_PER_CREDIT
from webhooks import outbox

PACKS = (10_00, 25_00, 50_00, 100_00, 250_00)  # cents
LEAST, MOST = 5_00, 1_000_00
LOOK_AGAIN = timedelta(minutes=10)  # where no event arrives
TRIES = 3  # to get the rows' locks
GIVE_UP_AFTER = timedelta(hours=20)  # the payment company forgets keys after a day

log = structlog.get_logger()


class BadAmount(Refusal):
    """An amount that cannot be bought."""

    code = "invalid_amount"


class OtherPayment(Refusal):
    """The same click, but another amount."""

    code = "idempotency_key_reused"
    status = 409


class AgencyPays(Refusal):
    """Somebody else pays for this workspace."""

    code = "agency_pays"
    status = 409


class Busy(Refusal):
    """Others hold the rows for longer than one waits for a lock."""

    code = "busy"
    status = 503


class CannotRefund(Refusal):
    """There is not that much to give back."""

    code = "cannot_refund"
    status = 409


def is_configured() -> bool:
    """Tell whether customers can pay here."""
    return bool(settings.STRIPE_SECRET_KEY)


def start(
    *, workspace: Workspace, cents: int, once: str, by: User, keeps_card: bool = False
) -> Payment:
    """Make a page where the customer pays. A second time with the same ``once`` leads
    to the same page."""
    if workspace.parent_id:
        raise AgencyPays("Your agency pays for the calls of this workspace.")
    if not LEAST <= cents <= MOST:
        raise BadAmount(f"Top up between ${LEAST // 100} and ${MOST // 100:,}.")
    if not once or len(once) > 64:
        raise BadAmount("The form is incomplete. Open it again.")
    if not is_configured():
        raise NotConfigured("This server takes no payments yet.")
    payment, _ = Payment.objects.get_or_create(
        workspace=workspace,
        once=once,
        defaults={
            "kind": Payment.Kind.TOP_UP,
            "credit_cents": cents,
            "keeps_card": keeps_card,
            "started_by": by,
        },
    )
    if payment.credit_cents != cents:
        raise OtherPayment("This form was sent with another amount. Open it again.")
    if not payment.session_id:
        _open_page(payment, by)
    return payment


def _open_page(payment: Payment, by: User) -> None:
    here = settings.PUBLIC_BASE_URL
    page = processors.processor().page(
        key=f"{payment.source}:page",
        customer_id=_customer(payment.workspace, by),
        cents=payment.credit_cents,
        payment_id=str(payment.id),
        keeps_card=payment.keeps_card,
        success_url=here + reverse("billing:payment-return", args=[payment.id]),
        cancel_url=here + reverse("billing:overview"),
    )
    crash.point("payment.before_session_saved")
    Payment.objects.filter(pk=payment.pk, session_id=None).update(
        session_id=page.session_id,
        session_url=page.url,
        state=Payment.State.OPEN,
        next_at=clock.now() + LOOK_AGAIN,
    )
    payment.refresh_from_db()


def _customer(workspace: Workspace, by: User) -> str:
    profile = profiles.of(workspace)
    if not profile.customer_id:
        profile.customer_id = processors.processor().customer(
            # Of what is asked, too: a changed address would make the key's answer wrong.
            key=f"customer:{workspace.id}:{by.pk}:{profile.country}",
            email=by.email,
            fields={
                "name": profile.legal_name or workspace.name,
                "workspace_id": str(workspace.id),
                "country": profile.country,
            },
        )
        # The first to be saved counts.
        BillingProfile.objects.filter(pk=profile.pk, customer_id="").update(
            customer_id=profile.customer_id
        )
        profile.refresh_from_db()
    return profile.customer_id


def reconcile(payment_id: UUID) -> Payment:
    """Read what is true of a payment now, and book what is missing."""
    payment = Payment.objects.get(pk=payment_id)
    if not payment.session_id and not payment.intent_id:
        return payment
    facts = processors.processor().facts(
        session_id=payment.session_id or "", intent_id=payment.intent_id or ""
    )
    crash.point("payment.before_booking")
    for tries_left in reversed(range(TRIES)):
        try:
            payment = _apply(payment_id, facts, clock.now())
        except OperationalError as error:  # others hold the rows: the database said so
            if not tries_left:
                raise Busy("Many payments arrive at once. Try again.") from error
        else:
            crash.point("payment.after_booking")
            return payment
    raise AssertionError("unreachable")


@transaction.atomic
def _apply(payment_id: UUID, facts: Facts, now: datetime) -> Payment:
    payment = (
        Payment.objects.select_for_update(of=("self",))
        .select_related("workspace")
        .get(pk=payment_id)
    )
    payment.intent_id = payment.intent_id or facts.intent_id or None
    if facts.progress == "paid" and payment.paid_at is None:
        _credit(payment, facts, now)
    if payment.paid_at:
        _take_returns(payment, facts, now)
    elif facts.progress == "failed" and payment.state in Payment.WAITING:
        _fail(payment, facts.failure or "the payment failed", now)
    elif facts.progress == "expired" and payment.state in Payment.WAITING:
        payment.state = Payment.State.EXPIRED
    if payment.state not in Payment.WAITING:
        payment.next_at = None
    payment.save()
    crash.point("payment.before_commit")
    return payment


def _credit(payment: Payment, facts: Facts, now: datetime) -> None:
    if facts.total_cents - facts.tax_cents < payment.credit_cents:
        log.error(
            "payment_is_short", payment=str(payment.id), paid_cents=facts.total_cents
        )
        return
    payment.state, payment.paid_at, payment.failure = Payment.State.PAID, now, ""
    payment.total_cents, payment.tax_cents = facts.total_cents, facts.tax_cents
    payment.card_brand, payment.card_last4 = facts.card.brand, facts.card.last4
    profiles.learn_country(payment.workspace, facts.card.country)
    words = "Auto-recharge" if payment.kind == "auto_recharge" else "Top-up"
    entry = wallet.top_up(
        workspace=payment.workspace,
        amount_micros=payment.credit_cents * MICROS_PER_CREDIT,
        key=f"{payment.source}:topup",
        source=payment.source,
        note=f"{words}, {payment.card}" if payment.card else words,
    )
    payment.save()
    invoice = invoices.issue(payment, entry=entry, now=now)
    auto_recharge.succeeded(payment.workspace)
    if facts.keeps_card and facts.card.method_id:
        profiles.of(payment.workspace)
        BillingProfile.objects.filter(pk=payment.workspace_id).update(
            method_id=facts.card.method_id,
            card_brand=facts.card.brand,
            card_last4=facts.card.last4,
        )
    outbox.post(
        workspace=payment.workspace,
        event="billing.topup_confirmed",
        key=f"billing.topup_confirmed:{payment.id}",
        subject=payment.source,
        data={
            "payment_id": str(payment.id),
            "kind": payment.kind,
            "credits": payment.credit_cents,
            "amount_usd": payment.credit_cents / 100,
            "total_usd": payment.total_cents / 100,
            "invoice_number": invoice.number,
            "balance_usd": entry.balance_after_micros / MICROS_PER_CREDIT / 100,
        },
    )


def _take_returns(payment: Payment, facts: Facts, now: datetime) -> None:
    """Book what went back, and book back what came again."""
    standing = [each for each in facts.returns if each.stands]
    for each in facts.returns:
        _take_return(payment, each, now)
    payment.returned_cents = sum(each.cents for each in standing)
    if payment.returned_cents >= payment.total_cents > 0:
        is_refund = any(each.kind == "refund" for each in standing)
        payment.state = Payment.State.REFUNDED if is_refund else Payment.State.DISPUTED
        status = Invoice.Status.REFUNDED
    else:
        payment.state, status = Payment.State.PAID, Invoice.Status.PAID
    payment.invoices.filter(kind=Invoice.Kind.TOPUP).exclude(status=status).update(
        status=status
    )


def _take_return(payment: Payment, each: Return, now: datetime) -> None:
    key = f"{payment.source}:{each.id}"
    micros = (
        payment.credit_cents * MICROS_PER_CREDIT * each.cents // payment.total_cents
    )
    words = "Refund" if each.kind == "refund" else "Disputed by the bank"
    if each.stands:
        entry = wallet.take_back(
            workspace=payment.workspace,
            amount_micros=micros,
            key=key,
            source=payment.source,
            note=f"{words}, {payment.card}" if payment.card else words,
        )
        if each.kind == "refund":
            invoices.credit_note(
                payment, returned=each.id, cents=each.cents, entry=entry, now=now
            )
    elif LedgerEntry.objects.filter(idempotency_key=key).exists():
        wallet.top_up(
            workspace=payment.workspace,
            amount_micros=micros,
            key=f"{key}:undone",
            kind=LedgerEntry.Kind.REFUND,
            source=payment.source,
            note="The refund failed" if each.kind == "refund" else "Dispute won",
        )
        invoices.void(payment, returned=each.id, now=now)


def fail(payment_id: UUID, why: str, *, now: datetime) -> None:
    """Give up a payment that was not made; tell those who pay, once."""
    with transaction.atomic():
        payment = (
            Payment.objects.select_for_update(of=("self",))
            .select_related("workspace")
            .get(pk=payment_id)
        )
        if payment.state not in Payment.WAITING:
            return
        _fail(payment, why, now)
        payment.next_at = None
        payment.save()


def _fail(payment: Payment, why: str, now: datetime) -> None:
    payment.state, payment.failure = Payment.State.FAILED, why[:255]
    if payment.kind == Payment.Kind.AUTO_RECHARGE:
        auto_recharge.failed(payment.workspace, why=why, key=payment.source, now=now)
    else:
        notices.put(
            workspace=payment.workspace,
            kind=Notice.Kind.PAYMENT_FAILED,
            key=f"failed:{payment.source}",
            words={"amount": f"${payment.credit_cents / 100:,.2f}", "why": why},
        )
    outbox.post(
        workspace=payment.workspace,
        event="billing.payment_failed",
        key=f"billing.payment_failed:{payment.id}",
        subject=payment.source,
        data={
            "payment_id": str(payment.id),
            "kind": payment.kind,
            "amount_usd": payment.credit_cents / 100,
            "reason": why,
        },
    )


def look_after(payment_id: UUID, *, now: datetime) -> None:
    """See what became of a payment of which nothing was heard."""
    payment = claims.claim(Payment, payment_id, now=now)
    if payment is None:
        return
    try:
        payment = reconcile(payment.pk)
    except Refusal as refusal:
        claims.again(payment, now=now, why=refusal.message)
        return
    if payment.state in Payment.WAITING:
        claims.again(payment, now=now, why="", after=LOOK_AGAIN)
    else:
        claims.done(payment)


def refund(
    payment: Payment, *, cents: int, once: str, reason: str, by: User
) -> Payment:
    """Give money back through the payment company; the ledger follows."""
    if payment.paid_at is None or not payment.intent_id:
        raise CannotRefund("Nothing was paid, so there is nothing to give back.")
    if not 0 < cents <= payment.total_cents - payment.returned_cents:
        left = (payment.total_cents - payment.returned_cents) / 100
        raise CannotRefund(f"At most ${left:,.2f} of this payment can be given back.")
    audit.record(
        workspace=payment.workspace,
        actor=by,
        verb="payment.refunded",
        target=f"${cents / 100:,.2f} of {payment.id}",
        reason=reason,
    )
    processors.processor().refund(
        key=f"{payment.source}:refund:{once}", intent_id=payment.intent_id, cents=cents
    )
    try:
        return reconcile(payment.pk)
    except Unreachable:  # the event tells, too
        return payment
