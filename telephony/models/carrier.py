"""A workspace's account with a carrier."""

from django.db import models

from accounts.models import Workspace
from common import ids
from common.encryption import EncryptedJSONField


class CarrierConnection(models.Model):
    """Credentials for one carrier, one active at a time. They go in and never come out."""

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    workspace = models.ForeignKey(
        Workspace, on_delete=models.CASCADE, related_name="carrier_connections"
    )
    provider = models.CharField(max_length=32)  # name in telephony.carriers
    account_name = models.CharField(max_length=120, blank=True)
    account_country = models.CharField(max_length=2, blank=True)
    account_ref = models.CharField(max_length=80, blank=True)  # the carrier's own id
    credentials = EncryptedJSONField()
    masked = models.CharField(max_length=32)
    # Stands in the callback addresses of carriers that sign nothing.
    callback_key = models.CharField(max_length=64, default=ids.token)
    is_active = models.BooleanField(default=True)
    checked_at = models.DateTimeField(null=True, blank=True)
    error = models.CharField(max_length=255, blank=True)  # of the last check
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["workspace"],
                condition=models.Q(is_active=True),
                name="one_active_carrier_a_workspace",
            ),
            models.UniqueConstraint(
                fields=["workspace", "provider"], name="one_connection_a_carrier"
            ),
        ]
        indexes = [models.Index(fields=["provider", "account_ref"])]

    def __str__(self) -> str:
        return f"{self.provider} {self.masked}"
