"""Whom a workspace must not call."""

from django.db import models

from accounts.models import Workspace
from common import ids


class DoNotCall(models.Model):
    """One person who wants no calls."""

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    workspace = models.ForeignKey(
        Workspace, on_delete=models.CASCADE, related_name="do_not_call"
    )
    phone = models.CharField(max_length=16)  # E.164
    reason = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "phone"], name="do_not_call_once"
            )
        ]
        indexes = [models.Index(fields=["workspace", "-id"], name="do_not_call_latest")]
        verbose_name_plural = "do not call"

    def __str__(self) -> str:
        return self.phone
