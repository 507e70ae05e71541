"""Phone numbers that customers own at their carrier."""

from django.db import models

from accounts.models import Workspace
from agents.models import Agent
from common import ids


class Number(models.Model):
    """A number and who answers it. One number serves many callers at once."""

    class Binding(models.TextChoices):
        """Whether the carrier sends the number's calls to us."""

        CONFIGURED = "configured"
        MANUAL_REQUIRED = "manual_required"
        FAILED = "failed"
        NO_CARRIER = "no_carrier"

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    workspace = models.ForeignKey(
        Workspace, on_delete=models.CASCADE, related_name="numbers"
    )
    number = models.CharField(max_length=16, unique=True)  # E.164, of one tenant
    label = models.CharField(max_length=80, blank=True)
    agent = models.ForeignKey(
        Agent, on_delete=models.SET_NULL, null=True, blank=True, related_name="numbers"
    )
    provider = models.CharField(max_length=32, blank=True)
    carrier_ref = models.CharField(max_length=80, blank=True)  # the carrier's own id
    capabilities = models.JSONField(default=list)
    # When it answers: {"days": [0…6], "start": "09:00", "end": "17:00",
    # "time_zone": "…"}; null: always.
    hours = models.JSONField(null=True, blank=True)
    binding = models.CharField(
        max_length=16, choices=Binding.choices, default=Binding.NO_CARRIER
    )
    binding_error = models.CharField(max_length=255, blank=True)
    bound_at = models.DateTimeField(null=True, blank=True)  # last tried
    last_inbound_at = models.DateTimeField(null=True, blank=True)
    last_refusal = models.CharField(max_length=64, blank=True)  # code
    last_refusal_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["workspace", "-id"])]

    def __str__(self) -> str:
        return self.number
