"""What a workspace wants to be told about its money, and the letters about it."""

from django.db import models
from django.db.models import Q

from accounts.models import Workspace
from billing.models.payment import Queued
from common import ids


class AlertSettings(models.Model):
    """When to write: a month's spend passes an amount, or little is left."""

    workspace = models.OneToOneField(
        Workspace, on_delete=models.CASCADE, related_name="alerts", primary_key=True
    )
    thresholds_cents = models.JSONField(default=list)  # of a month (UTC), ascending
    low_balance_pct = models.PositiveSmallIntegerField(default=0)  # of the last peak
    email_enabled = models.BooleanField(default=True)
    checked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "alert settings"

    def __str__(self) -> str:
        return f"alerts of {self.workspace_id}"


class Notice(Queued):
    """A letter about money to those who pay; one for each ``key``."""

    class Kind(models.TextChoices):
        SPEND = "spend"
        LOW_BALANCE = "low_balance"
        PAYMENT_FAILED = "payment_failed"
        RECHARGE_OFF = "recharge_off"

    class State(models.TextChoices):
        NEW = "new"
        SENT = "sent"
        FAILED = "failed"

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    workspace = models.ForeignKey(
        Workspace, on_delete=models.CASCADE, related_name="notices"
    )
    kind = models.CharField(max_length=16, choices=Kind.choices)
    key = models.CharField(max_length=160, unique=True)
    words = models.JSONField(default=dict)  # what the letter says, figures included
    state = models.CharField(max_length=8, choices=State.choices, default=State.NEW)
    created_at = models.DateTimeField(auto_now_add=True)
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["next_at"], condition=Q(state="new"), name="notices_due"
            ),
            models.Index(fields=["workspace", "-id"]),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"
