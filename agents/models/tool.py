"""What tools need to remember: secrets, connected apps, promises and wishes."""

from django.db import models

from accounts.models import Workspace
from agents.models.agent import Agent
from common import ids
from common.encryption import EncryptedTextField


class ToolSecret(models.Model):
    """A credential for tools, sent to one host only. It goes in and never comes out."""

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    workspace = models.ForeignKey(
        Workspace, on_delete=models.CASCADE, related_name="tool_secrets"
    )
    name = models.CharField(max_length=64)
    host = models.CharField(max_length=253)
    value = EncryptedTextField()
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "name"], name="tool_secret_names_once"
            )
        ]

    def __str__(self) -> str:
        return self.name


class Connector(models.Model):
    """An app of the customer's that tools work with."""

    class Status(models.TextChoices):
        CONNECTED = "connected", "Connected"
        EXPIRED = "expired", "Expired"
        ERROR = "error", "Does not work"

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    workspace = models.ForeignKey(
        Workspace, on_delete=models.CASCADE, related_name="connectors"
    )
    category = models.CharField(max_length=12)  # calendar, crm, ticketing, messaging
    provider = models.CharField(max_length=32)  # "http"
    name = models.CharField(max_length=120)
    base_url = models.CharField(max_length=500)
    token = EncryptedTextField(blank=True)
    status = models.CharField(
        max_length=12, choices=Status.choices, default=Status.CONNECTED
    )
    error = models.CharField(max_length=255, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "category"], name="one_connector_a_category"
            )
        ]

    def __str__(self) -> str:
        return self.name


class CallBack(models.Model):
    """A promise to call somebody. The row is its own queue; telephony keeps it."""

    class State(models.TextChoices):
        DUE = "due"
        PLACED = "placed"
        FAILED = "failed"

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    workspace = models.ForeignKey(
        Workspace, on_delete=models.CASCADE, related_name="call_backs"
    )
    agent = models.ForeignKey(
        Agent, on_delete=models.CASCADE, related_name="call_backs"
    )
    key = models.CharField(max_length=120, unique=True)  # one a call and time
    phone = models.CharField(max_length=32)
    reason = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.DUE)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(null=True, db_index=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    last_error = models.CharField(max_length=255, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.phone} at {self.at}"


class ForgottenCaller(models.Model):
    """Somebody who asked to be forgotten: calls before that are not remembered."""

    workspace = models.ForeignKey(
        Workspace, on_delete=models.CASCADE, related_name="forgotten_callers"
    )
    phone = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "phone"], name="forgotten_callers_once"
            )
        ]

    def __str__(self) -> str:
        return self.phone
