"""Many people to call: a queue of them, and how far it has come."""

from django.conf import settings
from django.db import models

from accounts.models import Workspace
from agents.models import Agent
from common import ids
from telephony.models.call import Call
from telephony.models.leg import Leg


class Fanout(models.Model):
    """Up to 500 people called by one agent: each in a call of their own, or all into one.

    running ⇄ paused → completed | canceled
    """

    class Status(models.TextChoices):
        RUNNING = "running"
        PAUSED = "paused"
        COMPLETED = "completed"
        CANCELED = "canceled"

    OPEN = (Status.RUNNING, Status.PAUSED)

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    workspace = models.ForeignKey(
        Workspace, on_delete=models.CASCADE, related_name="fanouts"
    )
    agent = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="fanouts")
    name = models.CharField(max_length=120)  # the customer's; one of each
    # The one call that all come into; null: everybody gets a call.
    room = models.ForeignKey(
        Call, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    in_one_room = models.BooleanField(default=False)
    from_number = models.CharField(max_length=32, blank=True)
    metadata = models.JSONField(default=dict)
    variables = models.JSONField(default=dict)
    post_call = models.JSONField(default=dict)
    status = models.CharField(
        max_length=16, choices=Status.choices, default=Status.RUNNING
    )
    # Why nobody is called just now: a code of ``fanouts.WAITS``, or of a refusal.
    held_by = models.CharField(max_length=64, blank=True)
    held_words = models.CharField(max_length=255, blank=True)
    next_at = models.DateTimeField(null=True, blank=True)
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "name"], name="one_fanout_of_a_name"
            )
        ]
        indexes = [
            models.Index(fields=["workspace", "-id"], name="fanouts_latest"),
            models.Index(
                fields=["next_at"],
                condition=models.Q(status="running"),
                name="fanouts_due",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def is_open(self) -> bool:
        """Tell whether somebody may still be called."""
        return self.status in self.OPEN


class Recipient(models.Model):
    """One person of a fanout. Who was called has a line, which says how it went."""

    class State(models.TextChoices):
        WAITING = "waiting"
        CALLED = "called"
        SKIPPED = "skipped"
        CANCELED = "canceled"

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    fanout = models.ForeignKey(
        Fanout, on_delete=models.CASCADE, related_name="recipients"
    )
    position = models.PositiveIntegerField()
    number = models.CharField(max_length=64)  # E.164, or what was given instead
    from_number = models.CharField(max_length=32, blank=True)
    metadata = models.JSONField(default=dict)
    state = models.CharField(
        max_length=16, choices=State.choices, default=State.WAITING
    )
    reason = models.CharField(max_length=64, blank=True)  # code; why it was skipped
    leg = models.OneToOneField(
        Leg, on_delete=models.SET_NULL, null=True, blank=True, related_name="recipient"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["fanout", "position"], name="recipients_in_order"
            )
        ]
        indexes = [
            models.Index(fields=["fanout", "state", "position"], name="who_is_next")
        ]

    def __str__(self) -> str:
        return self.number
