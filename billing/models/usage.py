"""What was used and what it came to. All amounts are micro-credits."""

from django.db import models

from accounts.models import Workspace
from billing.models.wallet import Wallet
from common import ids


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


class Spend(models.Model):
    """What a workspace spent on one subject (an agent) on one day (UTC), and from whose
    wallet; kept by the ledger's writer as it books."""

    wallet = models.ForeignKey(Wallet, on_delete=models.PROTECT, related_name="spends")
    workspace = models.ForeignKey(
        Workspace, on_delete=models.PROTECT, related_name="spends"
    )
    day = models.DateField()
    subject = models.CharField(max_length=80, blank=True)  # "agent:<id>", opaque here
    label = models.CharField(max_length=120, blank=True)  # its name on that day
    spent_micros = models.BigIntegerField(default=0)
    billed_ms = models.BigIntegerField(default=0)
    calls = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "day", "subject", "wallet"],
                name="one_spend_a_day_and_subject",
            )
        ]
        indexes = [models.Index(fields=["wallet", "day"])]

    def __str__(self) -> str:
        return f"{self.label or self.subject} on {self.day}"


class SpendCap(models.Model):
    """The most that may be spent a day (UTC): by the workspace, or by one agent."""

    workspace = models.ForeignKey(
        Workspace, on_delete=models.CASCADE, related_name="spend_caps"
    )
    subject = models.CharField(max_length=80, blank=True)  # empty: all together
    label = models.CharField(max_length=120, blank=True)
    daily_micros = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "subject"], name="one_cap_a_subject"
            ),
            models.CheckConstraint(
                condition=models.Q(daily_micros__gt=0), name="caps_are_positive"
            ),
        ]

    def __str__(self) -> str:
        return f"cap of {self.label or 'the workspace'}"
