"""Calls as lists, pages and exports read them: few queries, plain values.

Pages are cut by key, never by OFFSET: ids of version 7 sort by time, so the next page
and a range of dates are ranges of the primary key, however many calls there are.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from django.db.models import Avg, Count, OuterRef, Q, QuerySet, Subquery, Sum

from accounts.models import Workspace
from common import ids
from telephony.models import (
    Call,
    Leg,
    Participant,
    Recording,
    TimelineEvent,
    TranscriptSegment,
    Turn,
)

PAGE = 50
CHUNK = 1_000  # rows an export reads at a time

State = Literal["", "live", "completed", "failed", "unconnected"]
STATES: dict[State, tuple[str, ...]] = {
    "live": Call.LIVE,
    "completed": (Call.Status.COMPLETED,),
    "failed": (Call.Status.FAILED,),
    "unconnected": (Call.Status.NO_ANSWER, Call.Status.BUSY, Call.Status.CANCELED),
}


@dataclass(frozen=True, slots=True)
class Filters:
    """Which calls are asked for; empty values ask for all."""

    state: State = ""
    agent_id: UUID | None = None
    channel: str = ""
    since: datetime | None = None
    until: datetime | None = None  # the first moment that is not asked for
    search: str = ""  # a call's id, or how the caller's number begins

    def is_empty(self) -> bool:
        """Tell whether nothing is left out."""
        return self == Filters()


@dataclass(frozen=True, slots=True)
class CallRow:
    """One call in a list."""

    id: UUID
    agent_id: UUID
    agent__name: str
    caller: str
    channel: str
    direction: str
    status: str
    end_reason: str
    end_detail: str
    error_code: str
    error_message: str
    summary: str
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    duration_ms: int
    billed_ms: int
    charge_micros: int | None
    turn_count: int
    latency_p50_ms: int | None

    @property
    def agent_name(self) -> str:
        """The agent's label in Studio."""
        return self.agent__name

    def is_live(self) -> bool:
        """Tell whether the call has not ended yet."""
        return self.status in Call.LIVE

    def live_s(self, now: datetime) -> int:
        """Seconds since the call was answered, or asked for."""
        return max(int((now - (self.started_at or self.created_at)).total_seconds()), 0)


ROW = tuple(field.name for field in fields(CallRow))


@dataclass(frozen=True, slots=True)
class CallPage:
    """A page of calls, latest first; cursors are None where the list ends."""

    rows: list[CallRow]
    newer: str | None
    older: str | None


@dataclass(frozen=True, slots=True)
class CallReport:
    """Everything that is kept of one call."""

    call: Call
    recording: Recording | None
    participants: list[Participant]
    segments: list[TranscriptSegment]
    events: list[TimelineEvent]
    turns: list[Turn]
    legs: list[Leg]  # of a phone call


@dataclass(frozen=True, slots=True)
class Figures:
    """What a stretch of time came to."""

    calls: int
    connected: int
    failed: int
    billed_ms: int
    charge_micros: int
    latency_ms: int | None  # average of the calls' medians


def call_page(
    workspace: Workspace, filters: Filters, cursor: str | None = None, size: int = PAGE
) -> CallPage:
    """Return one page: one query. A cursor is ``<id`` (older) or ``>id`` (newer); one
    that cannot be read opens the first page."""
    found = matching(workspace, filters)
    edge = _edge(cursor)
    if edge and edge[0] == ">":
        rows = _rows(found.filter(id__gt=edge[1]).order_by("id")[: size + 1])
        more_newer, rows = len(rows) > size, rows[:size][::-1]
        more_older = bool(rows)
    else:
        if edge:
            found = found.filter(id__lt=edge[1])
        rows = _rows(found.order_by("-id")[: size + 1])
        more_newer = bool(edge) and bool(rows)
        more_older, rows = len(rows) > size, rows[:size]
    return CallPage(
        rows,
        f">{rows[0].id}" if more_newer else None,
        f"<{rows[-1].id}" if more_older else None,
    )


def live(workspace: Workspace, limit: int = PAGE) -> list[CallRow]:
    """Return the calls that are under way, latest first."""
    return call_page(workspace, Filters(state="live"), size=limit).rows


@dataclass(frozen=True, slots=True)
class BoardCall:
    """A live call on the board."""

    row: CallRow
    said: str  # last
    speaker: str
    said_by: str
    people: int  # there now, the agent not counted


MOST_ON_BOARD = 200


