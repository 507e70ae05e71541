"""Calls that came by an agent's public link."""

from django.db import models

from agents.models import Agent, Tester
from telephony.models.call import Call


class SharedCall(models.Model):
    """Counts a call against its link's limits; who called is kept as a hash."""

    call = models.OneToOneField(
        Call, on_delete=models.CASCADE, related_name="shared", primary_key=True
    )
    agent = models.ForeignKey(
        Agent, on_delete=models.CASCADE, related_name="shared_calls"
    )
    tester = models.ForeignKey(
        Tester, on_delete=models.SET_NULL, null=True, related_name="calls"
    )
    address_hash = models.CharField(max_length=64)
    longest_s = models.PositiveIntegerField()  # of the pool, held while it is live
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [
            models.Index(fields=["agent", "address_hash", "-created_at"]),
        ]

    def __str__(self) -> str:
        return f"shared {self.call_id}"
