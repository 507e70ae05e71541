"""Records of money. All amounts are micro-credits (see ``common.money``)."""

from django.db import models

from accounts.models import Workspace
from common import ids


class Wallet(models.Model):
    """A workspace's prepaid balance. Only ``billing.wallet`` writes it, and
    ``billing.proof`` whether it adds up."""

    workspace = models.OneToOneField(
        Workspace, on_delete=models.PROTECT, related_name="wallet", primary_key=True
    )
    balance_micros = models.BigIntegerField(default=0)
    held_micros = models.BigIntegerField(default=0)  # sum of live holds
    spent_micros = models.BigIntegerField(default=0)  # sum of what was taken, ever
    entry_count = models.PositiveBigIntegerField(default=0)
    proved_at = models.DateTimeField(null=True, blank=True)
    proof_failed = models.BooleanField(default=False)
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
    # Whose call it was: a client's calls are paid from its agency's wallet.
    workspace = models.ForeignKey(
        Workspace, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    subject = models.CharField(max_length=80, blank=True)  # "agent:<id>", opaque here
    # What the wallet had spent in all, this entry included: tells which credit paid.
    spent_after_micros = models.BigIntegerField(default=0)
    note = models.CharField(max_length=255, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["wallet", "sequence"], name="ledger_chain_unbroken"
            )
        ]
        indexes = [
            models.Index(fields=["wallet", "-created_at"]),
            # UUIDs of version 7 sort by time, so pages are cut by key.
            models.Index(fields=["wallet", "-id"]),
            models.Index(
                fields=["wallet", "spent_after_micros"],
                condition=models.Q(amount_micros__lt=0),
                name="spending_in_order",
            ),
        ]

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
    workspace = models.ForeignKey(  # whose call it is; its agency may pay
        Workspace, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    subject = models.CharField(max_length=80, blank=True)  # "agent:<id>", opaque here
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
