"""Accounts own workspaces; a workspace is the tenant."""

from django.db import models

from common import ids


class Account(models.Model):
    """Who signs the contract: owns workspaces."""

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    name = models.CharField(max_length=120)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name


class Workspace(models.Model):
    """The tenant: owns agents, numbers, calls, keys and a wallet.

    A workspace with a ``parent`` is a client of that agency workspace, which pays.
    """

    class Plan(models.TextChoices):
        FREE = "free"
        ENTERPRISE = "enterprise"

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    account = models.ForeignKey(
        Account, on_delete=models.PROTECT, related_name="workspaces"
    )
    parent = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="clients"
    )
    name = models.CharField(max_length=120)
    plan = models.CharField(max_length=16, choices=Plan.choices, default=Plan.FREE)
    is_primary = models.BooleanField(default=False)
    operating_country = models.CharField(max_length=2, blank=True)
    spend_cap_cents_monthly = models.PositiveIntegerField(null=True, blank=True)
    max_concurrent_calls = models.PositiveIntegerField(null=True, blank=True)
    max_daily_calls = models.PositiveIntegerField(null=True, blank=True)
    time_zone = models.CharField(max_length=64, default="UTC")
    created_at = models.DateTimeField(auto_now_add=True)
    deleted_at = models.DateTimeField(null=True, blank=True)  # its ledger is kept

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account"],
                condition=models.Q(is_primary=True),
                name="one_primary_workspace_an_account",
            )
        ]

    def __str__(self) -> str:
        return self.name
