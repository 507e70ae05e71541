"""Where a workspace wants its events sent."""

from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import Q

from accounts.models import Workspace
from common import ids
from common.encryption import EncryptedTextField

ALL = "*"  # subscribes to every event, also to those that come later


class EndpointQuerySet(models.QuerySet["Endpoint"]):
    """Sets of endpoints worth a name."""

    def present(self) -> "EndpointQuerySet":
        """Return endpoints that were not deleted."""
        return self.filter(deleted_at=None)


class Endpoint(models.Model):
    """An address that gets events, each signed with its secret.

        active ⇄ paused     by a person, or after days of nothing but failure
        active → disabled   the receiver answered 410 Gone; a person may resume it

    A sender serves an endpoint while it holds the lane (``lane_holder`` until
    ``lane_until``), so that no receiver is called by two processes at once.
    """

    class Status(models.TextChoices):
        ACTIVE = "active"
        PAUSED = "paused"
        DISABLED = "disabled"

    class Why(models.TextChoices):
        """Why an endpoint is not active."""

        PERSON = "person", "somebody paused it"
        FAILING = "failing", "it did nothing but fail for five days"
        GONE = "gone", "it answered 410 Gone"

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    workspace = models.ForeignKey(
        Workspace, on_delete=models.CASCADE, related_name="webhook_endpoints"
    )
    url = models.CharField(max_length=2000)
    events = models.JSONField(default=list)  # names, or ALL
    alert_email = models.EmailField(blank=True)
    secret = EncryptedTextField()
    # While a secret is being replaced, the former one signs every other try.
    previous_secret = EncryptedTextField(null=True, blank=True)
    previous_until = models.DateTimeField(null=True, blank=True)
    is_patient = models.BooleanField(default=False)  # 8 tries over 27 h instead of 5
    status = models.CharField(
        max_length=16, choices=Status.choices, default=Status.ACTIVE
    )
    why = models.CharField(max_length=16, choices=Why.choices, blank=True)

    failing_since = models.DateTimeField(null=True, blank=True)  # null: the last worked
    last_success_at = models.DateTimeField(null=True, blank=True)
    last_failure_at = models.DateTimeField(null=True, blank=True)

    alert_due_at = models.DateTimeField(null=True, blank=True)  # a mail is to go out
    alert_delivery_id = models.UUIDField(null=True, blank=True)
    last_alert_at = models.DateTimeField(null=True, blank=True)

    lane_holder = models.UUIDField(null=True, blank=True)
    lane_until = models.DateTimeField(null=True, blank=True)

    created_at = models.DateTimeField(auto_now_add=True)
    deleted_at = models.DateTimeField(null=True, blank=True)

    objects = EndpointQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["workspace", "-id"]),
            models.Index(
                fields=["alert_due_at"],
                condition=Q(alert_due_at__isnull=False),
                name="webhook_alerts_due",
            ),
        ]

    def __str__(self) -> str:
        return self.host

    @property
    def host(self) -> str:
        """Return what people tell endpoints apart by: the URL without its scheme."""
        return self.url.partition("://")[2][:80].rstrip("/")

    @property
    def is_active(self) -> bool:
        """Whether events are sent."""
        return self.status == self.Status.ACTIVE and self.deleted_at is None

    def wants(self, event: str) -> bool:
        """Tell whether the endpoint subscribed to an event."""
        return event in self.events or ALL in self.events

    def live_secrets(self, now: datetime) -> list[str]:
        """Return the secrets that sign, the one that stays first."""
        rotating = self.previous_until is not None and self.previous_until > now
        former: Any = self.previous_secret if rotating else None
        return [self.secret, former] if former else [self.secret]
