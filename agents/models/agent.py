"""Agents, their frozen snapshots and the log of changes."""

from django.conf import settings
from django.db import models

from accounts.models import Workspace
from common import ids


class Agent(models.Model):
    """Who talks. ``config`` is the draft: a document of ``agents.config``."""

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    workspace = models.ForeignKey(
        Workspace, on_delete=models.CASCADE, related_name="agents"
    )
    name = models.CharField(max_length=120)  # the label in Studio, not the spoken name
    config = models.JSONField(default=dict)
    revision = models.PositiveIntegerField(default=1)  # of the draft
    template = models.CharField(max_length=64, blank=True)
    # What phone calls use. Null: never published, or withdrawn.
    published = models.ForeignKey(
        "Snapshot", on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    # What failed scenarios do to publishing (off, warn, block), and how the last try of
    # them went: {revision, passed, total, run}.
    eval_gate = models.CharField(max_length=8, default="off")
    eval_verdict = models.JSONField(null=True, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    deleted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["workspace", "-updated_at"])]

    def __str__(self) -> str:
        return self.name

    def is_published(self) -> bool:
        """Tell whether phone calls may reach the agent."""
        return self.published_id is not None


class Snapshot(models.Model):
    """A published configuration, frozen."""

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="snapshots")
    number = models.PositiveIntegerField()  # 1, 2, 3 … of the agent
    revision = models.PositiveIntegerField()  # of the draft it was made from
    config = models.JSONField()
    compiled_prompt = models.TextField()
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["agent", "number"], name="snapshot_numbers_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.agent} #{self.number}"


class Change(models.Model):
    """One field of the draft that was changed, and can be changed back."""

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="changes")
    field_path = models.CharField(max_length=200)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["agent", "-created_at"])]

    def __str__(self) -> str:
        return self.field_path
