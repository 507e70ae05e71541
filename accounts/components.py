"""The parts of the system that a status page tells of, and how each is looked at.

Apps register theirs when they start; a sweep looks at all of them and keeps what it
found, so that the page costs two reads and shows also what is over.
"""

import logging
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.db.models import F

from accounts.models import ComponentCheck, ComponentDay, Level

SLOW_MS = 1_000
PATIENCE_S = 5.0
LATE_S, LOST_S = 120.0, 900.0  # that a queue's oldest row may wait
KEPT = timedelta(days=90)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Found:
    """What a look at a component found. ``detail`` is for the operator alone."""

    level: Level = Level.OPERATIONAL
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Component:
    """One line of the status page."""

    name: str
    title: str
    about: str  # what customers use it for
    look: Callable[[], Found]


_known: dict[str, Component] = {}


def register(component: Component) -> None:
    """Put a component on the status page."""
    _known[component.name] = component


def known() -> list[Component]:
    """Return the components there are, in the order they were registered in."""
    return list(_known.values())


def look_at_all(*, now: datetime) -> None:
    """Look at each component and keep what was found."""
    for component in known():
        found, took_ms = _looked(component)
        _keep(component.name, found, took_ms, now)
    ComponentDay.objects.filter(day__lt=(now - KEPT).date()).delete()


def _looked(component: Component) -> tuple[Found, int]:
    began = time.monotonic()
    try:
        found = component.look()
    except Exception as error:  # whatever it is, it does not work
        log.warning(
            "component_down", extra={"component": component.name}, exc_info=True
        )
        found = Found(Level.OUTAGE, f"{type(error).__name__}: {error}"[:200])
    took_ms = round((time.monotonic() - began) * 1000)
    if found.level == Level.OPERATIONAL and took_ms > SLOW_MS:
        found = Found(Level.DEGRADED, f"answers after {took_ms:,} ms")
    return found, took_ms


@transaction.atomic
def _keep(name: str, found: Found, took_ms: int, now: datetime) -> None:
    before = ComponentCheck.objects.filter(pk=name).first()
    is_same = before is not None and before.level == found.level
    ComponentCheck.objects.update_or_create(
        component=name,
        defaults={
            "level": found.level,
            "took_ms": took_ms,
            "detail": found.detail[:200],
            "checked_at": now,
            "since": before.since if is_same and before else now,
        },
    )
    day, _ = ComponentDay.objects.get_or_create(component=name, day=now.date())
    ComponentDay.objects.filter(pk=day.pk).update(
        looks=F("looks") + 1,
        degraded=F("degraded") + int(found.level == Level.DEGRADED),
        outages=F("outages") + int(found.level == Level.OUTAGE),
    )


def answers(address: str) -> Found:
    """Look whether a server of ours answers its health check."""
    public = urlsplit(settings.PUBLIC_BASE_URL)
    request = urllib.request.Request(  # noqa: S310  # our own address
        f"{address.rstrip('/')}/healthz", headers={"Host": public.netloc}
    )
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE_S) as reply:  # noqa: S310  # as above
            reply.read(1_000)
    except urllib.error.HTTPError as error:
        return Found(Level.OUTAGE, f"answers {error.code}")
    except OSError as error:
        return Found(Level.OUTAGE, f"does not answer: {error}")
    return Found()


def keeps_up(oldest_due: datetime | None, *, now: datetime) -> Found:
    """Look how long the oldest due row of a queue has waited."""
    waited = (now - oldest_due).total_seconds() if oldest_due else 0.0
    if waited > LOST_S:
        return Found(Level.OUTAGE, f"the oldest waits for {waited:,.0f} s")
    if waited > LATE_S:
        return Found(Level.DEGRADED, f"the oldest waits for {waited:,.0f} s")
    return Found()
