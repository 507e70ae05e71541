"""Records of money. All amounts are micro-credits (see ``common.money``)."""

from django.db import models

from accounts.models import Workspace
from common import ids


class Wallet(models.Model):
    """A workspace's prepaid balance. Only ``billing.wallet`` writes it."""

    workspace = models.OneToOneField(
        Workspace, on_delete=models.PROTECT, related_name="wallet", primary_key=True
    )
    balance_micros = models.BigIntegerField(default=0)
    held_micros = models.BigIntegerField(default=0)  # sum of live holds
    entry_count = models.PositiveBigIntegerField(default=0)
    updated_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"wallet of {self.workspace_id}"

    @property
    def free_micros(self) -> int:
        """What is neither spent nor held."""
        return self.balance_micros - self.held_micros


class LedgerEntry(models.Model):
    """One movement of money; never changed, never deleted."""

    class Kind(models.TextChoices):
        TOP_UP = "top_up"
        GRANT = "grant"
        CALL = "call"
        ADJUSTMENT = "adjustment"
        REFUND = "refund"

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    wallet = models.ForeignKey(Wallet, on_delete=models.PROTECT, related_name="entries")
    kind = models.CharField(max_length=16, choices=Kind.choices)
    amount_micros = models.BigIntegerField()  # negative: spent
    balance_after_micros = models.BigIntegerField()
    sequence = models.PositiveBigIntegerField()  # 1, 2, 3 … in each wallet
    idempotency_key = models.CharField(max_length=120, unique=True)
    source = models.CharField(max_length=80, blank=True)  # public id, opaque here
    note = models.CharField(max_length=255, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["wallet", "sequence"], name="ledger_chain_unbroken"
            )
        ]
        indexes = [models.Index(fields=["wallet", "-created_at"])]

    def __str__(self) -> str:
        return f"{self.kind} {self.amount_micros}"


class Hold(models.Model):
    """Money set aside for something that is under way; expires if nobody renews it."""

    class State(models.TextChoices):
        LIVE = "live"
        CAPTURED = "captured"
        RELEASED = "released"

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    wallet = models.ForeignKey(Wallet, on_delete=models.PROTECT, related_name="holds")
    source = models.CharField(max_length=80, unique=True)  # "call:<id>"
    amount_micros = models.BigIntegerField()
    state = models.CharField(max_length=16, choices=State.choices, default=State.LIVE)
    expires_at = models.DateTimeField()
    created_at = models.DateTimeField(auto_now_add=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["expires_at"],
                condition=models.Q(state="live"),
                name="live_holds_by_expiry",
            )
        ]

    def __str__(self) -> str:
        return f"{self.state} hold for {self.source}"


class CostLine(models.Model):
    """One priced quantity of a source. ``price_micros`` null: unpriced, never 0."""

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    workspace = models.ForeignKey(
        Workspace, on_delete=models.PROTECT, related_name="cost_lines"
    )
    source = models.CharField(max_length=80)  # "call:<id>"
    meter = models.CharField(max_length=64)  # "platform.minute", "stt.second", …
    item = models.CharField(max_length=120, blank=True)  # provider/model
    quantity = models.DecimalField(max_digits=18, decimal_places=6)
    unit = models.CharField(max_length=24)
    price_micros = models.DecimalField(  # for one unit
        max_digits=24, decimal_places=6, null=True, blank=True
    )
    amount_micros = models.BigIntegerField(null=True, blank=True)
    charged = models.BooleanField(default=False)  # False: shown, but others bill it
    price_book = models.CharField(max_length=32, blank=True)  # version of the prices
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["source", "meter", "item"], name="metered_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.quantity} {self.unit} {self.meter}"


class DailySpend(models.Model):
    """What a wallet spent on one day (UTC), kept by the ledger's writer as it books,
    so that no page has to add up a year of entries."""

    wallet = models.ForeignKey(Wallet, on_delete=models.PROTECT, related_name="days")
    day = models.DateField()
    spent_micros = models.BigIntegerField(default=0)
    billed_ms = models.BigIntegerField(default=0)
    entries = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["wallet", "day"], name="one_row_a_day")
        ]

    def __str__(self) -> str:
        return f"{self.day}: {self.spent_micros}"
