"""What is kept of a call. Times are ms on the media clock, from answer."""

from django.db import models

from common import ids
from telephony.models.call import Call, Participant


class TranscriptSegment(models.Model):
    """One thing said. ``unheard`` is what an interruption kept from the caller."""

    class Speaker(models.TextChoices):
        USER = "user"
        AGENT = "agent"

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    call = models.ForeignKey(
        Call, on_delete=models.CASCADE, related_name="transcript_segments"
    )
    participant = models.ForeignKey(
        Participant, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    speaker = models.CharField(max_length=8, choices=Speaker.choices)
    text = models.TextField()
    unheard = models.TextField(blank=True)
    sequence = models.PositiveIntegerField()
    turn = models.PositiveIntegerField(default=0)
    started_at_ms = models.PositiveIntegerField()
    ended_at_ms = models.PositiveIntegerField()
    source = models.CharField(max_length=16, default="runtime")  # runtime|stt|post_call
    metadata = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["call", "sequence"], name="transcript_in_order"
            )
        ]
        ordering = ["sequence"]

    def __str__(self) -> str:
        return f"{self.speaker}: {self.text[:40]}"


class TimelineEvent(models.Model):
    """Anything else that happened: turns, tools, keys, interruptions, fallbacks."""

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="timeline")
    sequence = models.PositiveIntegerField()
    kind = models.CharField(max_length=48)  # snake_case of the voice event's name
    at_ms = models.PositiveIntegerField()
    end_ms = models.PositiveIntegerField(null=True, blank=True)
    detail = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["call", "sequence"], name="timeline_in_order"
            )
        ]
        ordering = ["sequence"]

    def __str__(self) -> str:
        return f"{self.at_ms} {self.kind}"


class Turn(models.Model):
    """Where the wait of one turn went, in ms."""

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="turns")
    number = models.PositiveIntegerField()
    at_ms = models.PositiveIntegerField()  # end of the caller's speech
    endpointing_ms = models.PositiveIntegerField()
    stt_ms = models.PositiveIntegerField()
    llm_ms = models.PositiveIntegerField()
    tts_ms = models.PositiveIntegerField()
    transport_ms = models.PositiveIntegerField()
    total_ms = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["call", "number"], name="turns_once")
        ]
        ordering = ["number"]

    def __str__(self) -> str:
        return f"turn {self.number}: {self.total_ms} ms"


class Recording(models.Model):
    """A recording on disk: caller left, agent right."""

    class Status(models.TextChoices):
        ACTIVE = "active"
        PROCESSING = "processing"
        COMPLETED = "completed"
        FAILED = "failed"

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    call = models.OneToOneField(
        Call, on_delete=models.CASCADE, related_name="recording"
    )
    path = models.CharField(max_length=255)  # below settings.RECORDINGS_DIR
    format = models.CharField(max_length=8, default="wav")
    status = models.CharField(
        max_length=16, choices=Status.choices, default=Status.ACTIVE
    )
    sample_rate = models.PositiveIntegerField()
    duration_ms = models.PositiveIntegerField(default=0)
    size_bytes = models.PositiveBigIntegerField(default=0)
    peaks = models.JSONField(default=list)  # for the waveform: [caller, agent] lists
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.path
