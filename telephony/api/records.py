"""A call as the API shows it, in lists and alone."""

from collections.abc import Sequence
from typing import Any, get_args, get_type_hints
from uuid import UUID

from django.db.models import QuerySet

from billing.rates import Component
from common import money
from common.api import schemas
from common.api.schemas import ID, MOMENT, TEXT
from telephony.models import Call, Participant, Pickup, Recording, TranscriptSegment
from telephony.models.call import room_of

CHANNELS = get_args(get_type_hints(Component)["channel"])
SPEAKERS = {"user": "Caller", "agent": "Agent"}
MAYBE = schemas.maybe(TEXT)
MAYBE_MOMENT = schemas.maybe(MOMENT)
NUMBER = {"type": "number"}
USD = schemas.maybe(NUMBER, "US dollars; null: not settled yet.")
SECONDS = {"type": "integer", "description": "Seconds."}


PARTICIPANT = schemas.always(
    {
        "id": ID,
        "role": schemas.one_of(Participant.Role.values),
        "transport": schemas.one_of(Participant.Transport.values),
        "identity": TEXT,
        "status": schemas.one_of(Participant.Status.values),
    }
)
COMPONENT = schemas.always(
    {
        "channel": schemas.one_of(CHANNELS),
        "item": {"type": "string", "description": "provider/model"},
        "per_minute_micros": schemas.maybe(
            {"type": "integer"}, "Millionths of a US cent; null: no price is known."
        ),
        "charged": {
            "type": "boolean",
            "description": "No: it runs on the customer's own key.",
        },
        "basis": {"type": "string", "description": "How the price was come by."},
    }
)
CALL = schemas.always(
    {
        "id": ID,
        "agent_id": ID,
        "room_name": TEXT,
        "status": schemas.one_of(Call.Status.values),
        "channel": schemas.one_of(Call.Channel.values),
        "direction": schemas.one_of(Call.Direction.values),
        "duration_seconds": SECONDS,
        "started_at": MAYBE_MOMENT,
        "ended_at": MAYBE_MOMENT,
        "created_at": MOMENT,
        "updated_at": MOMENT,
        "participants": {"type": "array", "items": PARTICIPANT},
        "metadata": {"type": "object", "description": "As it came with the call."},
        "intelligence_status": schemas.one_of(Call.IntelligenceStatus.values),
        "participant_count": {"type": "integer"},
        "primary_participant": schemas.maybe(PARTICIPANT, "The caller."),
        "total_cost": USD,
        "provider_cost": schemas.maybe(
            NUMBER, "US dollars of recognition, model and voice; null: not known."
        ),
        "provider_cost_breakdown": {"type": "array", "items": COMPONENT},
        "provider_cost_calculated_at": MAYBE_MOMENT,
        "bill_duration": SECONDS,
        "recording_status": schemas.one_of(["none", *Recording.Status.values]),
        "answered_by": schemas.one_of([*Pickup.Who.values, None]),
        "end_reason": schemas.one_of([*Call.EndReason.values, None]),
        "error_code": MAYBE,
        "error_message": MAYBE,
        "summary": MAYBE,
    }
)


# What a record is made of.
COLUMNS = (
    "id",
    "agent_id",
    "status",
    "channel",
    "direction",
    "duration_ms",
    "started_at",
    "ended_at",
    "heartbeat_at",
    "created_at",
    "settled_at",
    "metadata",
    "intelligence_status",
    "charge_micros",
    "rate_lines",
    "billed_ms",
    "end_reason",
    "error_code",
    "error_message",
    "summary",
    "recording__status",
    "pickup__judged",
    "pickup__reviewed",
)
PERSON = ("id", "role", "transport", "identity", "status")


def rows(calls: QuerySet[Call]) -> QuerySet[Call, dict[str, Any]]:
    """Read what records are made of, and no models: to make three of each row costs
    more than to read them."""
    found: QuerySet[Call, dict[str, Any]] = calls.values(*COLUMNS)
    return found


def records(found: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return ``rows`` as calls are shown. Costs are USD; durations are seconds."""
    people = _people([row["id"] for row in found])
    return [_record(row, people[row["id"]]) for row in found]


def _people(calls: Sequence[UUID]) -> dict[UUID, list[dict[str, Any]]]:
    """Return who takes part in each call, in the order they came."""
    found: dict[UUID, list[dict[str, Any]]] = {call: [] for call in calls}
    known = Participant.objects.filter(call__in=calls).order_by("id")
    for call, *person in known.values_list("call_id", *PERSON):
        found[call].append(dict(zip(PERSON, person, strict=True)))
    return found


def _record(row: dict[str, Any], people: list[dict[str, Any]]) -> dict[str, Any]:
    charge = row["charge_micros"]  # none: not settled
    return {
        "id": row["id"],
        "agent_id": row["agent_id"],
        "room_name": room_of(row["id"]),
        "status": row["status"],
        "channel": row["channel"],
        "direction": row["direction"],
        "duration_seconds": round(row["duration_ms"] / 1000),
        "started_at": row["started_at"],
        "ended_at": row["ended_at"],
        "created_at": row["created_at"],
        "updated_at": row["ended_at"] or row["heartbeat_at"] or row["created_at"],
        "participants": people,
        "metadata": row["metadata"],
        "intelligence_status": row["intelligence_status"],
        "participant_count": len(people),
        "primary_participant": next(
            (each for each in people if each["role"] == "customer"), None
        ),
        "total_cost": None if charge is None else float(money.usd(charge)),
        "provider_cost": _provider_cost(row),
        "provider_cost_breakdown": row["rate_lines"],
        "provider_cost_calculated_at": row["settled_at"],
        "bill_duration": round(row["billed_ms"] / 1000),
        "recording_status": row["recording__status"] or "none",
        # Of calls that were placed; a person's word counts more than ours.
        "answered_by": row["pickup__reviewed"] or row["pickup__judged"],
        "end_reason": row["end_reason"] or None,
        "error_code": row["error_code"] or None,
        "error_message": row["error_message"] or None,
        "summary": row["summary"] or None,
    }


def _provider_cost(row: dict[str, Any]) -> float | None:
    """Return what of a settled call's cost was for recognition, model and voice. None
    where the price is fixed and not made of theirs, or of what is not known. Vendors that
    run on the customer's own key bill him: 0."""
    lines = row["rate_lines"]
    is_fixed = any(line["channel"] == "managed" for line in lines)
    if row["charge_micros"] is None or not lines or is_fixed:
        return None
    per_minute = sum(
        line["per_minute_micros"] or 0
        for line in lines
        if line["charged"] and line["channel"] != "platform"
    )
    return float(money.usd(round(per_minute * row["billed_ms"] / 60_000)))


def participant(person: Participant) -> dict[str, Any]:
    """Return one end of a call."""
    return {name: getattr(person, name) for name in PERSON}


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
