"""What receivers of webhooks are told of a call. Pure: records in, documents out.

``call.completed`` and ``call.intelligence.ready`` carry the same call; the first tells
what happened, the second also what was worked out from it.
"""

from collections.abc import Sequence
from typing import Any

from common import money
from intelligence.models import Analysis
from intelligence.talk import Talk
from telephony.models import Call, Recording, TranscriptSegment


def completed(
    call: Call,
    talk: Talk,
    segments: Sequence[TranscriptSegment],
    recording: Recording | None,
    analysis: Analysis | None,
    *,
    status: str,
) -> dict[str, Any]:
    """Tell that a call is over and settled: transcript, recording and metadata."""
    return {
        "call_id": str(call.id),
        "agent_id": str(call.agent_id),
        "room_name": call.room_name,
        "status": call.status,
        "direction": call.direction,
        "channel": call.channel,
        "caller": call.caller,
        "end_reason": call.end_reason or None,
        "error_code": call.error_code or None,
        "duration": round(call.duration_ms / 1000),
        "bill_duration": round(call.billed_ms / 1000),
        "cost": dollars(call.charge_micros),
        "started_at": _moment(call.started_at),
        "ended_at": _moment(call.ended_at),
        "metadata": call.metadata,
        "variables": call.variables,
        "intelligence_status": status,
        "transcript": transcript(talk, segments),
        "recording": _recording(recording),
        "summary": (analysis.summary or None) if analysis else None,
        "sentiment": (analysis.sentiment or None) if analysis else None,
    }


def ready(completed: dict[str, Any], analysis: Analysis) -> dict[str, Any]:
    """Tell what was worked out, beside what ``completed`` tells."""
    return {**completed, **conclusions(analysis)}


def conclusions(analysis: Analysis) -> dict[str, Any]:
    """Return what was worked out, as webhooks and the API have it."""
    return {
        "summary": analysis.summary or None,
        "sentiment": analysis.sentiment or None,
        "extraction": analysis.extraction,
        "extraction_fields": analysis.fields,
        "evaluation": {
            "rubric": analysis.rubric or None,
            "passed": analysis.passed,
            "score": analysis.score,
            "reasoning": analysis.reasoning or None,
        },
        "said_not_done": analysis.unkept,
        "made_by": analysis.model or "rules",
    }


def transcript(
    talk: Talk, segments: Sequence[TranscriptSegment]
) -> dict[str, Any] | None:
    """Return a transcript as a text and as segments; None: there is none."""
    if not talk.lines:
        return None
    return {"text": talk.text(), "segments": [segment(each) for each in segments]}


def segment(row: TranscriptSegment) -> dict[str, Any]:
    """Return one thing said, as the public API has it."""
    return {
        "id": str(row.id),
        "speaker": row.speaker,
        "text": row.text,
        "sequence": row.sequence,
        "started_at_ms": row.started_at_ms,
        "ended_at_ms": row.ended_at_ms,
        "is_final": True,
        "source": row.source,
    }


def dollars(micros: int | None) -> float:
    """Return an amount as receivers read it: dollars, to a hundredth of a cent."""
    return round(float(money.usd(micros or 0)), 4)


def _recording(recording: Recording | None) -> dict[str, Any] | None:
    if recording is None:
        return None
    return {
        "id": str(recording.id),
        "status": recording.status,
        "format": recording.format,
        "duration": round(recording.duration_ms / 1000, 1),
        "size_bytes": recording.size_bytes,
    }


def _moment(moment: Any) -> str | None:
    return moment.isoformat() if moment else None
