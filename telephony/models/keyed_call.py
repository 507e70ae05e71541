"""Calls that were started by a publishable key."""

from django.db import models

from accounts.models import ApiKey
from telephony.models.call import Call


class KeyedCall(models.Model):
    """Counts a call against its key's limits."""

    call = models.OneToOneField(
        Call, on_delete=models.CASCADE, related_name="keyed", primary_key=True
    )
    key = models.ForeignKey(
        ApiKey, on_delete=models.CASCADE, related_name="keyed_calls"
    )

    def __str__(self) -> str:
        return f"keyed {self.call_id}"
