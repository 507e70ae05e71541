"""Calls as lists show them: every word ready, so that a row is drawn without thought."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.urls import reverse

from common import wording
from telephony import outcomes
from telephony.models import Call
from telephony.reports import CallRow

# (symbol, words) of how the caller came in
WAYS: dict[tuple[str, str], tuple[str, str]] = {
    (Call.Channel.TEXT, Call.Direction.TEST): ("message", "typed test"),
    (Call.Channel.BROWSER, Call.Direction.TEST): ("mic", "voice test"),
    (Call.Channel.PHONE, Call.Direction.TEST): ("in", "phone test"),
    (Call.Channel.PHONE, Call.Direction.INBOUND): ("in", "inbound"),
    (Call.Channel.PHONE, Call.Direction.OUTBOUND): ("out", "outbound"),
}


@dataclass(frozen=True, slots=True)
class ListedCall:
    """One call in a list."""

    id: UUID
    url: str
    caller: str
    icon: str
    way: str
    agent: str
    tone: outcomes.Tone
    state: str
    words: str  # what happened
    length: str
    live_s: int | None  # counts on in the browser; None: it has ended
    cost: str
    reply: str
    started_at: str  # ISO 8601
    started: str

    @property
    def is_live(self) -> bool:
        """Tell whether the call has not ended yet."""
        return self.live_s is not None


def listed(rows: Iterable[CallRow], now: datetime) -> list[ListedCall]:
    """Put calls into words."""
    return [_listed(row, now) for row in rows]


def _listed(row: CallRow, now: datetime) -> ListedCall:
    outcome = outcomes.of(row)
    live_s = row.live_s(now) if row.is_live() else None
    icon, way = WAYS.get((row.channel, row.direction), ("mic", row.direction))
    return ListedCall(
        id=row.id,
        url=reverse("telephony:call-detail", args=[row.id]),
        caller=wording.number(row.caller) or "Browser",
        icon=icon,
        way=way,
        agent=row.agent_name,
        tone=outcome.tone,
        state=outcome.label,
        words=row.summary or outcome.sentence,
        length=wording.clock(row.duration_ms if live_s is None else live_s * 1000),
        live_s=live_s,
        cost=_cost(row),
        reply=wording.latency(row.latency_p50_ms),
        started_at=row.created_at.isoformat(),
        started=wording.when(row.created_at),
    )


def _cost(row: CallRow) -> str:
    if row.charge_micros is None:
        return "" if row.is_live() else "being settled"
    return wording.usd(row.charge_micros, 3) if row.charge_micros else "free"
