"""How long calls stay, what is taken out of them, and what was erased."""

from typing import ClassVar

from django.conf import settings
from django.db import models

from accounts.models import Workspace
from agents.models import Agent
from common import ids
from common.encryption import EncryptedJSONField
from telephony.models import Call


class RetentionPolicy(models.Model):
    """How many days each part of a call stays. Null: the default of the product.

    The workspace's own has no agent; an agent may have one that replaces it.
    """

    ARTEFACTS: ClassVar = (
        "recording",
        "transcript",
        "detail",
        "analysis",
        "webhook",
        "call",
    )

    workspace = models.ForeignKey(
        Workspace, on_delete=models.CASCADE, related_name="retention_policies"
    )
    agent = models.ForeignKey(
        Agent, on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    recording_days = models.PositiveIntegerField(null=True, blank=True)
    transcript_days = models.PositiveIntegerField(null=True, blank=True)
    detail_days = models.PositiveIntegerField(null=True, blank=True)
    analysis_days = models.PositiveIntegerField(null=True, blank=True)
    webhook_days = models.PositiveIntegerField(null=True, blank=True)
    call_days = models.PositiveIntegerField(null=True, blank=True)
    # What is masked after a call, by the names of ``rules.personal.KINDS``.
    masked = models.JSONField(default=list)
    # How long what was masked is kept, encrypted; 0: not at all.
    original_hours = models.PositiveIntegerField(default=0)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["workspace"],
                condition=models.Q(agent=None),
                name="one_retention_policy_a_workspace",
            ),
            models.UniqueConstraint(
                fields=["agent"], name="one_retention_policy_an_agent"
            ),
        ]

    def __str__(self) -> str:
        return f"retention of {self.agent_id or self.workspace_id}"


class RetentionMark(models.Model):
    """How far purging has come: everything of this kind up to this call is gone.

    Thrown away when a hold is released or a policy changes whom it covers: the next
    purge then walks from the beginning.
    """

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+")
    agent = models.ForeignKey(
        Agent, on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    artefact = models.CharField(max_length=12)
    until = models.UUIDField()  # the last call that was looked at

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "artefact"],
                condition=models.Q(agent=None),
                name="one_retention_mark_a_workspace",
            ),
            models.UniqueConstraint(
                fields=["agent", "artefact"], name="one_retention_mark_an_agent"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.artefact} purged to {self.until}"


class LegalHold(models.Model):
    """Nothing goes while it lasts: one call's, or the workspace's."""

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    workspace = models.ForeignKey(
        Workspace, on_delete=models.CASCADE, related_name="legal_holds"
    )
    call = models.ForeignKey(
        Call, on_delete=models.CASCADE, null=True, blank=True, related_name="holds"
    )
    reason = models.CharField(max_length=255)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    released_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["workspace"],
                condition=models.Q(call=None, released_at=None),
                name="one_hold_on_a_workspace",
            ),
            models.UniqueConstraint(
                fields=["call"],
                condition=models.Q(released_at=None, call__isnull=False),
                name="one_hold_on_a_call",
            ),
        ]

    def __str__(self) -> str:
        return f"hold on {self.call_id or self.workspace_id}"


class Redaction(models.Model):
    """What was masked in a call: how much of which kind, never what it was.

    ``original`` holds what was taken out, encrypted, until ``original_until``.
    """

    call = models.OneToOneField(
        Call, on_delete=models.CASCADE, primary_key=True, related_name="redaction"
    )
    workspace = models.ForeignKey(
        Workspace, on_delete=models.CASCADE, related_name="redactions"
    )
    counts = models.JSONField(default=dict)  # {kind: how many}
    audio_spans = models.JSONField(default=list)  # [[channel, from ms, to ms]]
    original = EncryptedJSONField(null=True, blank=True)
    original_until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["original_until"],
                condition=models.Q(original_until__isnull=False),
                name="originals_to_forget",
            ),
            models.Index(fields=["workspace", "-created_at"]),
        ]

    def __str__(self) -> str:
        return f"redaction of {self.call_id}"


class ErasureReceipt(models.Model):
    """Proof that one person was erased, without saying who.

    ``person`` is a keyed hash of the number: whoever has the number and this server's
    secret can show that the receipt is theirs, and nobody else can read it out.
    """

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    workspace = models.ForeignKey(
        Workspace, on_delete=models.CASCADE, related_name="erasure_receipts"
    )
    person = models.CharField(max_length=64)
    counts = models.JSONField()  # what there was, in numbers
    erased_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField()
    signature = models.CharField(max_length=64)

    class Meta:
        indexes = [models.Index(fields=["workspace", "-created_at"])]

    def __str__(self) -> str:
        return f"erasure {self.id}"
