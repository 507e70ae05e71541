"""Requests that may be sent twice and are done once."""

from django.db import models

from accounts.models.workspace import Workspace
from common import ids
from common.encryption import EncryptedTextField


class IdempotentRequest(models.Model):
    """A POST that came with an ``Idempotency-Key``, and what it was answered.

    running ── answered ──▶ done ── a day ──▶ deleted
       └── lease over (its process died) ──▶ may be taken up by a twin
    """

    class State(models.TextChoices):
        RUNNING = "running"
        DONE = "done"

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    workspace = models.ForeignKey(
        Workspace, on_delete=models.CASCADE, related_name="idempotent_requests"
    )
    sender = models.CharField(max_length=120)  # whose key or session: keys are theirs
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64)  # SHA-256 of path and body
    state = models.CharField(max_length=8, choices=State.choices, default=State.RUNNING)
    lease_until = models.DateTimeField()
    status = models.PositiveSmallIntegerField(default=0)
    # Encrypted: an answer may hold a key that is shown once.
    body = EncryptedTextField(blank=True)
    created_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "sender", "key"], name="idempotency_keys_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.state} {self.key}"
