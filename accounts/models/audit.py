"""What was done by whom, and why, where a reason was asked for."""

from django.conf import settings
from django.db import models

from accounts.models.workspace import Workspace
from common import ids


class AuditEntry(models.Model):
    """One deed of staff, or of a member, that the workspace should be able to see."""

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    workspace = models.ForeignKey(
        Workspace, on_delete=models.CASCADE, null=True, related_name="audit_entries"
    )
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    # Staff who acted in the actor's name.
    staff = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    verb = models.CharField(max_length=64)  # "key.revoked", "wallet.adjusted"
    target = models.CharField(max_length=120, blank=True)  # what it was done to
    reason = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name_plural = "audit entries"
        indexes = [
            # UUIDs of version 7 sort by time, so pages are cut by key.
            models.Index(fields=["workspace", "-id"]),
        ]

    def __str__(self) -> str:
        return f"{self.verb} {self.target}"
