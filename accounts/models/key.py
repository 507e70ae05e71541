"""Keys for programs."""

from django.conf import settings
from django.db import models

from accounts.models.workspace import Workspace
from common import ids


class ApiKey(models.Model):
    """A secret or publishable key; only its SHA-256 is kept."""

    class Kind(models.TextChoices):
        ACCOUNT = "account"
        WORKSPACE = "workspace"
        PUBLISHABLE = "publishable"

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    workspace = models.ForeignKey(
        Workspace, on_delete=models.CASCADE, related_name="api_keys"
    )
    kind = models.CharField(max_length=16, choices=Kind.choices)
    label = models.CharField(max_length=100, blank=True)
    key_hash = models.CharField(max_length=64, unique=True)  # SHA-256, hex
    key_prefix = models.CharField(max_length=24)  # shown, so that people can tell apart
    scopes = models.JSONField(default=list)
    legacy = models.BooleanField(default=False)  # from before scopes: full access
    # Publishable keys only. The agent is an opaque id: agents live upstairs.
    agent_id = models.UUIDField(null=True, blank=True)
    allowed_channels = models.JSONField(default=list)
    audience = models.CharField(max_length=32, blank=True)
    default_from_number = models.CharField(max_length=20, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
    )
    created_at = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.key_prefix}… {self.label}"

    def is_live(self) -> bool:
        """Tell whether the key still opens doors."""
        return self.revoked_at is None
