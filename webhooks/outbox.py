"""Events are put down here, in the transaction that makes them true."""

from collections.abc import Collection, Iterable
from datetime import timedelta
from typing import Any

import orjson
from django.db import transaction

from accounts.models import Workspace
from common import clock, ids
from common.later import later
from webhooks import catalogue
from webhooks.models import Attempt, Delivery, Endpoint, Event

KEPT_FOR = timedelta(days=30)  # events, deliveries and tries


@transaction.atomic
def post(
    *,
    workspace: Workspace,
    event: str,
    data: dict[str, Any],
    key: str,
    subject: str = "",
) -> Event:
    """Tell a workspace's endpoints what happened, once for every ``key``.

    Call it inside the transaction in which the fact becomes true: both are committed,
    or neither. Nothing is sent before that. ``subject`` is whatever the fact is about,
    such as ``call:<id>``; a second post with the same key returns the first event.
    """
    letter, is_new = Event.objects.get_or_create(
        workspace=workspace,
        key=key,
        defaults={"type": event, "subject": subject, "body": body_of(event, data)},
    )
    if is_new:
        endpoints = workspace.webhook_endpoints.present()
        _address(letter, [each for each in endpoints if each.wants(event)])
    return letter


def post_sample(endpoint: Endpoint, event: str) -> Delivery:
    """Send one endpoint an example of an event, whether it subscribed or not."""
    kind = catalogue.KINDS.get(event)
    letter_id = ids.new()
    with transaction.atomic():
        letter = Event.objects.create(
            id=letter_id,
            workspace=endpoint.workspace,
            type=event,
            key=f"sample:{letter_id}",
            body=body_of(event, kind.sample if kind else {}, sample=True),
            is_sample=True,
        )
        return _address(letter, [endpoint], state=Delivery.State.WAITING)[0]


def body_of(event: str, data: dict[str, Any], *, sample: bool = False) -> str:
    """Return the JSON that is sent, byte for byte, on every try."""
    moment = clock.now().isoformat(timespec="milliseconds").replace("+00:00", "Z")
    letter: dict[str, Any] = {
        "type": event,
        "event": event,
        "timestamp": moment,
        "data": data,
    }
    if sample:
        letter["sample"] = True
    return orjson.dumps(letter, default=str).decode()


@transaction.atomic
def erase(*, workspace: Workspace, subjects: Collection[str]) -> int:
    """Forget what was told about subjects, and every try; return how many rows.

    For retention and erasure: letters hold transcripts. Whole tables at a time, since
    letters need not be read to be forgotten.
    """
    letters = Event.objects.filter(workspace=workspace, subject__in=subjects)
    addressed = Delivery.objects.select_for_update().filter(event__in=letters)
    # Locked first: no try is written down meanwhile.
    known = list(addressed.order_by("pk").values_list("pk", flat=True))
    deliveries = Delivery.objects.filter(pk__in=known)
    tries = Attempt.objects.filter(delivery__in=known)
    # None of the three has anything else that hangs on it.
    gone = (rows._raw_delete(rows.db) for rows in (tries, deliveries, letters))
    return sum(count or 0 for count in gone)


def _address(
    letter: Event, endpoints: Iterable[Endpoint], state: str = ""
) -> list[Delivery]:
    """Make one delivery an endpoint; what is paused holds it, what is gone gets none."""
    states = {
        Endpoint.Status.ACTIVE: Delivery.State.WAITING,
        Endpoint.Status.PAUSED: Delivery.State.HELD,
    }
    now = clock.now()
    made = Delivery.objects.bulk_create(
        Delivery(
            workspace_id=letter.workspace_id,
            endpoint=endpoint,
            event=letter,
            event_type=letter.type,
            subject=letter.subject,
            state=state or states[Endpoint.Status(endpoint.status)],
            next_at=now,
        )
        for endpoint in endpoints
        if state or endpoint.status in states
    )
    if any(each.state == Delivery.State.WAITING for each in made):
        later("webhooks.deliver_due")
    return made
