"""Deliveries on their way: claimed for a try, and what became of it written down.

Two leases keep senders apart. A sender serves an endpoint while it holds the lane, so
that an endpoint is called by one process at a time. A delivery it sends carries a lease
of its own, which is also its mark: an outcome counts only while the lease is still the
one that was claimed, so whoever was thought dead and comes back changes nothing.
"""

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Exists, F, OuterRef, Q

from common import crash, inserting, retry_after
from webhooks import endpoint_health, schedule, statements
from webhooks.models import Attempt, Delivery, Endpoint
from webhooks.models.endpoint import EndpointQuerySet

LANE = timedelta(seconds=3)  # how long a lane stays with a sender that says nothing
MARGIN = timedelta(seconds=10)  # of a delivery's lease over the longest try
REPLY_KEPT = 65_536  # bytes
NOTED_EVERY = timedelta(seconds=5)  # a success: a busy endpoint is no hot spot
# What tries say about their endpoint, written once for all that came back together.
NOTED = (
    "failing_since",
    "last_success_at",
    "last_failure_at",
    "status",
    "why",
    "alert_due_at",
    "alert_delivery_id",
)
JUDGED = ("id", *NOTED, "alert_email", "last_alert_at", "deleted_at")


@dataclass(frozen=True)
class Job:
    """One try, with all that is needed to make it."""

    delivery_id: UUID
    endpoint_id: UUID
    lease_until: datetime
    number: int  # of the try, from 1
    tries: int  # before this one, since it was last sent on its way
    url: str
    event: str
    body: bytes
    secrets: Sequence[str] = field(repr=False)
    schedule: schedule.Schedule


@dataclass(frozen=True)
class Outcome:
    """What became of a try."""

    job: Job
    started_at: datetime
    request_headers: Mapping[str, str]
    elapsed_ms: int
    status: int | None = None  # None: nothing usable came back
    reply_headers: Mapping[str, str] = field(default_factory=dict)
    reply_body: bytes = b""
    truncated: bool = False
    error: str = ""
    was_made: bool = True  # False: its lease was nearly over when its turn came

    @property
    def succeeded(self) -> bool:
        """Whether the receiver took it; a redirect is a refusal."""
        return self.status is not None and 200 <= self.status < 300


def lanes_waiting(now: datetime) -> EndpointQuerySet:
    """Return endpoints with something due that no living sender serves."""
    due = Delivery.objects.due(now).filter(endpoint=OuterRef("pk"))
    return (
        Endpoint.objects.present()
        .filter(Q(lane_until=None) | Q(lane_until__lte=now))
        .filter(Exists(due), status=Endpoint.Status.ACTIVE)
    )


def take_lanes(*, holder: UUID, now: datetime, room: int) -> list[UUID]:
    """Take up to ``room`` endpoints, those first that were served longest ago."""
    waiting = lanes_waiting(now)
    if room <= 0 or not waiting.exists():  # most looks write nothing
        return []
    with transaction.atomic():
        waiting = waiting.order_by(F("lane_until").asc(nulls_first=True))
        if connection.features.has_select_for_update_skip_locked:
            waiting = waiting.select_for_update(skip_locked=True)
        taken = [endpoint.pk for endpoint in waiting.only("pk")[:room]]
        Endpoint.objects.filter(pk__in=taken).update(
            lane_holder=holder, lane_until=now + LANE
        )
    return taken


def keep_lanes(lanes: Iterable[UUID], *, holder: UUID, now: datetime) -> None:
    """Stay with these endpoints."""
    mine = Endpoint.objects.filter(pk__in=list(lanes), lane_holder=holder)
    mine.update(lane_until=now + LANE)


def leave_lanes(lanes: Iterable[UUID], *, holder: UUID, now: datetime) -> None:
    """Let others serve these endpoints."""
    mine = Endpoint.objects.filter(pk__in=list(lanes), lane_holder=holder)
    mine.update(lane_holder=None, lane_until=now)


def claim(room: Mapping[UUID, int], *, holder: UUID, now: datetime) -> list[Job]:
    """Claim what is due for endpoints of ours, for each as many as there is room."""
    lanes = list(room)
    if not lanes or not statements.have_work(lanes, holder=holder, now=now):
        return []  # most looks write nothing
    with transaction.atomic():
        locked = statements.lock_those_with_work(lanes, holder=holder, now=now)
        jobs = [
            job for endpoint in locked for job in _due(endpoint, room[endpoint.pk], now)
        ]
        for until in {job.lease_until for job in jobs}:
            leased = [job.delivery_id for job in jobs if job.lease_until == until]
            statements.lease(leased, until=until)
    crash.point("webhooks.claimed")
    return jobs


def _due(endpoint: Endpoint, room: int, now: datetime) -> list[Job]:
    plan, secrets = schedule.of(endpoint.is_patient), endpoint.live_secrets(now)
    lease_until = now + timedelta(seconds=plan.cut_off_s) + MARGIN
    rows = statements.due(endpoint.pk, room=room, now=now)
    return [
        Job(
            delivery_id=pk,
            endpoint_id=endpoint.pk,
            lease_until=lease_until,
            number=attempts + 1,
            tries=attempts - before,
            url=endpoint.url,
            event=event,
            body=body.encode(),
            secrets=secrets,
            schedule=plan,
        )
        for pk, event, attempts, before, body in rows
    ]


