"""One line dialled, once.

``dialing`` is committed before the carrier is asked. A process that dies in between, or
a carrier that does not answer, leaves a line of which nobody knows whether it rings:
that is looked up at the carrier, by its numbers and its time, and never asked for again.
"""

from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.db.models import F

from agents import config as configs
from common import crash
from telephony import addresses, connections, do_not_call, legs, visits
from telephony.carrier import CallEvent, CarrierError, Control, Dial
from telephony.models import Call, CarrierConnection, Leg, Participant

RING_S = 45
LOOK_FOR_IT = timedelta(seconds=15)
LOST_AFTER = timedelta(seconds=90)

log = structlog.get_logger()


def dial(leg_id: UUID, *, now: datetime) -> None:
    """Ask the carrier to call, if nobody has."""
    if not Leg.objects.filter(pk=leg_id, state=Leg.State.QUEUED).update(
        state=Leg.State.DIALING,
        attempts=F("attempts") + 1,
        dialed_at=now,
        next_at=now + LOOK_FOR_IT,
        lease_until=None,
    ):
        return
    crash.point("dial.claimed")
    leg = Leg.objects.select_related("call__workspace", "connection").get(pk=leg_id)
    connection = leg.connection
    if not leg.call.is_live() or connection is None:
        legs.apply(leg.id, CallEvent("", "canceled"), now=now)
        return
    try:
        do_not_call.refuse_blocked(leg.call.workspace, leg.to_number)
        carrier_call_id = connections.control_of(connection).dial(
            _wanted(leg, connection)
        )
    except do_not_call.Blocked as blocked:
        _fail(leg, blocked.message, "do_not_call", now)
        return
    except CarrierError as error:
        if not error.may_have_happened:
            _fail(leg, str(error), error.code or "carrier_failed", now)
        return  # else it is looked for
    crash.point("dial.posted")
    _placed(leg, carrier_call_id, now)


def look_after(leg_id: UUID, *, now: datetime) -> None:
    """Bring a line on that did not come on by itself."""
    leg = Leg.objects.select_related("connection").get(pk=leg_id)
    if leg.state == Leg.State.QUEUED:
        dial(leg_id, now=now)
    elif leg.state == Leg.State.DIALING and not leg.carrier_call_id:
        _look_for(leg, now)
    else:
        legs.reconcile(leg_id, now=now)


def _wanted(leg: Leg, connection: CarrierConnection) -> Dial:
    return Dial(
        to=leg.to_number,
        from_number=leg.from_number,
        answer_url=addresses.outbound_url(connection, leg.id),
        status_url=addresses.status_url(connection, leg.id),
        ring_s=RING_S,
        longest_s=configs.parse(leg.call.config).advanced.maxCallDuration + 60,
        room=visits.room_of(leg),
        line=str(leg.pk),
    )


def _placed(leg: Leg, carrier_call_id: str, now: datetime) -> None:
    """Remember what the carrier calls it. Its callbacks may have been quicker."""
    Leg.objects.filter(pk=leg.pk, carrier_call_id="").update(
        carrier_call_id=carrier_call_id[:128]
    )
    Leg.objects.filter(pk=leg.pk, state=Leg.State.DIALING).update(
        state=Leg.State.DIALED, next_at=now + timedelta(seconds=RING_S + 20)
    )
    Call.objects.filter(pk=leg.call_id, status__in=Call.LIVE).update(heartbeat_at=now)
    Participant.objects.filter(
        pk=leg.participant_id, status=Participant.Status.QUEUED
    ).update(status=Participant.Status.JOINING)
    if connections.carrier(leg.provider).in_rooms:
        visits.await_answer(leg, now=now, within=timedelta(seconds=RING_S + 15))


def _look_for(leg: Leg, now: datetime) -> None:
    dialed_at = leg.dialed_at or now
    if leg.connection is None:
        _fail(leg, "The carrier was disconnected.", "lost", now)
        return
    control: Control = connections.control_of(leg.connection)
    try:
        found = control.find(_wanted_again(leg), dialed_at.timestamp())
    except CarrierError as error:
        log.warning("line_not_found_yet", leg=str(leg.pk), error=str(error))
        found = None
    if found is not None:
        _placed(leg, found.call_id, now)
        legs.apply(leg.id, found, now=now)
    elif now - dialed_at > LOST_AFTER:
        _fail(leg, "The carrier did not answer and knows no such call.", "lost", now)


def _wanted_again(leg: Leg) -> Dial:
    return Dial(
        leg.to_number,
        leg.from_number,
        "",
        "",
        room=visits.room_of(leg),
        line=str(leg.pk),
    )


def _fail(leg: Leg, error: str, cause: str, now: datetime) -> None:
    log.warning("line_not_dialled", leg=str(leg.pk), cause=cause)
    Leg.objects.filter(pk=leg.pk).update(last_error=error[:255])
    legs.apply(leg.id, CallEvent(leg.carrier_call_id, "failed", cause=cause), now=now)
