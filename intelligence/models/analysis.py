"""What was worked out from a call, and the steps of working it out."""

from django.db import models

from accounts.models import Workspace
from common import ids
from telephony.models import Call


class Analysis(models.Model):
    """What was worked out from one call. A step writes its own columns only."""

    class Sentiment(models.TextChoices):
        POSITIVE = "positive"
        NEUTRAL = "neutral"
        NEGATIVE = "negative"
        UNKNOWN = "unknown"

    class How(models.TextChoices):
        """Who did it: a language model, or rules where there was none."""

        MODEL = "model"
        RULES = "rules"

    call = models.OneToOneField(
        Call, on_delete=models.CASCADE, primary_key=True, related_name="analysis"
    )
    workspace = models.ForeignKey(
        Workspace, on_delete=models.CASCADE, related_name="analyses"
    )
    edition = models.PositiveIntegerField(default=1)  # one more each time it is redone
    summary = models.TextField(blank=True)
    sentiment = models.CharField(max_length=8, choices=Sentiment.choices, blank=True)
    # What was extracted, as the schema has it; null: nothing was asked for.
    extraction = models.JSONField(null=True, blank=True)
    # [{name, value, status, line, problem}]: line is a transcript segment's sequence.
    fields = models.JSONField(default=list)
    matches_schema = models.BooleanField(null=True)
    rubric = models.TextField(blank=True)
    passed = models.BooleanField(null=True)  # null: nobody judged
    score = models.FloatField(null=True, blank=True)  # 0 to 1
    reasoning = models.TextField(blank=True)
    # What the agent said it did or would do and did not: [{promise, quote, line, why}].
    unkept = models.JSONField(default=list)
    # Which model, and what it read and wrote, over all steps.
    model = models.CharField(max_length=160, blank=True)  # "provider/model"; "": rules
    input_tokens = models.PositiveIntegerField(default=0)
    output_tokens = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["workspace", "-call"])]

    def __str__(self) -> str:
        return f"analysis of {self.call_id}"


class AnalysisStep(models.Model):
    """One step of one call's analysis.

    waiting → due → running → done | by_rules | skipped
                ↖──retry──┘ └→ failed (a provider did not do it) | dead (we could not)

    Only the step whose turn it is has ``next_at``. A worker that dies leaves its lease
    behind; when that is over the sweep takes the step up again.
    """

    class Name(models.TextChoices):
        TRANSCRIPT = "transcript"
        SUMMARY = "summary"
        SENTIMENT = "sentiment"
        EXTRACTION = "extraction"
        EVALUATION = "evaluation"
        PROMISES = "promises"
        REDACTION = "redaction"
        FINISH = "finish"

    class State(models.TextChoices):
        WAITING = "waiting"
        DUE = "due"
        RUNNING = "running"
        DONE = "done"
        BY_RULES = "by_rules"  # though a model should have: it could not be had
        SKIPPED = "skipped"  # not asked for, or nothing to do it with
        FAILED = "failed"
        DEAD = "dead"

    OVER = (State.DONE, State.BY_RULES, State.SKIPPED, State.FAILED, State.DEAD)

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    call = models.ForeignKey(
        Call, on_delete=models.CASCADE, related_name="analysis_steps"
    )
    name = models.CharField(max_length=16, choices=Name.choices)
    position = models.PositiveSmallIntegerField()
    state = models.CharField(
        max_length=12, choices=State.choices, default=State.WAITING
    )
    attempts = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(null=True, blank=True)  # null: not its turn
    lease_until = models.DateTimeField(null=True, blank=True)
    last_error = models.TextField(blank=True)
    how = models.CharField(max_length=8, choices=Analysis.How.choices, blank=True)
    note = models.CharField(max_length=255, blank=True)  # for people
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["call", "name"], name="analysis_steps_once")
        ]
        indexes = [
            models.Index(
                fields=["next_at"],
                condition=models.Q(next_at__isnull=False),
                name="analysis_steps_due",
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} of {self.call_id}: {self.state}"

    def is_over(self) -> bool:
        """Tell whether nothing more happens to the step."""
        return self.state in self.OVER
