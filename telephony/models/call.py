"""Calls and who takes part in them."""

from uuid import UUID

from django.conf import settings
from django.db import models

from accounts.models import Workspace
from agents.models import Agent, Snapshot
from common import ids

# Detail of a call that was handed over to a person in its own room.
HANDED_OVER_HERE = "handed_over_here"


def room_of(call_id: UUID) -> str:
    """Return the name of a call's room."""
    return f"call_{call_id}"


class Call(models.Model):
    """One room, one agent, one or more other participants.

    queued → ringing → in_progress → completed | failed
                     ↘ no_answer | busy | canceled
    """

    class Status(models.TextChoices):
        QUEUED = "queued"
        RINGING = "ringing"
        IN_PROGRESS = "in_progress"
        COMPLETED = "completed"
        FAILED = "failed"
        NO_ANSWER = "no_answer"
        BUSY = "busy"
        CANCELED = "canceled"

    class Channel(models.TextChoices):
        BROWSER = "browser"
        PHONE = "phone"
        TEXT = "text"  # typed test

    class Direction(models.TextChoices):
        INBOUND = "inbound"
        OUTBOUND = "outbound"
        TEST = "test"

    class IntelligenceStatus(models.TextChoices):
        NOT_STARTED = "not_started"
        PENDING = "pending"
        PROCESSING = "processing"
        COMPLETED = "completed"
        PARTIAL = "partial"
        FAILED = "failed"
        DEAD_LETTER = "dead_letter"

    class EndReason(models.TextChoices):
        END_CALL_TOOL = "end_call_tool"
        HANDOFF_TO_HUMAN = "handoff_to_human"
        HANDOFF_TO_AGENT = "handoff_to_agent"
        USER_DISCONNECT = "user_disconnect"
        PROVIDER_DISCONNECT = "provider_disconnect"
        ERROR = "error"
        TIMEOUT = "timeout"
        CLOSED = "closed"

    LIVE = (Status.QUEUED, Status.RINGING, Status.IN_PROGRESS)

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    workspace = models.ForeignKey(
        Workspace, on_delete=models.CASCADE, related_name="calls"
    )
    agent = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="calls")
    snapshot = models.ForeignKey(  # null: the draft was tested
        Snapshot, on_delete=models.SET_NULL, null=True, blank=True, related_name="calls"
    )
    config = models.JSONField()  # what the agent was in this call, frozen
    channel = models.CharField(max_length=16, choices=Channel.choices)
    direction = models.CharField(max_length=16, choices=Direction.choices)
    status = models.CharField(
        max_length=16, choices=Status.choices, default=Status.QUEUED
    )
    end_reason = models.CharField(max_length=24, choices=EndReason.choices, blank=True)
    end_detail = models.CharField(max_length=255, blank=True)
    error_code = models.CharField(max_length=64, blank=True)
    error_message = models.CharField(max_length=255, blank=True)
    caller = models.CharField(max_length=64, blank=True)  # number or browser identity
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    metadata = models.JSONField(default=dict)
    variables = models.JSONField(default=dict)
    intelligence_status = models.CharField(
        max_length=16,
        choices=IntelligenceStatus.choices,
        default=IntelligenceStatus.NOT_STARTED,
    )
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)  # media clock zero
    ended_at = models.DateTimeField(null=True, blank=True)
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    end_requested_at = models.DateTimeField(null=True, blank=True)  # from outside
    settled_at = models.DateTimeField(null=True, blank=True)
    # When what comes after the talk was planned; null: nobody has taken it over yet.
    handed_over_at = models.DateTimeField(null=True, blank=True)
    # Counts the sockets that carried the call: who carries it no more has no say.
    epoch = models.PositiveSmallIntegerField(default=0)
    # Which media process has the call (host:port), and whose socket it began with: where
    # further people have to go.
    carried_at = models.CharField(max_length=80, blank=True)
    carried_for = models.UUIDField(null=True, blank=True)
    duration_ms = models.PositiveIntegerField(default=0)  # on the media clock
    exchanged_ms = models.PositiveIntegerField(
        default=0
    )  # of audio that went both ways
    billed_ms = models.PositiveIntegerField(default=0)  # rounded up to 30 s
    charge_micros = models.BigIntegerField(null=True, blank=True)  # null: not settled
    rate_micros = models.BigIntegerField(default=0)  # per minute, agreed at admission
    # What the rate is made of: [{channel, item, per_minute_micros, charged}].
    rate_lines = models.JSONField(default=list)
    price_book = models.CharField(max_length=32, blank=True)
    turn_count = models.PositiveIntegerField(default=0)
    latency_p50_ms = models.PositiveIntegerField(null=True, blank=True)
    latency_p95_ms = models.PositiveIntegerField(null=True, blank=True)
    summary = models.TextField(blank=True)  # first line of the call in lists

    class Meta:
        indexes = [
            # UUIDs of version 7 sort by time, so pages are cut by key.
            models.Index(fields=["workspace", "-id"]),
            models.Index(fields=["workspace", "agent", "-id"]),
            models.Index(fields=["workspace", "status", "-id"]),
            models.Index(
                fields=["workspace", "channel", "-id"], name="calls_by_channel"
            ),
            # Callers are looked up by how their number begins.
            models.Index(
                fields=["workspace", "caller"],
                opclasses=["uuid_ops", "varchar_pattern_ops"],
                name="calls_by_caller",
            ),
            models.Index(
                fields=["heartbeat_at"],
                condition=models.Q(status__in=["queued", "ringing", "in_progress"]),
                name="live_calls_by_heartbeat",
            ),
            models.Index(
                fields=["ended_at"],
                condition=models.Q(handed_over_at=None, ended_at__isnull=False),
                name="ended_calls_to_hand_over",
            ),
        ]

    def __str__(self) -> str:
        return f"call {self.id}"

    @property
    def room_name(self) -> str:
        """The room's name, as the public API has it."""
        return room_of(self.id)

    def is_live(self) -> bool:
        """Tell whether the call has not ended yet."""
        return self.status in self.LIVE

    def goes_on_without_us(self) -> bool:
        """Tell whether the caller was passed on to somebody at the carrier, and may
        still talk there."""
        handed_over = self.end_reason == self.EndReason.HANDOFF_TO_HUMAN
        return handed_over and self.end_detail != HANDED_OVER_HERE


