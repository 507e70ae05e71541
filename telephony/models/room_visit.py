"""LiveKit rooms: the agent's visits to them, and what the server has told."""

from django.db import models

from common import ids
from telephony.models.call import Call, Participant
from telephony.models.leg import Leg


class RoomVisit(models.Model):
    """The agent is wanted in a room; one media process claims it, and goes there."""

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="room_visits")
    participant = models.ForeignKey(Participant, on_delete=models.CASCADE)
    leg = models.ForeignKey(Leg, on_delete=models.CASCADE, null=True)
    room = models.CharField(max_length=128)
    resumes = models.BooleanField(default=False)  # the agent was there before
    expires_at = models.DateTimeField()  # nobody came until then
    claimed_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["expires_at"],
                condition=models.Q(claimed_at=None),
                name="room_visits_to_make",
            )
        ]

    def __str__(self) -> str:
        return f"visit to {self.room}"


class RoomEvent(models.Model):
    """A webhook that was taken: its id, so that it is taken once."""

    id = models.CharField(primary_key=True, max_length=80)  # LiveKit's
    at = models.DateTimeField(auto_now_add=True, db_index=True)

    def __str__(self) -> str:
        return self.id
