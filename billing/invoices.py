"""Invoices and credit notes: numbered without gaps, once for each thing they are for."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import BigIntegerField, Count, F, Max, Sum
from django.db.models.functions import Greatest, Least

from accounts.models import Workspace
from billing import profiles
from billing.models import (
    Invoice,
    InvoiceItem,
    InvoiceSeries,
    LedgerEntry,
    Payment,
    Spend,
)


@transaction.atomic
def issue(payment: Payment, *, entry: LedgerEntry, now: datetime) -> Invoice:
    """Issue the receipt of a payment, once."""
    invoice = _make(
        payment,
        kind=Invoice.Kind.TOPUP,
        key=payment.source,
        subtotal=payment.credit_cents,
        tax=payment.tax_cents,
        now=now,
    )
    if not invoice.items.exists():
        words = "Auto-recharge" if payment.kind == "auto_recharge" else "Top-up"
        _item(
            invoice,
            InvoiceItem.Kind.TOPUP,
            f"{words}: {payment.credit_cents:,} credits",
            payment.credit_cents,
            entry.pk,
        )
        if payment.tax_cents:
            _item(invoice, InvoiceItem.Kind.TAX_LINE, "Tax", payment.tax_cents)
    return invoice


@transaction.atomic
def credit_note(
    payment: Payment, *, returned: str, cents: int, entry: LedgerEntry, now: datetime
) -> Invoice:
    """Issue a credit note for money that went back, once for each return."""
    tax = cents * payment.tax_cents // payment.total_cents if payment.total_cents else 0
    invoice = _make(
        payment,
        kind=Invoice.Kind.ADJUSTMENT,
        key=f"{payment.source}:{returned}",
        subtotal=tax - cents,
        tax=-tax,
        now=now,
    )
    if not invoice.items.exists():
        first = payment.invoices.filter(kind=Invoice.Kind.TOPUP).first()
        _item(
            invoice,
            InvoiceItem.Kind.ADJUSTMENT,
            f"Refund of {first.number}" if first else "Refund",
            tax - cents,
            entry.pk,
        )
        if tax:
            _item(invoice, InvoiceItem.Kind.TAX_LINE, "Tax", -tax)
    return invoice


def void(payment: Payment, *, returned: str, now: datetime) -> None:
    """Void the credit note of a refund that did not happen after all."""
    payment.invoices.filter(key=f"{payment.source}:{returned}", voided_at=None).update(
        status=Invoice.Status.VOID, voided_at=now
    )


def _make(
    payment: Payment, *, kind: str, key: str, subtotal: int, tax: int, now: datetime
) -> Invoice:
    found = Invoice.objects.filter(key=key).first()
    if found:
        return found
    profile = profiles.of(payment.workspace)
    return Invoice.objects.create(
        workspace=payment.workspace,
        number=_next_number(now),
        kind=kind,
        status=Invoice.Status.PAID,
        subtotal_minor=subtotal,
        tax_minor=tax,
        total_minor=subtotal + tax,
        billed_to=profile.legal_name or payment.workspace.name,
        country=profile.country,
        paid_with=payment.card,
        gateway_invoice_id=payment.session_id or payment.intent_id or "",
        payment=payment,
        key=key,
        issued_at=now,
        paid_at=now,
    )


def _next_number(now: datetime) -> str:
    """Give the next number. The series' row stays locked until the invoice is
    committed, so that a number is neither given twice nor lost."""
    name = f"{settings.INVOICE_PREFIX}-{now.year}"
    InvoiceSeries.objects.get_or_create(pk=name)
    series = InvoiceSeries.objects.select_for_update().get(pk=name)
    series.last += 1
    series.save()
    return f"{name}-{series.last:04}"


def _item(
    invoice: Invoice,
    kind: str,
    description: str,
    cents: int,
    entry_id: UUID | None = None,
) -> None:
    InvoiceItem.objects.create(
        invoice=invoice,
        kind=kind,
        description=description,
        unit_amount_minor=cents,
        amount_minor=cents,
        credit_transaction_id=entry_id,
    )


@dataclass(frozen=True, slots=True)
class Used:
    """What one agent took of some credit."""

    label: str
    calls: int
    micros: int


@dataclass(frozen=True, slots=True)
class Consumption:
    """What the credit of an invoice paid for. The oldest credit is spent first."""

    used: list[Used]
    left_micros: int


def consumption(invoice: Invoice) -> Consumption | None:
    """Tell by agent what an invoice's credit paid for; None for a credit note."""
    if invoice.kind != Invoice.Kind.TOPUP:
        return None
    entry = LedgerEntry.objects.filter(
        idempotency_key=f"{invoice.payment.source}:topup"
    ).first()
    if entry is None:
        return None
    # Everything that came in before this credit is spent before it.
    begins = entry.balance_after_micros + entry.spent_after_micros - entry.amount_micros
    ends = begins + entry.amount_micros
    big = BigIntegerField()
    rows = (
        LedgerEntry.objects.filter(
            wallet_id=entry.wallet_id,
            amount_micros__lt=0,
            spent_after_micros__gt=begins,
            spent_after_micros__lt=ends - F("amount_micros"),
        )
        .values("subject", "kind")
        .annotate(
            calls=Count("pk"),
            micros=Sum(
                Least(F("spent_after_micros"), ends, output_field=big)
                - Greatest(
                    F("spent_after_micros") + F("amount_micros"),
                    begins,
                    output_field=big,
                ),
                output_field=big,
            ),
        )
        .order_by("-micros")
    )
    labels = _labels(entry.wallet_id)
    used = [
        Used(
            labels.get(row["subject"]) or _other(row["kind"]),
            row["calls"],
            row["micros"],
        )
        for row in rows
    ]
    left = entry.amount_micros - sum(each.micros for each in used)
    return Consumption(used, max(left, 0))


def _labels(wallet_id: UUID) -> dict[str, str]:
    """Return the last name of everything that spent from a wallet."""
    found = (
        Spend.objects.filter(wallet_id=wallet_id)
        .exclude(subject="")
        .values("subject", "label")
        .annotate(last=Max("day"))
        .order_by("last")
    )
    return {row["subject"]: row["label"] for row in found}


def _other(kind: str) -> str:
    return "Calls" if kind == LedgerEntry.Kind.CALL else "Refunds and adjustments"


def of(workspace: Workspace, invoice_id: UUID) -> Invoice | None:
    """Return one of the workspace's invoices with its items."""
    found: Invoice | None = (
        workspace.invoices.select_related("payment")
        .prefetch_related("items")
        .filter(pk=invoice_id)
        .first()
    )
    return found
