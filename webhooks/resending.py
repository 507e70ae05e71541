"""Sending again, because a person asked: with the same id and the same bytes."""

from datetime import datetime

from django.db import transaction
from django.db.models import F, QuerySet

from accounts import audit
from accounts.models import User, Workspace
from common import clock, ids
from common.errors import Refusal
from common.later import later
from webhooks.endpoints import NotActive
from webhooks.models import Delivery, Endpoint

MOST = 10_000  # deliveries resent at once


class UnderWay(Refusal):
    """The delivery is on its way already."""

    code = "delivery_under_way"
    status = 409


def resend(delivery: Delivery, *, by: User | None, reason: str = "") -> None:
    """Send one delivery again, with all its tries before it."""
    if not delivery.endpoint.is_active:
        raise NotActive("The endpoint is paused. Resume it, then send again.")
    with transaction.atomic():
        if not _send(Delivery.objects.filter(pk=delivery.pk)):
            raise UnderWay("This delivery is on its way already.")
        _note(delivery.workspace, delivery.event_type, by, reason)


def resend_range(
    *,
    workspace: Workspace,
    since: datetime,
    until: datetime,
    endpoint: Endpoint | None = None,
    states: tuple[str, ...] = (Delivery.State.FAILED, Delivery.State.HELD),
    by: User | None,
) -> int:
    """Send again what was posted in a range of time and did not arrive; return how many.

    What belongs to endpoints that are not active stays where it is.
    """
    chosen = workspace.webhook_deliveries.filter(
        pk__gte=ids.floor(since),
        pk__lt=ids.floor(until),
        state__in=states,
        endpoint__status=Endpoint.Status.ACTIVE,
        endpoint__deleted_at=None,
    )
    if endpoint is not None:
        chosen = chosen.filter(endpoint=endpoint)
    with transaction.atomic():
        oldest = list(chosen.order_by("pk").values_list("pk", flat=True)[:MOST])
        sent = sum(
            _send(Delivery.objects.filter(pk__in=oldest[start : start + 500]))
            for start in range(0, len(oldest), 500)
        )
        if sent:
            _note(workspace, f"{sent} deliveries", by, "")
    return sent


def cancel(delivery: Delivery, *, by: User | None, reason: str = "") -> bool:
    """Keep back a delivery that waits for its next try."""
    with transaction.atomic():
        waiting = Delivery.objects.filter(pk=delivery.pk, state=Delivery.State.WAITING)
        if not waiting.update(state=Delivery.State.HELD):
            return False
        audit.record(
            workspace=delivery.workspace,
            actor=by,
            verb="webhook.held",
            target=delivery.event_type,
            reason=reason,
        )
        return True


def _send(chosen: "QuerySet[Delivery]") -> int:
    now = clock.now()
    sent = chosen.exclude(state__in=Delivery.OPEN).update(
        state=Delivery.State.WAITING,
        attempts_before=F("attempts"),
        next_at=now,
        finished_at=None,
        lease_until=None,
    )
    if sent:
        later("webhooks.deliver_due")
    return sent


def _note(workspace: Workspace, target: str, by: User | None, reason: str) -> None:
    audit.record(
        workspace=workspace,
        actor=by,
        verb="webhook.resent",
        target=target,
        reason=reason,
    )
