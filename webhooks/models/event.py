"""What happened, once, in the bytes that are sent."""

from django.db import models

from accounts.models import Workspace
from common import ids


class Event(models.Model):
    """A fact of a workspace. ``key`` makes sure that it is told once."""

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    workspace = models.ForeignKey(
        Workspace, on_delete=models.CASCADE, related_name="webhook_events"
    )
    type = models.CharField(max_length=64)  # "call.completed"
    key = models.CharField(max_length=200)  # "call.completed:<call id>"
    subject = models.CharField(max_length=120, blank=True)  # "call:<call id>", opaque
    body = models.TextField()  # the JSON that every try sends, byte for byte
    is_sample = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "key"], name="told_once")
        ]
        indexes = [
            models.Index(fields=["workspace", "-id"]),
            models.Index(fields=["workspace", "subject"]),
        ]

    def __str__(self) -> str:
        return self.type
