"""Calls added up by day and by month, so that a year of them is read in a moment."""

from django.db import models

from accounts.models import Workspace
from agents.models import Agent


class CallSums(models.Model):
    """What one agent's calls of one status came to, on a day (UTC) or in a month that
    is over. A month's sums are those of its days."""

    class Span(models.TextChoices):
        DAY = "day"
        MONTH = "month"

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+")
    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="+")
    span = models.CharField(max_length=5, choices=Span.choices, default=Span.DAY)
    day = models.DateField()  # of a month, its first
    status = models.CharField(max_length=16)
    calls = models.PositiveIntegerField(default=0)
    connected = models.PositiveIntegerField(default=0)
    duration_ms = models.BigIntegerField(default=0)
    billed_ms = models.BigIntegerField(default=0)
    charge_micros = models.BigIntegerField(default=0)
    phone_ms = models.BigIntegerField(default=0)  # billed, of calls by telephone
    phone_micros = models.BigIntegerField(default=0)
    positive = models.PositiveIntegerField(default=0)
    neutral = models.PositiveIntegerField(default=0)
    negative = models.PositiveIntegerField(default=0)
    unknown = models.PositiveIntegerField(default=0)
    judged = models.PositiveIntegerField(default=0)
    passed = models.PositiveIntegerField(default=0)
    # How long the connected ones lasted.
    under_30s = models.PositiveIntegerField(default=0)
    under_1m = models.PositiveIntegerField(default=0)
    under_3m = models.PositiveIntegerField(default=0)
    under_5m = models.PositiveIntegerField(default=0)
    longer = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "span", "day", "agent", "status"],
                name="call_sums_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.span} {self.day} {self.status}: {self.calls}"


class DailyMark(models.Model):
    """Up to which day a workspace's calls are added up."""

    workspace = models.OneToOneField(
        Workspace, on_delete=models.CASCADE, primary_key=True, related_name="+"
    )
    until = models.DateField()

    def __str__(self) -> str:
        return f"{self.workspace_id} to {self.until}"
