"""Customers' own keys for AI providers."""

from django.db import models

from accounts.models import Workspace
from common import ids
from common.encryption import EncryptedJSONField


class ProviderKey(models.Model):
    """A workspace's account with a provider. Credentials go in and never come out."""

    class Verdict(models.TextChoices):
        """What came of the last test."""

        OK = "ok", "Works"
        REFUSED = "refused", "Refused"
        UNREACHABLE = "unreachable", "Could not be tried"
        UNTESTED = "untested", "Not tried"

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    workspace = models.ForeignKey(
        Workspace, on_delete=models.CASCADE, related_name="provider_keys"
    )
    provider = models.CharField(max_length=64)  # catalogue id
    account_name = models.CharField(max_length=120, blank=True)
    credentials = EncryptedJSONField()
    masked = models.CharField(max_length=32)  # "sk-p···7f2a"
    is_active = models.BooleanField(default=True)
    allow_fallback = models.BooleanField(default=False)  # to the platform's own key
    tested_at = models.DateTimeField(null=True, blank=True)
    verdict = models.CharField(
        max_length=12, choices=Verdict.choices, default=Verdict.UNTESTED
    )
    test_error = models.CharField(max_length=255, blank=True)
    alert_due_at = models.DateTimeField(null=True, blank=True, db_index=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "provider"], name="one_key_a_provider"
            )
        ]

    def __str__(self) -> str:
        return f"{self.provider} {self.masked}"
