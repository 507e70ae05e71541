"""The carrier's side of calls: its events applied, in any order and any number.

A state only moves forward, and the first ending stays:

    queued → dialing → dialed → ringing → answered → over
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from django.db import transaction

from telephony import addresses, board, calls, connections
from telephony.calls import Outcome
from telephony.carrier import OVER, Caller, CallEvent, CarrierError, Started
from telephony.carriers import CARRIERS
from telephony.models import Call, CarrierConnection, Leg, Number, Participant

RANK = {
    Leg.State.QUEUED: 0,
    Leg.State.DIALING: 1,
    Leg.State.DIALED: 2,
    Leg.State.RINGING: 3,
    Leg.State.ANSWERED: 4,
}
ENDED = 5
# The process that carries the call hears of its end by the socket; this is for when
# there is none any more.
GRACE = timedelta(seconds=10)
DESERTED_AFTER = timedelta(seconds=60)
LOOK_AGAIN = timedelta(seconds=20)
MOST_LOOKS = 8
AT_ONCE = 50  # legs one sweep looks after
UNANSWERED = {
    Leg.State.BUSY: (Call.Status.BUSY, "busy"),
    Leg.State.NO_ANSWER: (Call.Status.NO_ANSWER, "no_answer"),
    Leg.State.CANCELED: (Call.Status.CANCELED, "canceled"),
    Leg.State.COMPLETED: (Call.Status.CANCELED, "hung_up_before_answer"),
}

log = structlog.get_logger()


def incoming(
    connection: CarrierConnection,
    number: Number,
    caller: Caller,
    customer: Participant,
    **state: Any,
) -> Leg:
    """Return the line, not saved yet, by which somebody calls a number."""
    return Leg(
        workspace=number.workspace,
        call=customer.call,
        participant=customer,
        connection=connection,
        number=number,
        provider=connection.provider,
        direction=Call.Direction.INBOUND,
        from_number=caller.from_number[:64],
        to_number=caller.to_number[:64],
        carrier_call_id=caller.call_id,
        **state,
    )


def apply(leg_id: UUID, event: CallEvent, *, now: datetime) -> bool:
    """Take what the carrier says of a leg; False: it was known already."""
    with transaction.atomic():
        leg = (
            Leg.objects.select_for_update(of=("self",))
            .select_related("call")
            .get(pk=leg_id)
        )
        changed = _note(leg, event, now)
        if changed:
            leg.save()
    if changed:
        _follow(leg, now)
    return changed


def learn_id(leg: Leg, call_id: str, also: str = "") -> None:
    """Keep what the carrier calls a line: it may tell before it answers our request, and
    by another name than it did there."""
    if call_id and leg.carrier_call_id in ("", also) and leg.carrier_call_id != call_id:
        Leg.objects.filter(pk=leg.pk, carrier_call_id=leg.carrier_call_id).update(
            carrier_call_id=call_id[:128]
        )
        leg.carrier_call_id = call_id[:128]


def streaming(call_id: UUID, started: Started, *, now: datetime) -> None:
    """The line's audio has begun: whatever its callbacks say, it was answered."""
    if not started.call_id:
        return
    with transaction.atomic():
        leg = (
            Leg.objects.select_for_update(of=("self",))
            .select_related("call")
            .filter(call_id=call_id, carrier_call_id=started.call_id)
            .first()
        )
        if leg is None:
            return
        leg.stream_id = started.stream_id[:128]
        changed = _note(leg, CallEvent(started.call_id, "answered"), now)
        leg.save(update_fields=["stream_id", "state", "answered_at"])
    if changed:
        _follow(leg, now)


def hand_over(leg: Leg, number: str) -> None:
    """Let the line go on with somebody else, without us; raises ``CarrierError``."""
    if leg.connection is None:
        raise CarrierError("The carrier is not connected any more.", permanent=True)
    ours = leg.number.number if leg.number else leg.to_number
    Leg.objects.filter(pk=leg.pk).update(transfer_to=number[:64])
    document_url = addresses.resume_url(leg.connection, leg.id)
    try:
        connections.control_of(leg.connection).transfer(
            leg.carrier_call_id, number, ours, document_url
        )
    except CarrierError:
        Leg.objects.filter(pk=leg.pk).update(transfer_to="")
        raise


def send_digits(leg: Leg, digits: str, *, now: datetime) -> None:
    """Press keys on a line; raises ``CarrierError``."""
    if leg.connection is None:
        raise CarrierError("The carrier is not connected any more.", permanent=True)
    ends_stream = CARRIERS[leg.provider].keys_end_stream
    if ends_stream:
        Leg.objects.filter(pk=leg.pk).update(keys_sent_at=now)
    try:
        connections.control_of(leg.connection).send_digits(
            leg.carrier_call_id, digits, addresses.resume_url(leg.connection, leg.id)
        )
    except CarrierError:
        Leg.objects.filter(pk=leg.pk).update(keys_sent_at=None)
        raise