class Participant(models.Model):
    """One end of a call."""

    class Transport(models.TextChoices):
        WEBRTC = "webrtc"
        PSTN = "pstn"
        SIP = "sip"
        INTERNAL = "internal"

    class Role(models.TextChoices):
        AGENT = "agent"
        CUSTOMER = "customer"
        OBSERVER = "observer"

    class Status(models.TextChoices):
        QUEUED = "queued"
        JOINING = "joining"
        ACTIVE = "active"
        LEFT = "left"
        FAILED = "failed"

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    call = models.ForeignKey(
        Call, on_delete=models.CASCADE, related_name="participants"
    )
    transport = models.CharField(max_length=16, choices=Transport.choices)
    role = models.CharField(max_length=16, choices=Role.choices)
    status = models.CharField(
        max_length=16, choices=Status.choices, default=Status.JOINING
    )

    class Place(models.TextChoices):
        FLOOR = "floor"  # talks with the agent and the others
        ASIDE = "aside"  # is told by the agent alone what the call is about
        GALLERY = "gallery"  # listens, and is heard by nobody

    identity = models.CharField(max_length=120)
    place = models.CharField(  # where they sit when they come; see telephony.rooms.port
        max_length=8, choices=Place.choices, default=Place.FLOOR
    )
    joined_at = models.DateTimeField(null=True, blank=True)
    left_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.role} {self.identity}"

    @property
    def not_there_yet(self) -> str:
        """What is to be said of somebody who has not joined."""
        if self.left_at:
            return "never joined"
        return "being called" if self.transport == self.Transport.PSTN else "invited"


class MediaToken(models.Model):
    """Lets one socket carry one call's audio: 60 s, once, from one origin."""

    token_hash = models.CharField(max_length=64, primary_key=True)  # SHA-256, hex
    call = models.ForeignKey(
        Call, on_delete=models.CASCADE, related_name="media_tokens"
    )
    participant = models.ForeignKey(Participant, on_delete=models.CASCADE)
    origin = models.CharField(max_length=255, blank=True)  # browser sockets only
    # A carrier's own id of the call that the socket must belong to, and whether it
    # takes over a conversation that another socket began.
    carrier_call_id = models.CharField(max_length=128, blank=True)
    resumes = models.BooleanField(default=False)
    # Whether it opens a call that is under way already, beside those who are in it.
    joins = models.BooleanField(default=False)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"media token of {self.call_id}"
