"""A call as the API shows it, in lists and alone."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db.models import Prefetch, QuerySet

from common import money
from telephony.models import Call, Participant, TranscriptSegment

SPEAKERS = {"user": "Caller", "agent": "Agent"}
NULLABLE_TEXT = {"type": "string", "nullable": True}
NULLABLE_NUMBER = {"type": "number", "nullable": True}
MOMENT = {"type": "string", "format": "date-time", "nullable": True}
PARTICIPANT = {
    "type": "object",
    "properties": {
        "id": {"type": "string", "format": "uuid"},
        "role": {"type": "string"},
        "transport": {"type": "string"},
        "identity": {"type": "string"},
        "status": {"type": "string"},
    },
}
CALL = {
    "type": "object",
    "required": ["id", "agent_id", "room_name", "status", "participants"],
    "properties": {
        "id": {"type": "string", "format": "uuid"},
        "agent_id": {"type": "string", "format": "uuid"},
        "room_name": {"type": "string"},
        "status": {"type": "string", "enum": list(Call.Status.values)},
        "channel": {"type": "string"},
        "direction": {"type": "string"},
        "duration_seconds": {"type": "number"},
        "started_at": MOMENT,
        "ended_at": MOMENT,
        "created_at": MOMENT,
        "updated_at": MOMENT,
        "participants": {"type": "array", "items": PARTICIPANT},
        "metadata": {"type": "object"},
        "intelligence_status": {"type": "string"},
        "participant_count": {"type": "integer"},
        "primary_participant": {**PARTICIPANT, "nullable": True},
        "total_cost": NULLABLE_NUMBER,
        "provider_cost": NULLABLE_NUMBER,
        "provider_cost_breakdown": {"type": "array", "items": {"type": "object"}},
        "provider_cost_calculated_at": MOMENT,
        "bill_duration": {"type": "number"},
        "recording_status": {"type": "string"},
        "answered_by": NULLABLE_TEXT,
        "end_reason": NULLABLE_TEXT,
        "error_code": NULLABLE_TEXT,
        "error_message": NULLABLE_TEXT,
        "summary": NULLABLE_TEXT,
    },
}


def with_people(rows: QuerySet[Call]) -> QuerySet[Call]:
    """Read what a record needs in two queries, and nothing that it does not."""
    people = Prefetch("participants", Participant.objects.order_by("id"))
    return (
        rows.select_related("recording", "pickup")
        .defer("config", "variables", "recording__peaks", "pickup__signals")
        .prefetch_related(people)
    )


def records(calls: Sequence[Call]) -> list[dict[str, Any]]:
    """Return calls as lists show them."""
    return [record(call) for call in calls]


def record(call: Call) -> dict[str, Any]:
    """Return one call. Costs are USD; durations are seconds."""
    people = [participant(each) for each in call.participants.all()]
    customers = [each for each in people if each["role"] == "customer"]
    recording = getattr(call, "recording", None)
    pickup = getattr(call, "pickup", None)  # of calls that were placed
    settled = call.charge_micros is not None
    cost = float(money.usd(call.charge_micros or 0)) if settled else None
    return {
        "id": call.id,
        "agent_id": call.agent_id,
        "room_name": call.room_name,
        "status": call.status,
        "channel": call.channel,
        "direction": call.direction,
        "duration_seconds": round(call.duration_ms / 1000),
        "started_at": call.started_at,
        "ended_at": call.ended_at,
        "created_at": call.created_at,
        "updated_at": call.ended_at or call.heartbeat_at or call.created_at,
        "participants": people,
        "metadata": call.metadata,
        "intelligence_status": call.intelligence_status,
        "participant_count": len(people),
        "primary_participant": customers[0] if customers else None,
        "total_cost": cost,
        "provider_cost": None,
        "provider_cost_breakdown": call.rate_lines,
        "provider_cost_calculated_at": call.settled_at,
        "bill_duration": round(call.billed_ms / 1000),
        "recording_status": recording.status if recording else "none",
        "answered_by": pickup.who if pickup else None,
        "end_reason": call.end_reason or None,
        "error_code": call.error_code or None,
        "error_message": call.error_message or None,
        "summary": call.summary or None,
    }


def participant(person: Participant) -> dict[str, Any]:
    """Return one end of a call."""
    return {
        "id": person.id,
        "role": person.role,
        "transport": person.transport,
        "identity": person.identity,
        "status": person.status,
    }


def transcript(call: Call) -> dict[str, Any]:
    """Return what was said, as text and in pieces."""
    segments = list(call.transcript_segments.select_related("participant"))
    return {
        "call_id": call.id,
        "status": "final" if not call.is_live() else "live",
        "text": "\n".join(
            f"{_speaker(each, call.carried_for)}: {each.text}" for each in segments
        ),
        "segments": [_segment(each) for each in segments],
    }


def _speaker(segment: TranscriptSegment, caller: UUID | None) -> str:
    """Return what a line begins with: whoever came later to a call has a name."""
    by = segment.participant
    if by is None or segment.speaker == "agent" or by.pk == caller or caller is None:
        return SPEAKERS.get(segment.speaker, segment.speaker)
    return str(by.identity)


def _segment(segment: TranscriptSegment) -> dict[str, Any]:
    return {
        "id": segment.id,
        "call_id": segment.call_id,
        "participant_id": segment.participant_id,
        "speaker": segment.speaker,
        "role": segment.speaker,
        "text": segment.text,
        "sequence": segment.sequence,
        "started_at_ms": segment.started_at_ms,
        "ended_at_ms": segment.ended_at_ms,
        "is_final": True,
        "source": segment.source,
        "metadata": segment.metadata,
    }
