"""What customers ask support, and what is answered."""

from django.conf import settings
from django.db import models

from accounts.models.workspace import Workspace
from common import ids


class SupportTicket(models.Model):
    """A question or a complaint of a workspace."""

    class Category(models.TextChoices):
        BILLING = "billing", "Billing"
        VOICE_QUALITY = "voice_quality", "Voice quality"
        TELEPHONY = "telephony", "Numbers and carriers"
        AGENT_PUBLISHING = "agent_publishing", "Publishing an agent"
        API_SDK = "api_sdk", "API and SDKs"
        ACCOUNT = "account", "Account and members"
        OTHER = "other", "Something else"

    class Status(models.TextChoices):
        OPEN = "open", "Waits for support"
        AWAITING_USER = "awaiting_user", "Answered"
        IN_PROGRESS = "in_progress", "Being looked into"
        RESOLVED = "resolved", "Solved"
        CLOSED = "closed", "Closed"

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

    @property
    def is_closed(self) -> bool:
        """Whether nobody waits for anything any more."""
        return self.status in (self.Status.RESOLVED, self.Status.CLOSED)


class TicketMessage(models.Model):
    """What was written after the description, by the customer or by support."""

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    ticket = models.ForeignKey(
        SupportTicket, on_delete=models.CASCADE, related_name="messages"
    )
    body = models.TextField(max_length=5000)
    by_support = models.BooleanField(default=False)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.body[:60]
