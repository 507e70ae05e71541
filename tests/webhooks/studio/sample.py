"""A log such as a workspace has after a day."""

from datetime import timedelta

from common import clock, ids
from tests import factories
from webhooks import outbox
from webhooks.models import Attempt, Delivery


def log(workspace):
    """Make three endpoints and a handful of deliveries in every state."""
    dental = factories.EndpointFactory(
        workspace=workspace,
        url="https://hooks.brightwater-dental.example/rymi",
        events=["call.completed", "call.intelligence.ready"],
        alert_email="ops@meridian-desk.example",
    )
    parcel = factories.EndpointFactory(
        workspace=workspace,
        url="https://crm.parcelway.example/voice/events",
        events=["*"],
    )
    factories.EndpointFactory(
        workspace=workspace,
        url="https://miramar.example/api/calls",
        events=["call.intelligence.ready"],
        status="paused",
        why="person",
    )
    _sent(dental, "call.completed", [(200, 184)])
    _sent(dental, "call.intelligence.ready", [(500, 212), (500, 198), (200, 176)])
    _sent(parcel, "call.completed", [(200, 96)])
    _sent(dental, "call.completed", [(None, 3000)] * 5)
    _sent(parcel, "agent.published", [(204, 88)])
    dental.last_success_at = parcel.last_success_at = clock.now()
    dental.save()
    parcel.save()
    return dental


def _sent(endpoint, event, answers):
    number = ids.new()
    workspace = endpoint.workspace
    letter = outbox.post(
        workspace=workspace,
        event=event,
        data={"call_id": str(number), "summary": "Sam moved a hygiene visit …"},
        key=f"{event}:{number}",
        subject=f"{event.split('.')[0]}:{number}",
    )
    Delivery.objects.filter(event=letter).exclude(endpoint=endpoint).delete()
    delivery = letter.deliveries.get()
    moment = clock.now()
    for count, (status, elapsed) in enumerate(answers, 1):
        Attempt.objects.create(
            delivery=delivery,
            number=count,
            started_at=moment,
            url=endpoint.url,
            request_headers={
                "X-Rymi-Event": event,
                "X-Rymi-Delivery": str(delivery.id),
            },
            status=status,
            reply_headers={"content-type": "application/json"} if status else {},
            reply_body='{"error":"database is locked"}' if status == 500 else "",
            error="" if status else "timeout",
            elapsed_ms=elapsed,
        )
        moment += timedelta(milliseconds=elapsed, seconds=2 ** (count - 1))
    last = answers[-1]
    delivery.attempts = len(answers)
    delivery.last_status = last[0]
    delivery.last_error = "" if last[0] else "timeout"
    delivery.state = "delivered" if last[0] in (200, 204) else "failed"
    delivery.finished_at = moment
    delivery.save()
