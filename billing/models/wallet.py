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
