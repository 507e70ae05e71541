"""The parts of a call that can be taken away, and how each goes.

Every function takes calls of one workspace and returns how many rows or files went. It
may be killed and repeated at any line: files go before the rows that name them.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from uuid import UUID

from django.db.models import Model, Q, QuerySet

from accounts.models import Workspace
from intelligence.models import (
    Analysis,
    AnalysisStep,
    EvalResult,
    Redaction,
    Scenario,
)
from telephony import recordings
from telephony.models import (
    Call,
    Recording,
    TimelineEvent,
    TranscriptSegment,
    Turn,
)
from webhooks import outbox

Calls = Sequence[UUID]


def _recording(workspace: Workspace, calls: Calls) -> int:
    rows = Recording.objects.filter(call_id__in=calls)
    gone = 0  # files are gone with their rows, and are counted as one
    for path in rows.values_list("path", flat=True):
        full: Path = recordings.full_path(path)
        for file in (full, full.with_suffix(".masking")):
            file.unlink(missing_ok=True)
    return gone + _rows(rows) + _forget_originals(calls)


def _transcript(workspace: Workspace, calls: Calls) -> int:
    gone = _rows(TranscriptSegment.objects.filter(call_id__in=calls))
    # Tests made from these calls hold their words, and so do the tries of them.
    made = Q(subject__in=calls) | Q(scenario__call_id__in=calls)
    gone += _rows(EvalResult.objects.filter(made))
    gone += _rows(Scenario.objects.filter(call_id__in=calls))
    return gone + _forget_originals(calls)


def _forget_originals(calls: Calls) -> int:
    """What was masked goes with what it was masked in; how much it was may stay."""
    kept = Redaction.objects.filter(call_id__in=calls, original__isnull=False)
    return kept.update(original=None, original_until=None)


def _detail(workspace: Workspace, calls: Calls) -> int:
    gone = _rows(TimelineEvent.objects.filter(call_id__in=calls))
    return gone + _rows(Turn.objects.filter(call_id__in=calls))


def _analysis(workspace: Workspace, calls: Calls) -> int:
    gone = _rows(Analysis.objects.filter(call_id__in=calls))
    steps = AnalysisStep.objects.filter(call_id__in=calls)
    gone += _rows(steps.filter(state__in=AnalysisStep.OVER))
    Call.objects.filter(pk__in=calls).exclude(summary="").update(summary="")
    return gone


def _webhook(workspace: Workspace, calls: Calls) -> int:
    subjects = [f"call:{call}" for call in calls]
    return outbox.erase(workspace=workspace, subjects=subjects)


def _call(workspace: Workspace, calls: Calls) -> int:
    """The row itself, and whatever of the call is still there."""
    gone = sum(GOES[name](workspace, calls) for name in CONTENT)
    return gone + _rows(Call.objects.filter(pk__in=calls, workspace=workspace))


CONTENT = ("recording", "transcript", "detail", "analysis", "webhook")
GOES: dict[str, Callable[[Workspace, Calls], int]] = {
    "recording": _recording,
    "transcript": _transcript,
    "detail": _detail,
    "analysis": _analysis,
    "webhook": _webhook,
    "call": _call,
}


def take_away(artefact: str, workspace: Workspace, calls: Calls) -> int:
    """Take one part of these calls away; return how many rows went."""
    return GOES[artefact](workspace, calls)


def _rows(rows: "QuerySet[Model]") -> int:
    return rows.delete()[0]