def record(outcomes: Sequence[Outcome], *, now: datetime) -> list[datetime]:
    """Write tries down and move their deliveries on; return when the next are due."""
    crash.point("webhooks.sent")
    with transaction.atomic():
        served = {each.job.endpoint_id for each in outcomes}
        of = {each.pk: each for each in statements.lock_endpoints(served, JUDGED)}
        noted = [(each, _notes(each)) for each in of.values()]
        leases = _leases(outcomes)
        # Erased meanwhile: then nothing is kept of it.
        known = [e for e in outcomes if e.job.delivery_id in leases and e.was_made]
        _give_back([e.job for e in outcomes if not e.was_made], now)
        inserting.insert([_attempt(each) for each in known])
        for outcome in known:
            _note_health(outcome, of[outcome.job.endpoint_id], now)
        ours = [e for e in known if leases[e.job.delivery_id] == e.job.lease_until]
        _deliver([each for each in ours if each.succeeded], now)
        failed = [each for each in ours if not each.succeeded]
        due = [_fail(each, of[each.job.endpoint_id], now) for each in failed]
        for endpoint, before in noted:
            if before != _notes(endpoint):
                endpoint.save(update_fields=NOTED)
        crash.point("webhooks.before_commit")
    crash.point("webhooks.recorded")
    return [moment for moment in due if moment]


def _give_back(jobs: Sequence[Job], now: datetime) -> None:
    for job in jobs:
        Delivery.objects.filter(
            pk=job.delivery_id,
            state=Delivery.State.SENDING,
            lease_until=job.lease_until,
        ).update(state=Delivery.State.WAITING, next_at=now, lease_until=None)


def _leases(outcomes: Sequence[Outcome]) -> dict[UUID, datetime | None]:
    """Lock the deliveries that are still there; return each one's lease, if it has one."""
    keys = [each.job.delivery_id for each in outcomes]
    return {
        pk: lease if state == Delivery.State.SENDING else None
        for pk, state, lease in statements.lock_deliveries(keys)
    }


def _attempt(outcome: Outcome) -> Attempt:
    job, clean = outcome.job, _without_nul
    return Attempt(
        delivery_id=job.delivery_id,
        number=job.number,
        started_at=outcome.started_at,
        url=job.url,
        request_headers=dict(outcome.request_headers),
        status=outcome.status,
        reply_headers={k: clean(v) for k, v in outcome.reply_headers.items()},
        reply_body=clean(outcome.reply_body.decode("utf-8", "replace")),
        truncated=outcome.truncated,
        error=outcome.error,
        elapsed_ms=outcome.elapsed_ms,
    )


def _without_nul(text: str) -> str:
    return text.replace("\x00", "\ufffd")  # PostgreSQL keeps no NUL


def _deliver(outcomes: Sequence[Outcome], now: datetime) -> None:
    """Close deliveries that arrived, in one statement a status."""
    for status in {each.status for each in outcomes}:
        these = [e.job.delivery_id for e in outcomes if e.status == status]
        statements.delivered(these, status=status, now=now)


def _fail(outcome: Outcome, endpoint: Endpoint, now: datetime) -> datetime | None:
    """Plan the next try of a delivery, or give up; return when it is tried again."""
    next_at = _next_try(outcome, now)
    if next_at is None or endpoint.status == Endpoint.Status.DISABLED:
        state, next_at = Delivery.State.FAILED, None
        _alert(endpoint, outcome.job.delivery_id, now)
    else:
        state = Delivery.State.WAITING if endpoint.is_active else Delivery.State.HELD
    statements.failed(
        outcome.job.delivery_id,
        state=state,
        next_at=next_at or now,
        status=outcome.status,
        error=outcome.error,
        finished_at=now if state == Delivery.State.FAILED else None,
    )
    return next_at if state == Delivery.State.WAITING else None


def _next_try(outcome: Outcome, now: datetime) -> datetime | None:
    asked = outcome.reply_headers.get("retry-after")
    seconds = schedule.wait(
        outcome.job.schedule,
        outcome.job.tries + 1,
        luck=random.uniform(-1, 1),  # noqa: S311 (spreads load, hides nothing)
        retry_after=retry_after.seconds(asked, now) if asked else None,
    )
    return None if seconds is None else now + timedelta(seconds=seconds)


def _note_health(outcome: Outcome, endpoint: Endpoint, now: datetime) -> None:
    verdict = endpoint_health.judge(
        succeeded=outcome.succeeded,
        status=outcome.status,
        failing_since=endpoint.failing_since,
        now=now,
    )
    endpoint.failing_since = verdict.failing_since
    if outcome.succeeded:
        last = endpoint.last_success_at
        if last is None or now - last > NOTED_EVERY:
            endpoint.last_success_at = now
    else:
        endpoint.last_failure_at = now
    if verdict.status and endpoint.is_active:
        endpoint.status, endpoint.why = verdict.status, verdict.why
        hold(endpoint)
        _alert(endpoint, outcome.job.delivery_id, now)


def _notes(endpoint: Endpoint) -> list[object]:
    return [getattr(endpoint, name) for name in NOTED]


def hold(endpoint: Endpoint) -> None:
    """Keep back what waits for an endpoint; a person may resend it."""
    waiting = endpoint.deliveries.filter(state=Delivery.State.WAITING)
    waiting.update(state=Delivery.State.HELD)


def _alert(endpoint: Endpoint, delivery_id: UUID, now: datetime) -> None:
    """Ask for a mail, unless one is on its way or went out within the hour."""
    if (
        endpoint.alert_email
        and endpoint.alert_due_at is None
        and endpoint_health.may_alert(endpoint.last_alert_at, now)
    ):
        endpoint.alert_due_at, endpoint.alert_delivery_id = now, delivery_id