def board(workspace: Workspace) -> list[BoardCall]:
    """Return the live calls with what was said last in each, longest first: two
    queries."""
    rows = live(workspace, MOST_ON_BOARD)
    last = TranscriptSegment.objects.filter(call_id=OuterRef("pk")).order_by(
        "-sequence"
    )
    here = Q(
        participants__status=Participant.Status.ACTIVE,
        participants__transport__in=("webrtc", "pstn", "sip"),
    )
    found = (
        workspace.calls.filter(id__in=[row.id for row in rows])
        .annotate(
            said=Subquery(last.values("text")[:1]),
            speaker=Subquery(last.values("speaker")[:1]),
            said_by=Subquery(last.values("participant__identity")[:1]),
            people=Count("participants", filter=here),
        )
        .values_list("id", "said", "speaker", "said_by", "people")
    )
    known = {call_id: rest for call_id, *rest in found}
    return [
        BoardCall(row, said or "", speaker or "", said_by or "", people)
        for row in reversed(rows)
        for said, speaker, said_by, people in [known.get(row.id, ("", "", "", 0))]
    ]


def rows_of(workspace: Workspace, call_ids: list[UUID]) -> list[CallRow]:
    """Return these calls as they stand, latest first."""
    found: QuerySet[Call] = workspace.calls.filter(id__in=call_ids)
    return _rows(found.order_by("-id"))


def came_since(workspace: Workspace, filters: Filters, newest: UUID) -> int:
    """Count the matching calls after ``newest``, up to a page of them."""
    return matching(workspace, filters).filter(id__gt=newest)[:PAGE].count()


def export(workspace: Workspace, filters: Filters) -> Iterator[list[CallRow]]:
    """Yield all that match, in chunks, so that an export of any size needs little."""
    cursor: str | None = ""
    while cursor is not None:
        page = call_page(workspace, filters, cursor, CHUNK)
        yield page.rows
        cursor = page.older


def call_detail(workspace: Workspace, call_id: UUID) -> CallReport | None:
    """Return one call with all that is kept of it: five queries, six for the phone."""
    call: Call | None = (
        workspace.calls.select_related("agent", "snapshot", "recording", "started_by")
        .defer("agent__config", "snapshot__config", "snapshot__compiled_prompt")
        .filter(id=call_id)
        .first()
    )
    if call is None:
        return None
    return CallReport(
        call=call,
        recording=getattr(call, "recording", None),
        participants=list(call.participants.order_by("role", "id")),
        segments=list(call.transcript_segments.select_related("participant")),
        events=list(call.timeline.all()),
        turns=list(call.turns.all()),
        legs=list(call.legs.order_by("id")) if call.channel == "phone" else [],
    )


def figures(workspace: Workspace, since: datetime, until: datetime) -> Figures:
    """Add up the calls of a stretch of time: one query over its range of keys."""
    sums = workspace.calls.filter(
        id__gte=ids.floor(since), id__lt=ids.floor(until)
    ).aggregate(
        calls=Count("id"),
        connected=Count("started_at"),
        failed=Count("id", filter=Q(status=Call.Status.FAILED)),
        billed=Sum("billed_ms"),
        charge=Sum("charge_micros"),
        latency=Avg("latency_p50_ms"),
    )
    return Figures(
        calls=sums["calls"],
        connected=sums["connected"],
        failed=sums["failed"],
        billed_ms=sums["billed"] or 0,
        charge_micros=sums["charge"] or 0,
        latency_ms=None if sums["latency"] is None else round(sums["latency"]),
    )


def matching(workspace: Workspace, filters: Filters) -> QuerySet[Call]:
    """Return the calls that match, in no order."""
    found: QuerySet[Call] = workspace.calls.all()
    if filters.state:
        found = found.filter(status__in=STATES[filters.state])
    if filters.agent_id:
        found = found.filter(agent_id=filters.agent_id)
    if filters.channel:
        found = found.filter(channel=filters.channel)
    if filters.since:
        found = found.filter(id__gte=ids.floor(filters.since))
    if filters.until:
        found = found.filter(id__lt=ids.floor(filters.until))
    if wanted := filters.search.strip():
        found = found.filter(_who(wanted))
    return found


def _who(wanted: str) -> Q:
    bare = wanted.removeprefix("call_")
    try:
        return Q(id=UUID(bare))
    except ValueError:
        pass
    if not re.fullmatch(r"[+(]?[\d\s().-]+", wanted):
        return Q(caller__startswith=wanted)
    digits = re.sub(r"\D", "", wanted)  # people write numbers in many ways
    if wanted.startswith("+"):
        return Q(caller__startswith=f"+{digits}")
    return Q(caller__startswith=digits) | Q(caller__startswith=f"+{digits}")


def _edge(cursor: str | None) -> tuple[str, UUID] | None:
    if not cursor or cursor[0] not in "<>":
        return None
    try:
        return cursor[0], UUID(cursor[1:])
    except ValueError:
        return None


def _rows(found: QuerySet[Call]) -> list[CallRow]:
    values: Any = found.values_list(*ROW)
    return [CallRow(*each) for each in values]
