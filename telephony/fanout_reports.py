"""How far queues of people to call have come: few queries, plain values."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db.models import Case, CharField, Count, Q, QuerySet, Value, When

from accounts.models import Workspace
from telephony.models import Call, Fanout, Leg, Pickup, Recipient

PAGE = 50
# What became of a recipient, in the order in which a bar is drawn.
OUTCOMES = (
    "talking",
    "calling",
    "reached",
    "voicemail",
    "no_answer",
    "busy",
    "failed",
    "skipped",
    "canceled",
    "waiting",
)
UNDER_WAY = (Leg.State.QUEUED, Leg.State.DIALING, Leg.State.DIALED, Leg.State.RINGING)


@dataclass(frozen=True, slots=True)
class Progress:
    """How many came to which outcome."""

    total: int = 0
    counts: Counter[str] = field(default_factory=Counter)

    @property
    def done(self) -> int:
        """How many need no call any more."""
        open_ones = ("waiting", "calling", "talking")
        return self.total - sum(self.counts[each] for each in open_ones)

    @property
    def answered(self) -> int:
        """How many picked up, people and machines."""
        return sum(self.counts[each] for each in ("talking", "reached", "voicemail"))


@dataclass(frozen=True, slots=True)
class Queue:
    """What waits and runs in a workspace."""

    waiting: int
    running: int
    paused: int


def with_outcome(rows: QuerySet[Recipient]) -> QuerySet[Any]:
    """Tell what became of each: by its line where there is one."""
    held = Q(leg__state=Leg.State.QUEUED, leg__next_at=None)
    machines = (Pickup.Who.VOICEMAIL, Pickup.Who.SCREENER, Pickup.Who.MENU)
    picked = Q(leg__call__pickup__reviewed__in=machines) | Q(
        leg__call__pickup__reviewed="", leg__call__pickup__judged__in=machines
    )
    nobody = Q(leg__call__pickup__judged=Pickup.Who.UNAVAILABLE)
    return rows.annotate(
        outcome=Case(
            When(state=Recipient.State.SKIPPED, then=Value("skipped")),
            When(state=Recipient.State.CANCELED, then=Value("canceled")),
            When(held | Q(leg=None), then=Value("waiting")),
            When(leg__state__in=UNDER_WAY, then=Value("calling")),
            When(
                leg__state=Leg.State.ANSWERED,
                leg__call__status__in=Call.LIVE,
                then=Value("talking"),
            ),
            When(Q(leg__answered_at__isnull=False) & picked, then=Value("voicemail")),
            When(Q(leg__answered_at__isnull=False) & nobody, then=Value("failed")),
            When(leg__answered_at__isnull=False, then=Value("reached")),
            When(leg__state=Leg.State.BUSY, then=Value("busy")),
            When(leg__state=Leg.State.NO_ANSWER, then=Value("no_answer")),
            When(leg__state=Leg.State.CANCELED, then=Value("canceled")),
            default=Value("failed"),
            output_field=CharField(),
        )
    )


def progress(fanout: Fanout) -> Progress:
    """Count one queue's people: one query."""
    rows = with_outcome(fanout.recipients.all()).values_list("outcome")
    counts = Counter(dict(rows.annotate(Count("pk")).order_by()))
    return Progress(sum(counts.values()), counts)


def progress_of(fanouts: list[Fanout]) -> dict[UUID, Progress]:
    """Count many queues' people: one query."""
    rows = with_outcome(Recipient.objects.filter(fanout__in=fanouts))
    found: dict[UUID, Counter[str]] = {fanout.pk: Counter() for fanout in fanouts}
    for fanout_id, outcome, count in (
        rows.values_list("fanout_id", "outcome").annotate(Count("pk")).order_by()
    ):
        found[fanout_id][outcome] = count
    return {key: Progress(sum(c.values()), c) for key, c in found.items()}


def queue(workspace: Workspace) -> Queue:
    """Count what waits in all queues of a workspace: two queries."""
    rows = dict(
        workspace.fanouts.filter(status__in=Fanout.OPEN)
        .values_list("status")
        .annotate(Count("pk"))
        .order_by()
    )
    held = Q(leg__state=Leg.State.QUEUED, leg__next_at=None)
    waiting = Recipient.objects.filter(
        Q(state=Recipient.State.WAITING) | held,
        fanout__workspace=workspace,
        fanout__status__in=Fanout.OPEN,
    )
    return Queue(
        waiting.count(),
        rows.get(Fanout.Status.RUNNING, 0),
        rows.get(Fanout.Status.PAUSED, 0),
    )


def people(
    fanout: Fanout, outcome: str = "", after: int = -1
) -> tuple[list[Recipient], int | None]:
    """Return a page of one queue's people and where the next begins: one query."""
    rows: QuerySet[Any] = with_outcome(fanout.recipients.filter(position__gt=after))
    if outcome in OUTCOMES:
        rows = rows.filter(outcome=outcome)
    found = list(rows.select_related("leg").order_by("position")[: PAGE + 1])
    page = found[:PAGE]
    return page, page[-1].position if len(found) > PAGE else None
