"""Scenarios an agent is tried on, and what came of each try."""

from django.conf import settings
from django.db import models

from accounts.models import Workspace
from agents.models import Agent
from common import ids
from telephony.models import Call


class Scenario(models.Model):
    """A caller and what should come of the call."""

    class Origin(models.TextChoices):
        SEED = "seed"  # made from the agent's own configuration
        CALL = "call"  # made from a real call
        HAND = "hand"

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+")
    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="scenarios")
    call = models.ForeignKey(
        Call, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    name = models.CharField(max_length=160)
    origin = models.CharField(max_length=8, choices=Origin.choices)
    # Who calls: {persona, opening, answers {slot: words}, asks [words], turns [words]}.
    caller = models.JSONField(default=dict)
    # What should come of it: {slots, says, never, tools, routing, ends, goal}.
    expects = models.JSONField(default=dict)
    mocks = models.JSONField(default=dict)  # {tool: what it answers}
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["agent", "id"])]
        constraints = [
            models.UniqueConstraint(
                fields=["agent", "call"],
                condition=models.Q(call__isnull=False),
                name="one_scenario_a_call",
            )
        ]

    def __str__(self) -> str:
        return self.name


class EvalRun(models.Model):
    """One try of an agent's draft on its scenarios, or on past calls.

    waiting → running → completed | failed; a run whose worker died is taken up again
    when its lease is over, at the first scenario that has no result.
    """

    class Mode(models.TextChoices):
        SYNTHETIC = "synthetic"  # offline: scripted caller, playbook, rules
        LIVE = "live"  # the agent's own model, and a model that calls
        REPLAY = "replay"  # past callers against the draft

    class State(models.TextChoices):
        WAITING = "waiting"
        RUNNING = "running"
        COMPLETED = "completed"
        FAILED = "failed"

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+")
    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="eval_runs")
    mode = models.CharField(max_length=12, choices=Mode.choices)
    judge = models.BooleanField(default=False)
    state = models.CharField(
        max_length=12, choices=State.choices, default=State.WAITING
    )
    config = models.JSONField()  # the draft as it was, frozen
    revision = models.PositiveIntegerField()
    # What is played, in order: ids of scenarios, or of calls.
    subjects = models.JSONField(default=list)
    passed = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    score = models.FloatField(null=True, blank=True)
    model = models.CharField(max_length=160, blank=True)  # "": the playbook's script
    error = models.TextField(blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["agent", "-id"]),
            models.Index(
                fields=["next_at"],
                condition=models.Q(next_at__isnull=False),
                name="eval_runs_due",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.mode} run {self.id}"

    def is_over(self) -> bool:
        """Tell whether nothing more comes."""
        return self.state in (self.State.COMPLETED, self.State.FAILED)


class EvalResult(models.Model):
    """What came of one scenario, or of one past call, in one run."""

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    run = models.ForeignKey(EvalRun, on_delete=models.CASCADE, related_name="results")
    subject = models.UUIDField()  # of the scenario or the call
    scenario = models.ForeignKey(
        Scenario, on_delete=models.SET_NULL, null=True, related_name="results"
    )
    name = models.CharField(max_length=160)
    passed = models.BooleanField()
    score = models.FloatField()
    checks = models.JSONField(default=list)  # [{name, passed, detail}]
    transcript = models.JSONField(default=list)  # [{who, text}]
    reasoning = models.TextField(blank=True)  # the judge's, if there was one
    elapsed_ms = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["run", "subject"], name="one_result_a_play")
        ]
        indexes = [models.Index(fields=["subject"])]  # for erasure

    def __str__(self) -> str:
        return f"{self.name}: {'passed' if self.passed else 'failed'}"
