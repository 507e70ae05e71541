"""Who or what answered a call that we placed."""

from django.conf import settings
from django.db import models

from accounts.models import Workspace
from common import ids
from telephony.models.call import Call


class Pickup(models.Model):
    """What was judged from a call's first seconds, and what a person says of it."""

    class Who(models.TextChoices):
        HUMAN = "human"
        VOICEMAIL = "voicemail"
        SCREENER = "screener"  # asks who calls, and why, before anybody is on
        MENU = "menu"  # keys to press, or music to wait by
        UNAVAILABLE = "unavailable"
        UNKNOWN = "unknown"

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    workspace = models.ForeignKey(
        Workspace, on_delete=models.CASCADE, related_name="pickups"
    )
    call = models.OneToOneField(Call, on_delete=models.CASCADE, related_name="pickup")
    judged = models.CharField(max_length=16, choices=Who.choices)
    # [{kind, says, at_ms, why}]: what spoke for it.
    signals = models.JSONField(default=list)
    action = models.CharField(max_length=24, blank=True)
    at_ms = models.PositiveIntegerField(default=0)  # on the media clock
    reviewed = models.CharField(max_length=16, choices=Who.choices, blank=True)
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    reviewed_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["workspace", "-id"], name="pickups_latest")]

    def __str__(self) -> str:
        return f"{self.who} on {self.call_id}"

    @property
    def who(self) -> str:
        """Who it was: a person's word counts more than ours."""
        return self.reviewed or self.judged

    @property
    def was_wrong(self) -> bool:
        """Tell whether a person corrected it."""
        return bool(self.reviewed) and self.reviewed != self.judged
