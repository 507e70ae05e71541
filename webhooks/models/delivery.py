"""One event on its way to one endpoint, and each try."""

from datetime import datetime

from django.db import models
from django.db.models import Q

from accounts.models import Workspace
from common import ids
from webhooks.models.endpoint import Endpoint
from webhooks.models.event import Event


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    """Sets of deliveries worth a name."""

    def due(self, now: datetime) -> "DeliveryQuerySet":
        """Return what is to be sent: waited long enough, or its sender has died."""
        return self.filter(state__in=Delivery.OPEN, next_at__lte=now)


class Delivery(models.Model):
    """An event for an endpoint. Its id goes with every try, for deduplication.

        waiting → sending → delivered
           ↑         ├────→ waiting     failed, and is tried again at ``next_at``
           │         └────→ failed      the last try failed
           └─ held, failed, delivered   resent by a person
        waiting → held                  the endpoint was paused

    While ``sending``, ``next_at`` is the lease's end: whoever died holding it is
    replaced then.
    """

    class State(models.TextChoices):
        WAITING = "waiting"
        SENDING = "sending"
        DELIVERED = "delivered"
        FAILED = "failed"
        HELD = "held"

    OPEN = (State.WAITING, State.SENDING)

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    workspace = models.ForeignKey(
        Workspace, on_delete=models.CASCADE, related_name="webhook_deliveries"
    )
    endpoint = models.ForeignKey(
        Endpoint, on_delete=models.CASCADE, related_name="deliveries"
    )
    event = models.ForeignKey(
        Event, on_delete=models.CASCADE, related_name="deliveries"
    )
    # The event's, so that lists of a million rows need no join to be cut.
    event_type = models.CharField(max_length=64)
    subject = models.CharField(max_length=120, blank=True)
    state = models.CharField(
        max_length=16, choices=State.choices, default=State.WAITING
    )
    attempts = models.PositiveIntegerField(default=0)  # tries that came to an end
    attempts_before = models.PositiveIntegerField(default=0)  # before it was resent
    next_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True, blank=True)
    last_status = models.PositiveSmallIntegerField(null=True, blank=True)
    last_error = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "deliveries"
        constraints = [
            models.UniqueConstraint(
                fields=["endpoint", "event"], name="delivered_to_each_endpoint_once"
            )
        ]
        indexes = [
            models.Index(fields=["workspace", "-id"]),
            models.Index(fields=["workspace", "event_type", "-id"]),
            models.Index(fields=["workspace", "state", "-id"]),
            models.Index(fields=["workspace", "subject"]),
            models.Index(fields=["endpoint", "-id"]),
            models.Index(
                fields=["endpoint", "next_at"],
                condition=Q(state__in=("waiting", "sending")),
                name="webhook_deliveries_open",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event_type} {self.state}"

    @property
    def tries(self) -> int:
        """Return the tries since it was last sent on its way."""
        return self.attempts - self.attempts_before


class Attempt(models.Model):
    """One try: what was sent, what came back. Kept for 30 days."""

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    delivery = models.ForeignKey(
        Delivery, on_delete=models.CASCADE, related_name="tries_made"
    )
    number = models.PositiveIntegerField()
    started_at = models.DateTimeField()
    url = models.CharField(max_length=2000)
    request_headers = models.JSONField(default=dict)  # the body is the event's
    status = models.PositiveSmallIntegerField(null=True, blank=True)  # null: no reply
    reply_headers = models.JSONField(default=dict)
    reply_body = models.TextField(blank=True)  # at most 64 KiB
    truncated = models.BooleanField(default=False)
    error = models.CharField(max_length=200, blank=True)
    elapsed_ms = models.PositiveIntegerField()

    class Meta:
        ordering = ["number", "id"]
        indexes = [models.Index(fields=["delivery", "number"])]

    def __str__(self) -> str:
        return f"try {self.number}"

    @property
    def succeeded(self) -> bool:
        """Whether the receiver took it."""
        return self.status is not None and 200 <= self.status < 300
