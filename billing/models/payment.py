"""Payments, and what the payment company tells us about them.

created → open → paid → refunded | disputed
    │       └──→ failed | expired
    └──────────→ failed
"""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.models import Workspace
from common import ids


class Queued(models.Model):
    """A row that is a job, too: a sweep picks up what is due, a lease keeps others off."""

    attempts = models.PositiveIntegerField(default=0)
    next_at = models.DateTimeField(null=True, blank=True)  # null: nothing left to do
    lease_until = models.DateTimeField(null=True, blank=True)
    last_error = models.CharField(max_length=255, blank=True)

    class Meta:
        abstract = True


class BillingProfile(models.Model):
    """Who pays for a workspace: country, the payment company's customer, a saved card.

    Of a card only what the payment company lets everybody see is kept.
    """

    workspace = models.OneToOneField(
        Workspace, on_delete=models.PROTECT, related_name="billing", primary_key=True
    )
    country = models.CharField(max_length=2, blank=True)  # ISO 3166
    legal_name = models.CharField(max_length=120, blank=True)
    customer_id = models.CharField(max_length=64, blank=True)
    method_id = models.CharField(max_length=64, blank=True)  # kept for recharges
    card_brand = models.CharField(max_length=24, blank=True)
    card_last4 = models.CharField(max_length=4, blank=True)

    def __str__(self) -> str:
        return f"billing of {self.workspace_id}"

    @property
    def card(self) -> str:
        """The saved card in words: Visa ending 4417."""
        return card_words(self.card_brand, self.card_last4) if self.method_id else ""


def card_words(brand: str, last4: str) -> str:
    """Name a card as people do: Visa ending 4417."""
    if not last4:
        return ""
    return f"{brand.replace('_', ' ').title() or 'Card'} ending {last4}"


class AutoRecharge(models.Model):
    """Buys a pack when the balance falls below a threshold."""

    workspace = models.OneToOneField(
        Workspace,
        on_delete=models.PROTECT,
        related_name="auto_recharge",
        primary_key=True,
    )
    enabled = models.BooleanField(default=False)
    pack_cents = models.PositiveIntegerField(default=50_00)
    threshold_cents = models.PositiveIntegerField(default=10_00)
    failures = models.PositiveIntegerField(default=0)  # in a row
    next_at = models.DateTimeField(null=True, blank=True)  # not before, after a failure
    last_error = models.CharField(max_length=255, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(enabled=False)
                | Q(pack_cents__gt=models.F("threshold_cents")),
                name="pack_exceeds_threshold",
            )
        ]

    def __str__(self) -> str:
        return f"auto-recharge of {self.workspace_id}"


class Payment(Queued):
    """Money asked of a customer; credited once it is there."""

    class Kind(models.TextChoices):
        TOP_UP = "top_up"
        AUTO_RECHARGE = "auto_recharge"

    class State(models.TextChoices):
        CREATED = "created"  # nothing asked of the payment company yet, or no answer
        OPEN = "open"  # the customer or the bank has to act
        PAID = "paid"
        FAILED = "failed"
        EXPIRED = "expired"
        REFUNDED = "refunded"  # all of it
        DISPUTED = "disputed"  # all of it, for now

    WAITING: ClassVar = (State.CREATED, State.OPEN)

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    workspace = models.ForeignKey(
        Workspace, on_delete=models.PROTECT, related_name="payments"
    )
    kind = models.CharField(max_length=16, choices=Kind.choices)
    state = models.CharField(
        max_length=16, choices=State.choices, default=State.CREATED
    )
    once = models.CharField(max_length=64)  # a second click is the same payment
    keeps_card = models.BooleanField(default=False)
    credit_cents = models.PositiveIntegerField()  # what is bought
    tax_cents = models.PositiveIntegerField(default=0)
    total_cents = models.PositiveIntegerField(default=0)  # what was paid
    returned_cents = models.PositiveIntegerField(default=0)  # refunds and disputes
    session_id = models.CharField(max_length=120, null=True, blank=True, unique=True)
    session_url = models.URLField(max_length=2000, blank=True)
    intent_id = models.CharField(max_length=120, null=True, blank=True, unique=True)
    card_brand = models.CharField(max_length=24, blank=True)
    card_last4 = models.CharField(max_length=4, blank=True)
    failure = models.CharField(max_length=255, blank=True)
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    created_at = models.DateTimeField(auto_now_add=True)
    paid_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "once"], name="one_payment_a_click"
            ),
            models.UniqueConstraint(
                fields=["workspace"],
                condition=Q(kind="auto_recharge", state__in=["created", "open"]),
                name="one_recharge_at_a_time",
            ),
        ]
        indexes = [
            models.Index(fields=["workspace", "-id"]),
            models.Index(
                fields=["next_at"],
                condition=Q(next_at__isnull=False),
                name="payments_due",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.state} {self.kind} of {self.credit_cents / 100:.2f} USD"

    @property
    def source(self) -> str:
        """What the ledger calls this payment."""
        return f"payment:{self.id}"

    @property
    def card(self) -> str:
        """The card it was paid with, in words."""
        return card_words(self.card_brand, self.card_last4)


class ProcessorEvent(Queued):
    """An event of the payment company: only what it is about is kept.

    What happened is asked of the payment company again, so that neither the order nor
    the number of copies matters.
    """

    class State(models.TextChoices):
        NEW = "new"
        DONE = "done"
        IGNORED = "ignored"  # about nothing of ours
        FAILED = "failed"  # given up

    id = models.CharField(max_length=120, primary_key=True)  # theirs
    type = models.CharField(max_length=80)
    object_id = models.CharField(max_length=120, blank=True)
    intent_id = models.CharField(max_length=120, blank=True)
    payment_key = models.CharField(max_length=64, blank=True)  # our id, as they say it
    state = models.CharField(max_length=8, choices=State.choices, default=State.NEW)
    received_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["next_at"], condition=Q(state="new"), name="events_due"
            )
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.id}"