def reconcile(leg_id: UUID, *, now: datetime) -> None:
    """Ask the carrier how a leg stands, and bring both sides to an end where one has
    ended. Network: for workers."""
    leg = Leg.objects.select_related("call", "connection", "participant").get(pk=leg_id)
    if leg.is_over():
        _end_call(leg, now)
        Leg.objects.filter(pk=leg.pk).update(next_at=None, lease_until=None)
        return
    if leg.connection is None or not leg.carrier_call_id:
        apply(leg.id, CallEvent(leg.carrier_call_id, "failed", cause="lost"), now=now)
        return
    control = connections.control_of(leg.connection)
    is_deserted = leg.call.is_live() and _is_deserted(leg.call, now)
    try:
        # Who was handed over to a person still talks, without us.
        with_us = not leg.call.goes_on_without_us()
        is_gone = leg.participant.left_at is not None  # sent away, or out of our room
        if is_deserted or (with_us and (is_gone or not leg.call.is_live())):
            control.hang_up(leg.carrier_call_id)
        event = control.look_up(leg.carrier_call_id)
    except CarrierError as error:
        _look_again(leg, str(error), now)
        return
    apply(leg.id, event, now=now)
    if is_deserted:
        detail = "server_lost" if leg.call.started_at else "never_connected"
        calls.end(leg.call_id, Outcome(Call.EndReason.CLOSED, detail), now=now)
    if event.state not in OVER:
        _look_again(leg, "", now)


def due(now: datetime) -> list[UUID]:
    """Claim the legs that somebody must look after."""
    waiting = Leg.objects.filter(next_at__lte=now).exclude(lease_until__gt=now)
    claimed = []
    for leg_id, next_at in waiting.order_by("next_at").values_list("id", "next_at")[
        :AT_ONCE
    ]:
        if Leg.objects.filter(pk=leg_id, next_at=next_at).update(
            lease_until=now + timedelta(seconds=60), next_at=now + LOOK_AGAIN
        ):
            claimed.append(leg_id)
    return claimed


def _is_deserted(call: Call, now: datetime) -> bool:
    """Tell whether nobody carries a call any more that should be under way."""
    last = call.heartbeat_at or call.created_at
    return now - last > DESERTED_AFTER


def _note(leg: Leg, event: CallEvent, now: datetime) -> bool:
    if event.answered_by and not leg.answered_by:
        leg.answered_by = event.answered_by
    if event.state is None:
        return False
    state = Leg.State(event.state)
    if leg.is_over() or (
        RANK.get(state, ENDED) <= RANK.get(Leg.State(leg.state), ENDED)
    ):
        return _note_length(leg, event)
    leg.state = state
    if state == Leg.State.ANSWERED:
        leg.answered_at = now
    if leg.is_over():
        leg.ended_at = now
        leg.hang_up_cause = event.cause[:64]
        leg.duration_s = event.duration_s
        leg.next_at = now + GRACE if leg.call.is_live() else None
        leg.lease_until = None
    return True


def _note_length(leg: Leg, event: CallEvent) -> bool:
    """A later word on a call that is over may know how long it was."""
    if leg.is_over() and leg.duration_s is None and event.duration_s is not None:
        Leg.objects.filter(pk=leg.pk).update(duration_s=event.duration_s)
    return False


def _follow(leg: Leg, now: datetime) -> None:
    call = leg.call
    if leg.state in (Leg.State.RINGING, Leg.State.ANSWERED):
        waiting = Call.objects.filter(
            pk=call.pk, status__in=(Call.Status.QUEUED, Call.Status.RINGING)
        )
        waiting.update(status=Call.Status.RINGING, heartbeat_at=now)
        board.changed(call.workspace_id)
        return
    if not leg.is_over():
        return
    Participant.objects.filter(pk=leg.participant_id, left_at=None).update(
        left_at=now, status=Participant.Status.LEFT
    )
    call.refresh_from_db(fields=["status", "started_at"])
    if call.is_live() and call.status != Call.Status.IN_PROGRESS:
        _end_call(leg, now)


def _end_call(leg: Leg, now: datetime) -> None:
    """The line is gone: end the call, if this was its last line."""
    others = Leg.objects.filter(call_id=leg.call_id).exclude(pk=leg.pk)
    if others.exclude(state__in=Leg.OVER).exists():
        return
    in_browsers = Participant.objects.filter(
        call_id=leg.call_id, transport=Participant.Transport.WEBRTC, left_at=None
    )
    if leg.call.is_live() and in_browsers.exists():
        return
    calls.end(leg.call_id, _outcome(leg), now=now)


def _outcome(leg: Leg) -> Outcome:
    state = Leg.State(leg.state)
    if state == Leg.State.FAILED and leg.call.started_at is None:
        detail = (
            leg.last_error or leg.hang_up_cause or "the carrier could not connect it"
        )
        return Outcome(Call.EndReason.ERROR, detail, error_code="carrier_failed")
    status, detail = UNANSWERED.get(state, (Call.Status.CANCELED, ""))
    reason = (
        Call.EndReason.USER_DISCONNECT
        if state in (Leg.State.COMPLETED, Leg.State.CANCELED)
        else Call.EndReason.CLOSED
    )
    return Outcome(reason, detail if leg.call.started_at is None else "", status=status)


def _look_again(leg: Leg, error: str, now: datetime) -> None:
    """Come back later; give a leg up that the carrier knows nothing of for long."""
    attempts = leg.attempts + 1
    if attempts >= MOST_LOOKS and not leg.call.is_live():
        log.warning("leg_given_up", leg=str(leg.pk), error=error)
        apply(
            leg.id, CallEvent(leg.carrier_call_id, "failed", cause="unknown"), now=now
        )
        return
    Leg.objects.filter(pk=leg.pk).update(
        attempts=attempts,
        last_error=error[:255],
        next_at=now + LOOK_AGAIN * min(attempts, 6),
        lease_until=None,
    )
