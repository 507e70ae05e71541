"""Plans, and what was agreed with one workspace beside its plan."""

from typing import ClassVar

from django.db import models

from accounts.models import Workspace


class Plan(models.Model):
    """What a workspace may use. A limit that is empty is no limit.

    The defaults are those of a workspace whose plan has no row.
    """

    id = models.CharField(max_length=16, primary_key=True)  # Workspace.plan
    name = models.CharField(max_length=60)
    requests_per_minute = models.PositiveIntegerField(null=True, blank=True, default=60)
    # No cap by default: promised.
    concurrent_calls = models.PositiveIntegerField(null=True, blank=True)
    daily_calls = models.PositiveIntegerField(null=True, blank=True)
    knowledge_sources = models.PositiveIntegerField(null=True, blank=True, default=50)
    knowledge_bytes = models.PositiveBigIntegerField(
        null=True, blank=True, default=100 * 1024 * 1024
    )
    # How long calls are kept; empty: the workspace sets its own.
    retention_days = models.PositiveIntegerField(null=True, blank=True, default=30)
    custom_endpoints = models.BooleanField(default=True)  # own model and voice servers

    def __str__(self) -> str:
        return self.name


class LimitOverride(models.Model):
    """One limit of one workspace, agreed apart from its plan."""

    NAMES: ClassVar[tuple[str, ...]] = (
        "requests_per_minute",
        "concurrent_calls",
        "daily_calls",
        "knowledge_sources",
        "knowledge_bytes",
        "retention_days",
        "custom_endpoints",
    )

    workspace = models.ForeignKey(
        Workspace, on_delete=models.CASCADE, related_name="limit_overrides"
    )
    limit = models.CharField(
        max_length=32, choices=[(name, name.replace("_", " ")) for name in NAMES]
    )
    value = models.PositiveBigIntegerField(null=True, blank=True)  # empty: no limit

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "limit"], name="one_override_a_limit"
            )
        ]

    def __str__(self) -> str:
        return f"{self.limit} of {self.workspace_id}"
