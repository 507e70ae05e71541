"""What the payment company tells us: taken in at once, worked through later."""

from datetime import datetime
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import Q

from billing import claims, payments, processors
from billing.models import Payment, ProcessorEvent
from billing.processors.port import Refused, Told
from common import clock, crash
from common.errors import Refusal
from common.later import later

MOST_TRIES = 30

log = structlog.get_logger()


@transaction.atomic
def receive(told: Told) -> bool:
    """Keep an event; tell whether it is the first copy."""
    event, is_new = ProcessorEvent.objects.get_or_create(
        pk=told.id,
        defaults={
            "type": told.type,
            "object_id": told.object_id,
            "intent_id": told.intent_id,
            "payment_key": told.payment_key,
            "next_at": clock.now(),
        },
    )
    if is_new:
        later("billing.apply_event", event_id=event.pk)
    crash.point("event.before_commit")
    return is_new


def apply(event_id: str, *, now: datetime) -> None:
    """Bring the payment an event is about up to date."""
    event = claims.claim(ProcessorEvent, event_id, now=now)
    if event is None:
        return
    try:
        payment = _payment(event)
        if payment is None:
            claims.done(event, state=ProcessorEvent.State.IGNORED)
            return
        payments.reconcile(payment.pk)
    except Refusal as refusal:
        if event.attempts >= MOST_TRIES:
            claims.done(event, state=ProcessorEvent.State.FAILED)
            log.error("event_given_up", event=event.pk, why=refusal.code)
        else:
            claims.again(event, now=now, why=refusal.message)
        return
    claims.done(event, state=ProcessorEvent.State.DONE)


def _payment(event: ProcessorEvent) -> Payment | None:
    """Find the payment by its session or intent, else by our id that they repeat."""
    known = Q(session_id=event.object_id)
    if event.intent_id:
        known |= Q(intent_id=event.intent_id)
    found = Payment.objects.filter(known).first()
    if found:
        return found
    key = event.payment_key
    if not key and event.intent_id:  # refunds and disputes do not repeat it
        try:
            key = processors.processor().payment_of(event.intent_id)
        except Refused:  # no intent of this account
            return None
    try:
        payment = Payment.objects.filter(pk=UUID(key)).first() if key else None
    except ValueError:
        return None
    if payment is not None:
        _bind(payment, event)
    return payment


def _bind(payment: Payment, event: ProcessorEvent) -> None:
    """Learn ids that were lost with an answer of the payment company."""
    rows = Payment.objects.filter(pk=payment.pk)
    if event.type.startswith("checkout.session.") and not payment.session_id:
        rows.update(session_id=event.object_id)
    elif event.intent_id and not payment.intent_id:
        rows.update(intent_id=event.intent_id)
