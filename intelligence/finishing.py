"""The end of the pipeline: status, meter and both events, in one transaction."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from billing import meter
from intelligence import letters, progress, rollups, talk
from intelligence.models import Analysis, AnalysisStep
from telephony import handover
from telephony.models import Call, Recording
from webhooks import outbox

LISTED = 500  # characters of a summary that lists show


def finish(call_id: UUID, *, now: datetime) -> None:
    """Close a call's analysis. Call it in the transaction that settles the last step."""
    call = Call.objects.select_related("workspace").get(pk=call_id)
    analysis = Analysis.objects.filter(pk=call_id).first()
    status = Call.IntelligenceStatus.NOT_STARTED
    if analysis:
        steps = list(AnalysisStep.objects.filter(call_id=call_id))
        status = progress.outcome(steps)
        Analysis.objects.filter(pk=call_id).update(finished_at=now)
        handover.tell(call_id, status=status, summary=_first_line(analysis))
        _meter(call, analysis)
        if analysis.edition > 1:
            rollups.redo(call.workspace, call.created_at.astimezone(UTC).date())
    _post(call, analysis, status)


def _first_line(analysis: Analysis) -> str:
    text = " ".join(analysis.summary.split())
    return text if len(text) <= LISTED else f"{text[: LISTED - 1]}…"


def _meter(call: Call, analysis: Analysis) -> None:
    """Count what the model read and wrote; it is in the price of the call."""
    source = f"post_call:{call.pk}:{analysis.edition}"
    tokens = (("input_tokens", analysis.input_tokens), ("output_tokens", analysis.output_tokens))  # fmt: skip
    meter.record(
        workspace=call.workspace,
        source=source,
        lines=[
            meter.Line(
                meter=f"post_call.{unit}",
                item=analysis.model,
                quantity=Decimal(count),
                unit=unit,
                price_micros=None,
                charged=False,
            )
            for unit, count in tokens
            if count
        ],
    )


def _post(call: Call, analysis: Analysis | None, status: str) -> None:
    """Post ``call.completed`` for every call, and what was worked out with it.

    The keys make either a letter that is written once: working a call out anew sends
    nothing.
    """
    segments = list(call.transcript_segments.order_by("sequence"))
    if _is_withheld(call):
        segments, analysis = [], analysis and Analysis(call=call)
    spoken = talk.of(segments, ())
    recording = Recording.objects.filter(call_id=call.pk).first()
    completed = letters.completed(
        call, spoken, segments, recording, analysis, status=status
    )
    _send(call, "call.completed", completed)
    if analysis:
        _send(call, "call.intelligence.ready", letters.ready(completed, analysis))


def _is_withheld(call: Call) -> bool:
    """What could not be masked is not sent: the letter tells that the call is over."""
    return AnalysisStep.objects.filter(
        call_id=call.pk,
        name=AnalysisStep.Name.REDACTION,
        state=AnalysisStep.State.DEAD,
    ).exists()


def _send(call: Call, event: str, data: dict[str, Any]) -> None:
    outbox.post(
        workspace=call.workspace,
        event=event,
        data=data,
        key=f"{event}:{call.pk}",
        subject=f"call:{call.pk}",
    )
