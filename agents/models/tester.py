"""Somebody who tries an agent's draft by a link of their own."""

from typing import ClassVar

from django.conf import settings
from django.db import models

from agents.models.agent import Agent
from common import ids


class Tester(models.Model):
    """A person outside of the workspace. Their link works until it is taken back."""

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="testers")
    email = models.EmailField()
    token_hash = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    sent_at = models.DateTimeField()
    opened_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["agent", "email"],
                condition=models.Q(revoked_at=None),
                name="one_link_a_tester",
            )
        ]

    def __str__(self) -> str:
        return self.email
