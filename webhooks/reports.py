"""What the page shows, read in few queries however long the log is."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery

from accounts.models import Workspace
from common import ids
from webhooks import catalogue
from webhooks.models import Attempt, Delivery, Endpoint

PER_PAGE = 25
RECENT = timedelta(days=7)
MOST_COUNTED = 5_000  # of the latest deliveries
SUBJECTS = ("call", "agent", "key", "workspace", "number", "payment")
STATES: dict[str, Q] = {
    "": Q(),
    "failed": Q(state=Delivery.State.FAILED),
    "retried": Q(attempts__gt=1),
    "open": Q(state__in=Delivery.OPEN),
    "held": Q(state=Delivery.State.HELD),
}


@dataclass(frozen=True)
class EndpointRow:
    """An endpoint and how it has been lately."""

    endpoint: Endpoint
    sent: int = 0  # deliveries that came to an end
    arrived: int = 0
    held: int = 0

    @property
    def share(self) -> str:
        """Return how much arrived, in words."""
        if not self.sent:
            return "–"
        percent = 100 * self.arrived / self.sent
        return "100%" if self.arrived == self.sent else f"{min(percent, 99.9):.1f}%"

    @property
    def tone(self) -> str:
        """Return the lamp's colour."""
        if not self.endpoint.is_active:
            return "bad" if self.endpoint.why in ("gone", "failing") else "off"
        if self.endpoint.failing_since:
            return "warn"
        return "ok" if self.endpoint.last_success_at else "off"


@dataclass(frozen=True)
class Filters:
    """What is asked for."""

    state: str = ""
    endpoint_id: UUID | None = None
    search: str = ""
    since: datetime | None = None

    @property
    def is_empty(self) -> bool:
        """Whether everything is asked for."""
        return not (self.state or self.endpoint_id or self.search or self.since)


@dataclass(frozen=True)
class DeliveryPage:
    """Some deliveries, latest first, and the cursors of the pages beside."""

    rows: list[Delivery] = field(default_factory=list)
    newer: str = ""
    older: str = ""


def endpoint_rows(workspace: Workspace, now: datetime) -> list[EndpointRow]:
    """Return every endpoint with its figures of the week."""
    endpoints: list[Endpoint] = list(
        workspace.webhook_endpoints.present().order_by("pk")
    )
    latest = workspace.webhook_deliveries.filter(pk__gte=ids.floor(now - RECENT))
    counted = Delivery.objects.filter(
        pk__in=latest.order_by("-pk").values("pk")[:MOST_COUNTED]
    )
    tally = Counter(
        {
            (endpoint_id, state): count
            for endpoint_id, state, count in counted.values_list("endpoint_id", "state")
            .annotate(n=Count("pk"))
            .order_by()
        }
    )
    arrived, failed = Delivery.State.DELIVERED, Delivery.State.FAILED
    return [
        EndpointRow(
            each,
            sent=tally[each.pk, arrived] + tally[each.pk, failed],
            arrived=tally[each.pk, arrived],
            held=tally[each.pk, Delivery.State.HELD],
        )
        for each in endpoints
    ]


def delivery_page(
    workspace: Workspace, filters: Filters, cursor: str = "", size: int = PER_PAGE
) -> DeliveryPage:
    """Return a page: ``cursor`` is "<id" for older ones or ">id" for newer ones."""
    chosen: QuerySet[Any] = _filtered(workspace, filters)
    chosen = chosen.select_related("endpoint", "event")
    tries = Attempt.objects.filter(delivery=OuterRef("pk")).order_by("-number", "-pk")
    chosen = chosen.defer("event__body").annotate(
        took_ms=Subquery(tries.values("elapsed_ms")[:1])
    )
    direction, mark = cursor[:1], ids.read(cursor[1:].strip())
    if direction == ">" and mark:
        rows = list(chosen.filter(pk__gt=mark).order_by("pk")[: size + 1])
        more = len(rows) > size
        rows = rows[:size][::-1]
        return _page(rows, newer=more, older=bool(rows))
    if mark:
        chosen = chosen.filter(pk__lt=mark)
    rows = list(chosen.order_by("-pk")[: size + 1])
    return _page(rows[:size], newer=bool(mark and rows), older=len(rows) > size)


def _page(rows: list[Delivery], *, newer: bool, older: bool) -> DeliveryPage:
    return DeliveryPage(
        rows,
        f">{rows[0].pk}" if newer and rows else "",
        f"<{rows[-1].pk}" if older and rows else "",
    )


def _filtered(workspace: Workspace, filters: Filters) -> "QuerySet[Delivery]":
    chosen: QuerySet[Delivery] = workspace.webhook_deliveries.filter(
        STATES.get(filters.state, Q())
    )
    if filters.endpoint_id:
        chosen = chosen.filter(endpoint_id=filters.endpoint_id)
    if filters.since:
        chosen = chosen.filter(pk__gte=ids.floor(filters.since))
    if filters.search:
        chosen = chosen.filter(_found_by(filters.search))
    return chosen


def _found_by(text: str) -> Q:
    """Look a text up as an id of whatever there is, or as the beginning of an event."""
    kind, _, rest = text.rpartition(":")
    if wanted := ids.read(rest.strip()):
        subjects = [f"{each}:{wanted}" for each in ([kind] if kind else SUBJECTS)]
        return Q(pk=wanted) | Q(subject__in=subjects)
    if text in catalogue.KINDS:  # an index finds those, beginnings are looked through
        return Q(event_type=text)
    return Q(event_type__startswith=text)
