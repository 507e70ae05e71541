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

from common import crash
from webhooks import endpoint_health, schedule
from webhooks.models import Attempt, Delivery, Endpoint
from webhooks.models.endpoint import EndpointQuerySet

LANE = timedelta(seconds=3)  # how long a lane stays with a sender that says nothing
MARGIN = timedelta(seconds=10)  # of a delivery's lease over the longest try
REPLY_KEPT = 65_536  # bytes


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
    due = Delivery.objects.due(now).filter(endpoint=OuterRef("pk"))
    served = Endpoint.objects.present().filter(
        Exists(due),
        pk__in=list(room),
        lane_holder=holder,
        status=Endpoint.Status.ACTIVE,
    )
    if not served.exists():  # most looks write nothing
        return []
    with transaction.atomic():
        jobs = [
            job
            for endpoint in served.select_for_update().order_by("pk")
            for job in _due(endpoint, room[endpoint.pk], now)
        ]
        _lease(jobs)
    crash.point("webhooks.claimed")
    return jobs


def _lease(jobs: Sequence[Job]) -> None:
    for lease_until in {job.lease_until for job in jobs}:
        Delivery.objects.filter(
            pk__in=[job.delivery_id for job in jobs if job.lease_until == lease_until]
        ).update(
            state=Delivery.State.SENDING, next_at=lease_until, lease_until=lease_until
        )


def _due(endpoint: Endpoint, room: int, now: datetime) -> list[Job]:
    due = Delivery.objects.due(now).filter(endpoint=endpoint).select_related("event")
    plan = schedule.of(endpoint.is_patient)
    lease_until = now + timedelta(seconds=plan.cut_off_s) + MARGIN
    return [
        Job(
            delivery_id=delivery.pk,
            endpoint_id=endpoint.pk,
            lease_until=lease_until,
            number=delivery.attempts + 1,
            tries=delivery.tries,
            url=endpoint.url,
            event=delivery.event_type,
            body=delivery.event.body.encode(),
            secrets=endpoint.live_secrets(now),
            schedule=plan,
        )
        for delivery in due.order_by("next_at", "pk")[:room]
    ]


def record(outcomes: Sequence[Outcome], *, now: datetime) -> list[datetime]:
    """Write tries down and move their deliveries on; return when the next are due."""
    crash.point("webhooks.sent")
    due = []
    with transaction.atomic():
        endpoints = Endpoint.objects.select_for_update().order_by("pk")
        of = endpoints.in_bulk([each.job.endpoint_id for each in outcomes])
        # Erased meanwhile: then nothing is kept of it.
        kept = Delivery.objects.select_for_update().order_by("pk").only("pk")
        still = kept.in_bulk([each.job.delivery_id for each in outcomes])
        outcomes = [each for each in outcomes if each.job.delivery_id in still]
        Attempt.objects.bulk_create(_attempt(each) for each in outcomes)
        for outcome in outcomes:
            endpoint = of[outcome.job.endpoint_id]
            next_at = _settle(outcome, endpoint, now)
            due += [next_at] if next_at else []
        crash.point("webhooks.before_commit")
    crash.point("webhooks.recorded")
    return due


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


def _settle(outcome: Outcome, endpoint: Endpoint, now: datetime) -> datetime | None:
    """Move a delivery on; return when it is tried again, if it is."""
    job = outcome.job
    _note_health(outcome, endpoint, now)
    next_at = None if outcome.succeeded else _next_try(outcome, now)
    if outcome.succeeded:
        state = Delivery.State.DELIVERED
    elif next_at is None or endpoint.status == Endpoint.Status.DISABLED:
        state, next_at = Delivery.State.FAILED, None
    else:
        state = Delivery.State.WAITING if endpoint.is_active else Delivery.State.HELD
    is_over = state in (Delivery.State.DELIVERED, Delivery.State.FAILED)
    moved = Delivery.objects.filter(
        pk=job.delivery_id,
        state=Delivery.State.SENDING,
        lease_until=job.lease_until,
    ).update(
        state=state,
        attempts=job.number,
        next_at=next_at or now,
        lease_until=None,
        last_status=outcome.status,
        last_error=outcome.error,
        last_elapsed_ms=outcome.elapsed_ms,
        finished_at=now if is_over else None,
    )
    if moved and state == Delivery.State.FAILED:
        _alert(endpoint, job.delivery_id, now)
    return next_at if moved and state == Delivery.State.WAITING else None


def _next_try(outcome: Outcome, now: datetime) -> datetime | None:
    asked = outcome.reply_headers.get("retry-after")
    seconds = schedule.wait(
        outcome.job.schedule,
        outcome.job.tries + 1,
        luck=random.uniform(-1, 1),  # noqa: S311 (spreads load, hides nothing)
        retry_after=schedule.seconds_asked(asked, now) if asked else None,
    )
    return None if seconds is None else now + timedelta(seconds=seconds)


def _note_health(outcome: Outcome, endpoint: Endpoint, now: datetime) -> None:
    verdict = endpoint_health.judge(
        succeeded=outcome.succeeded,
        status=outcome.status,
        failing_since=endpoint.failing_since,
        now=now,
    )
    changed = ["failing_since"]
    endpoint.failing_since = verdict.failing_since
    if outcome.succeeded:
        endpoint.last_success_at = now
        changed.append("last_success_at")
    else:
        endpoint.last_failure_at = now
        changed.append("last_failure_at")
    if verdict.status and endpoint.is_active:
        endpoint.status, endpoint.why = verdict.status, verdict.why
        changed += ["status", "why"]
        hold(endpoint)
        _alert(endpoint, outcome.job.delivery_id, now)
    endpoint.save(update_fields=changed)


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
        endpoint.save(update_fields=["alert_due_at", "alert_delivery_id"])
