"""A public link by which anybody may talk to an agent, within limits."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from agents.models.agent import Agent
from common import ids


def between(least: int, most: int) -> list[MinValueValidator | MaxValueValidator]:
    return [MinValueValidator(least), MaxValueValidator(most)]


class ShareLink(models.Model):
    """One an agent. The calls are billed to its workspace."""

    agent = models.OneToOneField(
        Agent, on_delete=models.CASCADE, related_name="share_link", primary_key=True
    )
    token = models.CharField(max_length=64, unique=True, default=ids.token)
    enabled = models.BooleanField(default=True)
    minutes_limit = models.PositiveIntegerField(
        default=30, validators=between(0, 6_000)
    )  # of all calls by this link together
    max_call_seconds = models.PositiveIntegerField(
        default=300, validators=between(60, 1_800)
    )
    max_concurrent = models.PositiveIntegerField(default=2, validators=between(1, 10))
    calls_per_ip_hour = models.PositiveIntegerField(
        default=3, validators=between(1, 30)
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    rotated_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"link to {self.agent_id}"
