"""Queues of people to call, in words: states, why they wait, who was reached. Pure."""

from dataclasses import dataclass

from django.urls import reverse

from common import wording
from telephony.fanout_reports import OUTCOMES, Progress
from telephony.models import Fanout, Recipient

STATUS: dict[str, tuple[str, str]] = {  # word, tone
    Fanout.Status.RUNNING: ("Calling", "ok"),
    Fanout.Status.PAUSED: ("Paused", "warn"),
    Fanout.Status.COMPLETED: ("Done", ""),
    Fanout.Status.CANCELED: ("Canceled", ""),
}
# word, colour of the bar, tone of the lamp
OUTCOME: dict[str, tuple[str, str, str]] = {
    "talking": ("Talking now", "d5", "live"),
    "calling": ("Being called", "d4", "live"),
    "reached": ("Talked", "fill", "ok"),
    "voicemail": ("Machine picked up", "d3", "off"),
    "no_answer": ("No answer", "d2", "off"),
    "busy": ("Busy", "d6", "off"),
    "failed": ("Could not be reached", "l-bad", "bad"),
    "skipped": ("Not called", "d6", "warn"),
    "canceled": ("Canceled", "d6", "off"),
    "waiting": ("Not yet called", "d1", "off"),
}
SKIPPED = {
    "do_not_call": "On the do-not-call list",
    "invalid_phone": "Not a phone number",
    "invalid_number": "Not a phone number",
    "duplicate": "Stands on the list twice; called once",
    "from_number_not_registered": "The number to call from is not registered",
}
HELD = {
    "quota_exceeded.concurrent_calls": "All lines are taken. The next person is called"
    " when a call ends.",
    "quota_exceeded.daily_calls": "The day’s calls are used up. It goes on after"
    " midnight UTC.",
    "insufficient_credit": "The balance is used up. Add credit, then go on.",
    "not_published": "The agent is not published any more. Publish it, then go on.",
    "no_carrier": "No carrier is connected. Connect one under Numbers, then go on.",
}


@dataclass(frozen=True, slots=True)
class Listed:
    """One queue in a list."""

    fanout: Fanout
    url: str
    word: str
    tone: str
    done: int
    total: int
    share: float  # per cent
    told: str
    started: str


@dataclass(frozen=True, slots=True)
class Piece:
    """One part of the bar; places in per cent."""

    outcome: str
    word: str
    colour: str
    count: int
    x: float
    width: float


@dataclass(frozen=True, slots=True)
class PersonRow:
    """One person in the table."""

    number: str
    url: str  # of the call
    word: str
    tone: str
    told: str
    when: str


def url(fanout: Fanout) -> str:
    """Return a queue's page."""
    return reverse("telephony:fanout-detail", args=[fanout.pk])


def status(fanout: Fanout) -> tuple[str, str]:
    """Return a queue's word and tone."""
    return STATUS[fanout.status]


def held(fanout: Fanout) -> str:
    """Tell why nobody is called just now, or nothing."""
    if not fanout.held_by:
        return ""
    return HELD.get(fanout.held_by, fanout.held_words)


def listed(fanout: Fanout, progress: Progress) -> Listed:
    """Put a queue into words."""
    word, tone = status(fanout)
    answered = progress.answered
    return Listed(
        fanout,
        url(fanout),
        word,
        tone,
        progress.done,
        progress.total,
        100 * progress.done / (progress.total or 1),
        f"{answered} picked up" if answered else "nobody picked up yet",
        wording.when(fanout.created_at),
    )


def bar(progress: Progress) -> list[Piece]:
    """Draw what became of everybody."""
    pieces, x = [], 0.0
    for outcome in OUTCOMES:
        count = progress.counts[outcome]
        if not count:
            continue
        width = 100 * count / progress.total
        word, colour, _ = OUTCOME[outcome]
        pieces.append(Piece(outcome, word, colour, count, x, max(0.3, width - 0.25)))
        x += width
    return pieces


def filters(progress: Progress, chosen: str) -> list[tuple[str, str, int, bool]]:
    """Return (value, word, count, is chosen) of what the table can be cut to."""
    found = [("", "All", progress.total, not chosen)]
    for outcome in OUTCOMES:
        if progress.counts[outcome] or outcome == chosen:
            word = OUTCOME[outcome][0]
            count = progress.counts[outcome]
            found.append((outcome, word, count, outcome == chosen))
    return found


def person(row: Recipient) -> PersonRow:
    """Put one person into words."""
    outcome: str = row.outcome  # type: ignore[attr-defined]  # annotated
    word, _, tone = OUTCOME[outcome]
    leg = row.leg
    told = SKIPPED.get(row.reason, "") or (leg.last_error if leg else "")
    at = leg and (leg.ended_at or leg.answered_at or leg.dialed_at)
    return PersonRow(
        number=wording.number(row.number),
        url=reverse("telephony:call-detail", args=[leg.call_id]) if leg else "",
        word=word,
        tone=tone,
        told=told,
        when=wording.when(at) if at else "",
    )
