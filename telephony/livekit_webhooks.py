"""What the LiveKit server tells: who came to a room, who went, which room is gone.

https://docs.livekit.io/home/server/webhooks/ (read 2026-11). Each request is signed: a
token of our key with the hash of the body. Each is taken once, in any order.
"""

from typing import Any

import structlog
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseForbidden
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from livekit import api

from common import clock, ids
from telephony import board, calls, inbound, legs, turned_away, visits
from telephony.calls import Outcome
from telephony.carrier import CallbackRequest, Caller, CarrierError
from telephony.carriers import CARRIERS
from telephony.carriers.sip.callbacks import received
from telephony.livekit import server, tokens
from telephony.media_tokens import WAITING
from telephony.models import Call, CarrierConnection, Leg, Number, Participant

MAX_BODY = 65_536
UUID_LENGTH = 36
SIP = CARRIERS["sip"]
A_LINE = api.ParticipantInfo.Kind.SIP
JOINED, LEFT, FINISHED = "participant_joined", "participant_left", "room_finished"

log = structlog.get_logger()


@csrf_exempt
@require_POST
def webhook(request: HttpRequest) -> HttpResponse:
    """Take one event."""
    body = request.body[: MAX_BODY + 1]
    event = received(body, request.headers.get("Authorization", ""))
    if event is None or len(body) > MAX_BODY or not event.id:
        log.warning("livekit_webhook_refused")
        return HttpResponseForbidden(
            "The signature does not match.", content_type="text/plain"
        )
    with transaction.atomic():
        if visits.note_event(event.id):
            _take(event, body)
    return HttpResponse(status=200)


def _take(event: Any, body: bytes) -> None:
    if event.participant.kind == A_LINE:
        _line_moved(event, body)
        return
    if event.event == LEFT and event.participant.identity == tokens.AGENT:
        visits.go_back(event.room.name, clock.now())
        return
    call = _call_of(event.room.name)
    if call is None:
        return
    if event.event == FINISHED and event.room.name == call.room_name:
        _room_finished(call)
    elif event.event == JOINED:
        _person_came(call, event.room.name)
    elif event.event == LEFT:
        _person_went(call, event.participant.identity)


def _call_of(room: str) -> Call | None:
    """Return whose room it is; some of its people have rooms of their own."""
    call_id = ids.read(room.removeprefix("call_")[:UUID_LENGTH])
    return Call.objects.filter(pk=call_id).first() if call_id else None


def _person_came(call: Call, room: str) -> None:
    """They are in the call when the agent has let them in, and not before."""
    if not call.is_live():  # nobody will talk to them any more
        transaction.on_commit(lambda: _close(room))


def _person_went(call: Call, identity: str) -> None:
    person_id = ids.read(identity)
    person = call.participants.filter(pk=person_id).first() if person_id else None
    if person is not None:
        person.status, person.left_at = Participant.Status.LEFT, clock.now()
        person.save(update_fields=["status", "left_at"])
        board.changed(call.workspace_id)


def _close(room: str) -> None:
    try:
        server.close_room(room)
    except CarrierError as error:
        log.warning("room_not_closed", error=str(error))


def _room_finished(call: Call) -> None:
    """Nobody is there any more. A call that was talked in is ended by who carried it."""
    if call.status in WAITING and call.channel == Call.Channel.BROWSER:
        outcome = Outcome(Call.EndReason.CLOSED, "never_connected")
        calls.end(call.pk, outcome, now=clock.now())


# ---------------------------------------------------------------- SIP lines


def _line_moved(event: Any, body: bytes) -> None:
    asked = CallbackRequest("POST", "", {}, body, {})
    caller = SIP.callbacks.caller(asked)
    if caller is not None:
        _line_came_in(event.room.name, caller)
    told = SIP.callbacks.event(asked)
    leg = _leg(told.call_id) if told else None
    if told is not None and leg is not None:
        legs.apply(leg.pk, told, now=clock.now())


def _line_came_in(room: str, caller: Caller) -> None:
    now = clock.now()
    number = (
        Number.objects.select_related("workspace", "agent__published")
        .filter(number=caller.to_number, provider=SIP.name)
        .first()
    )
    connection = number and (
        CarrierConnection.objects.filter(
            provider=SIP.name, is_active=True, workspace_id=number.workspace_id
        ).first()
    )
    if number is None or not connection or caller.account_ref != number.carrier_ref:
        log.warning("sip_line_of_nobody", **{"pii.to": caller.to_number})
        return
    answer = inbound.receive(connection, number, caller, now)
    if answer.leg is not None and not answer.refusal:
        visits.want(
            answer.leg.call, answer.leg.participant, room=room, leg=answer.leg, now=now
        )
        return
    leg = turned_away.line_of(connection, caller.call_id)
    if leg is None or answer.refusal in turned_away.BUSY:
        transaction.on_commit(lambda: _put_out(connection, caller.call_id))
        return
    visits.want_to_turn_away(leg, room=room, now=now)


def _put_out(connection: CarrierConnection, call_id: str) -> None:
    """Hang up on one whom nobody tells why: no agent is there to have a record of the
    call, or the server is being restarted."""
    try:
        SIP.control(connection.credentials).hang_up(call_id)
    except CarrierError as error:
        log.warning("sip_line_not_put_out", error=str(error))


def _leg(call_id: str) -> Leg | None:
    """Find a line by its name, or one that was dialled before its name was known."""
    found = Leg.objects.filter(provider=SIP.name)
    leg = found.filter(carrier_call_id=call_id).first()
    if leg is None and (leg_id := ids.read(call_id.partition("/")[2])):
        leg = found.filter(pk=leg_id).first()
        if leg is not None:
            legs.learn_id(leg, call_id)
    return leg
