"""The carrier's side of a phone call."""

from django.db import models

from accounts.models import Workspace
from common import ids
from telephony.models.call import Call, Participant
from telephony.models.carrier import CarrierConnection
from telephony.models.number import Number


class Leg(models.Model):
    """One telephone line of a call.

    outbound   queued → dialing → dialed → ringing → answered → (ended)
    inbound                               ringing → answered → (ended)
    ended:     completed | busy | no_answer | failed | canceled

    ``dialing`` is committed before the carrier is asked, so a leg is asked for once:
    what was left in ``dialing`` is looked up at the carrier, never asked for again.
    """

    class State(models.TextChoices):
        QUEUED = "queued"
        DIALING = "dialing"
        DIALED = "dialed"
        RINGING = "ringing"
        ANSWERED = "answered"
        COMPLETED = "completed"
        BUSY = "busy"
        NO_ANSWER = "no_answer"
        FAILED = "failed"
        CANCELED = "canceled"

    OVER = (
        State.COMPLETED,
        State.BUSY,
        State.NO_ANSWER,
        State.FAILED,
        State.CANCELED,
    )

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    workspace = models.ForeignKey(
        Workspace, on_delete=models.CASCADE, related_name="legs"
    )
    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="legs")
    participant = models.ForeignKey(
        Participant, on_delete=models.CASCADE, related_name="legs"
    )
    connection = models.ForeignKey(
        CarrierConnection, on_delete=models.SET_NULL, null=True, related_name="legs"
    )
    number = models.ForeignKey(
        Number, on_delete=models.SET_NULL, null=True, related_name="legs"
    )
    provider = models.CharField(max_length=32)
    direction = models.CharField(max_length=16, choices=Call.Direction.choices)
    from_number = models.CharField(max_length=64, blank=True)
    to_number = models.CharField(max_length=64)
    carrier_call_id = models.CharField(max_length=128, blank=True)
    stream_id = models.CharField(max_length=128, blank=True)
    state = models.CharField(max_length=16, choices=State.choices, default=State.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(null=True, blank=True)  # when a sweep looks at it
    lease_until = models.DateTimeField(null=True, blank=True)
    last_error = models.CharField(max_length=255, blank=True)
    answered_by = models.CharField(max_length=16, blank=True)  # human, machine, …
    hang_up_cause = models.CharField(max_length=64, blank=True)
    duration_s = models.PositiveIntegerField(null=True, blank=True)  # the carrier's
    # Whom the call goes on with when its stream has ended, for carriers that ask then.
    transfer_to = models.CharField(max_length=64, blank=True)
    # When keys were pressed on it by ending its stream: it is opened again, in silence.
    keys_sent_at = models.DateTimeField(null=True, blank=True)
    resumes = models.PositiveSmallIntegerField(default=0)
    dialed_at = models.DateTimeField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "provider", "carrier_call_id"],
                condition=~models.Q(carrier_call_id=""),
                name="one_leg_a_carrier_call",
            )
        ]
        indexes = [
            models.Index(
                fields=["next_at"],
                condition=models.Q(next_at__isnull=False),
                name="legs_due",
            )
        ]

    def __str__(self) -> str:
        return f"{self.provider} {self.carrier_call_id or self.id}"

    def is_over(self) -> bool:
        """Tell whether the carrier's side has ended."""
        return self.state in self.OVER
