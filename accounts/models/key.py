"""Keys for programs."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.models.workspace import Workspace
from common import ids

EVERYTHING = "*"  # the scope of a key that may do all that keys can do


class ApiKeyQuerySet(models.QuerySet["ApiKey"]):
    """Sets of keys worth a name."""

    def live(self, now: datetime) -> "ApiKeyQuerySet":
        """Return keys that still open doors."""
        return self.filter(Q(expires_at=None) | Q(expires_at__gt=now), revoked_at=None)

    def secret(self) -> "ApiKeyQuerySet":
        """Return keys for servers."""
        return self.exclude(kind=ApiKey.Kind.PUBLISHABLE)

    def publishable(self) -> "ApiKeyQuerySet":
        """Return keys for web pages."""
        return self.filter(kind=ApiKey.Kind.PUBLISHABLE)


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
    allowed_origins = models.JSONField(default=list)  # of pages; none: any page
    max_concurrent = models.PositiveSmallIntegerField(null=True, blank=True)
    max_call_seconds = models.PositiveIntegerField(null=True, blank=True)
    audience = models.CharField(max_length=32, blank=True)
    default_from_number = models.CharField(max_length=20, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
    )
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True)  # null: never
    last_used_at = models.DateTimeField(null=True, blank=True)  # to the minute
    last_used_ip = models.GenericIPAddressField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = ApiKeyQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["workspace", "-created_at"])]

    def __str__(self) -> str:
        return f"{self.key_prefix}… {self.label}"

    def is_live(self, now: datetime) -> bool:
        """Tell whether the key still opens doors."""
        return self.revoked_at is None and (
            self.expires_at is None or self.expires_at > now
        )

    @property
    def is_publishable(self) -> bool:
        """Whether anybody may see the key: it starts calls to one agent, no more."""
        return self.kind == self.Kind.PUBLISHABLE

    @property
    def grants_everything(self) -> bool:
        """Whether the key may do all that keys can do, also what comes later."""
        return self.legacy or EVERYTHING in self.scopes

    def allows(self, scope: str) -> bool:
        """Tell whether ``scope`` ("calls:read") is granted; writing includes reading."""
        if self.is_publishable:
            return False
        resource, _, deed = scope.partition(":")
        return (
            self.grants_everything
            or scope in self.scopes
            or (deed == "read" and f"{resource}:write" in self.scopes)
        )

    def allows_all_of(self, scope: str) -> bool:
        """Tell whether all that ``scope`` grants, "*" too, is granted to this key."""
        return self.grants_everything if scope == EVERYTHING else self.allows(scope)
