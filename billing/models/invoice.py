"""Invoices: numbered without gaps, never changed in what they say."""

from django.db import models

from accounts.models import Workspace
from billing.models.payment import Payment
from common import ids


class InvoiceSeries(models.Model):
    """The last number given in a series; locked while the next one is given."""

    id = models.CharField(max_length=16, primary_key=True)  # "RY-2026"
    last = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name_plural = "invoice series"

    def __str__(self) -> str:
        return f"{self.id}: {self.last}"


class Invoice(models.Model):
    """A receipt for credit that was bought, or a credit note that takes it back."""

    class Kind(models.TextChoices):
        TOPUP = "topup"
        ADJUSTMENT = "adjustment"  # a credit note: negative

    class Status(models.TextChoices):
        PAID = "paid"
        FAILED = "failed"
        PENDING = "pending"
        VOID = "void"
        REFUNDED = "refunded"

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    workspace = models.ForeignKey(
        Workspace, on_delete=models.PROTECT, related_name="invoices"
    )
    number = models.CharField(max_length=32, unique=True)  # "RY-2026-0412"
    kind = models.CharField(max_length=16, choices=Kind.choices)
    status = models.CharField(max_length=16, choices=Status.choices)
    currency = models.CharField(max_length=3, default="usd")
    subtotal_minor = models.IntegerField()
    tax_minor = models.IntegerField(default=0)
    discount_minor = models.IntegerField(default=0)
    total_minor = models.IntegerField()
    billed_to = models.CharField(max_length=120)
    country = models.CharField(max_length=2, blank=True)
    paid_with = models.CharField(max_length=60, blank=True)
    gateway = models.CharField(max_length=16, default="stripe")
    gateway_invoice_id = models.CharField(max_length=120, blank=True)
    payment = models.ForeignKey(
        Payment, on_delete=models.PROTECT, related_name="invoices"
    )
    key = models.CharField(max_length=160, unique=True)  # what it is for, once
    issued_at = models.DateTimeField()
    paid_at = models.DateTimeField(null=True, blank=True)
    voided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["workspace", "-id"])]

    def __str__(self) -> str:
        return self.number


class InvoiceItem(models.Model):
    """One line of an invoice."""

    class Kind(models.TextChoices):
        TOPUP = "topup"
        DISCOUNT = "discount"
        TAX_LINE = "tax_line"
        ADJUSTMENT = "adjustment"

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    invoice = models.ForeignKey(Invoice, on_delete=models.CASCADE, related_name="items")
    kind = models.CharField(max_length=16, choices=Kind.choices)
    description = models.CharField(max_length=200)
    quantity = models.PositiveIntegerField(default=1)
    unit_amount_minor = models.IntegerField()
    amount_minor = models.IntegerField()
    credit_transaction_id = models.UUIDField(null=True, blank=True)  # ledger entry

    def __str__(self) -> str:
        return self.description
