"""What customers ask support, and what the operator says of the system."""

from django.conf import settings
from django.db import models

from accounts.models.workspace import Workspace
from common import ids


class SupportTicket(models.Model):
    """A question or a complaint of a workspace."""

    class Category(models.TextChoices):
        BILLING = "billing"
        VOICE_QUALITY = "voice_quality"
        TELEPHONY = "telephony"
        AGENT_PUBLISHING = "agent_publishing"
        API_SDK = "api_sdk"
        ACCOUNT = "account"
        OTHER = "other"

    class Status(models.TextChoices):
        OPEN = "open"
        AWAITING_USER = "awaiting_user"
        IN_PROGRESS = "in_progress"
        RESOLVED = "resolved"
        CLOSED = "closed"

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    workspace = models.ForeignKey(
        Workspace, on_delete=models.CASCADE, related_name="support_tickets"
    )
    subject = models.CharField(max_length=200)
    category = models.CharField(max_length=24, choices=Category.choices)
    description = models.TextField(max_length=5000)
    call_id = models.UUIDField(null=True, blank=True)  # opaque: calls live upstairs
    contact_email = models.EmailField(blank=True)
    status = models.CharField(
        max_length=16, choices=Status.choices, default=Status.OPEN
    )
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        indexes = [models.Index(fields=["workspace", "-id"], name="tickets_by_age")]

    def __str__(self) -> str:
        return self.subject


class SystemNotice(models.Model):
    """What the operator says of the system; the newest counts."""

    class Level(models.TextChoices):
        OPERATIONAL = "operational"
        DEGRADED = "degraded"
        OUTAGE = "outage"

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    level = models.CharField(max_length=16, choices=Level.choices)
    message = models.CharField(max_length=500, blank=True)
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.level} {self.message}".strip()
