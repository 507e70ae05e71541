"""What carriers ask and tell us over HTTP: one view for all of them.

First it is found out whose call it is, then the signature is checked with that
customer's secret, and only then anything else is believed. Every answer is quick: what
takes long is asked for later.
"""

from typing import Any, cast
from uuid import UUID

import structlog
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseForbidden
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from common import clock, ids
from telephony import (
    addresses,
    connections,
    inbound,
    legs,
    media_tokens,
    resuming,
    rings,
    threads,
    turned_away,
)
from telephony.carrier import (
    CallbackRequest,
    Callbacks,
    Caller,
    CarrierError,
    Commander,
    Document,
    StreamTarget,
)
from telephony.carriers import CARRIERS, Carrier
from telephony.models import Call, CarrierConnection, Leg
from telephony.rings import Ring, Taken

MAX_BODY = 65_536

log = structlog.get_logger()


@csrf_exempt
@require_http_methods(["GET", "POST"])
def inbound_call(request: HttpRequest, provider: str) -> HttpResponse:
    """A call comes in: say where its audio goes."""
    ring = read_ring(request, provider)
    if ring is None:  # some carriers know one address for everything
        return call_status(request, provider)
    if ring.caller.is_ours:
        return _placed_call(ring.carrier, ring.asked, ring.caller)
    return answer_ring(ring, rings.take(ring))


def read_ring(request: HttpRequest, provider: str) -> Ring | None:
    """Read a call that comes in, or that we placed; None: it is about something else."""
    carrier, asked = _carrier(provider), _asked(request)
    caller = carrier.callbacks.caller(asked)
    return Ring(carrier, asked, caller) if caller else None


def answer_ring(ring: Ring, taken: Taken) -> HttpResponse:
    """Tell the carrier what to do with a call that comes in. It takes as long as the
    carrier does where it has to be told by a command."""
    if taken.answer is None:
        return _forbidden(ring.carrier.name)
    return _answer(
        ring.carrier,
        taken.answer,
        taken.connection,
        ring.caller.call_id,
        ringing=True,
    )


@csrf_exempt
@require_http_methods(["GET", "POST"])
def outbound_answer(request: HttpRequest, provider: str, leg_id: UUID) -> HttpResponse:
    """Somebody we called has answered: say where the audio goes."""
    carrier, asked = _carrier(provider), _asked(request)
    leg = _leg(carrier, asked, leg_id)
    if leg is None:
        return _forbidden(provider)
    with threads.turn():
        answer = resuming.answered(leg, carrier.callbacks.caller(asked), clock.now())
    return _answer(carrier, answer, leg.connection, leg.carrier_call_id)


def _placed_call(
    carrier: Carrier, asked: CallbackRequest, caller: Caller
) -> HttpResponse:
    """Somebody we called has answered, and the carrier asks at its one address."""
    leg = _leg(carrier, asked, None, caller.call_id)
    leg_id = ids.read(caller.leg_id)
    if leg is None and leg_id is not None:  # it answers before our request was answered
        leg = _leg(carrier, asked, leg_id)
    if leg is None or leg.direction != Call.Direction.OUTBOUND:
        return _forbidden(carrier.name)
    with threads.turn():
        answer = resuming.answered(leg, caller, clock.now())
    return _answer(carrier, answer, leg.connection, leg.carrier_call_id)


@csrf_exempt
@require_http_methods(["GET", "POST"])
def stream_ended(
    request: HttpRequest, provider: str, leg_id: UUID | None = None
) -> HttpResponse:
    """A stream is gone, the caller may not be: go on, hand over, or hang up."""
    carrier, asked = _carrier(provider), _asked(request)
    event = carrier.callbacks.event(asked)
    leg = _leg(carrier, asked, leg_id, event.call_id if event else "")
    if leg is None:
        return _forbidden(provider)
    now = clock.now()
    with threads.turn():
        if event is not None:
            legs.apply(leg.id, event, now=now)
        answer = resuming.resume(leg, event, now)
    return _answer(carrier, answer, leg.connection, leg.carrier_call_id)


@csrf_exempt
@require_http_methods(["GET", "POST"])
def call_status(
    request: HttpRequest, provider: str, leg_id: UUID | None = None
) -> HttpResponse:
    """The carrier tells what became of a call: late, twice, in any order."""
    carrier, asked = _carrier(provider), _asked(request)
    event = carrier.callbacks.event(asked)
    if event is None:
        return HttpResponse("Nothing is told.", status=400, content_type="text/plain")
    leg = _leg(carrier, asked, leg_id, event.call_id)
    if leg is None:
        # Of a call that we know nothing of, such as one turned away: genuine or not,
        # there is nothing to do, and nothing to tell.
        return _forbidden(provider)
    now = clock.now()
    with threads.turn():
        legs.learn_id(leg, event.call_id, event.also)
        legs.apply(leg.id, event, now=now)
    if carrier.by_command and event.stream_gone:
        answer = resuming.resume(leg, event, now)
        return _answer(carrier, answer, leg.connection, leg.carrier_call_id)
    is_ours = leg.direction == Call.Direction.OUTBOUND
    if carrier.by_command and event.state == "answered" and is_ours:
        answer = resuming.answered(leg, None, now)
        return _answer(carrier, answer, leg.connection, leg.carrier_call_id)
    return _send(carrier.callbacks.taken())


# ---------------------------------------------------------------- whose is it


def _carrier(provider: str) -> Carrier:
    if provider not in CARRIERS or CARRIERS[provider].in_rooms:
        raise Http404
    return CARRIERS[provider]


def _asked(request: HttpRequest) -> CallbackRequest:
    body = request.body[: MAX_BODY + 1]
    if len(body) > MAX_BODY:
        raise Http404
    return CallbackRequest(
        method=request.method or "GET",
        url=addresses.public_url(request.get_full_path()),
        headers={name.lower(): value for name, value in request.headers.items()},
        body=body,
        query=request.GET.dict(),
        form=dict(request.POST.lists()),
    )


def _leg(
    carrier: Carrier, asked: CallbackRequest, leg_id: UUID | None, call_id: str = ""
) -> Leg | None:
    """Find the leg that is spoken of, if the one who speaks is its carrier."""
    found = Leg.objects.select_related("connection", "call", "number").filter(
        provider=carrier.name
    )
    if not (leg_id or call_id):
        return None
    found = found.filter(pk=leg_id) if leg_id else found.filter(carrier_call_id=call_id)
    for leg in found[:3]:
        if leg.connection and connections.is_genuine(leg.connection, asked):
            said = carrier.callbacks.event(asked)
            known = ("", said.call_id, said.also) if said else ("",)
            return leg if said is None or leg.carrier_call_id in known else None
    return None


def _forbidden(provider: str) -> HttpResponse:
    log.warning("callback_refused", provider=provider)
    return HttpResponseForbidden(
        "The signature does not match.", content_type="text/plain"
    )


# ---------------------------------------------------------------- answers


def _answer(
    carrier: Carrier,
    answer: inbound.Answer,
    connection: Any,
    call_id: str,
    *,
    ringing: bool = False,
) -> HttpResponse:
    """Answer by a document, or by a command where the carrier reads none."""
    if ringing and carrier.says_by_stream:
        answer = _by_stream(answer, connection, call_id)
    if not carrier.by_command:
        return _send(_document(carrier.callbacks, answer, connection))
    try:
        _command(carrier, answer, connection, call_id, ringing=ringing)
    except CarrierError as error:
        log.warning("command_failed", carrier=carrier.name, error=str(error))
        if not error.permanent:  # it asks again, and is answered the same
            return HttpResponse(status=503)
    return _send(carrier.callbacks.taken())


def _by_stream(
    answer: inbound.Answer, connection: CarrierConnection, call_id: str
) -> inbound.Answer:
    """Open a stream to say over it why not, if the log has the call."""
    if not answer.refusal or answer.refusal in {"over", *turned_away.BUSY}:
        return answer
    leg = turned_away.line_of(connection, call_id)
    if leg is None:
        return answer
    with threads.turn():
        return inbound.Answer(leg, media_tokens.issue_for(leg, now=clock.now()))


def _command(
    carrier: Carrier,
    answer: inbound.Answer,
    connection: CarrierConnection,
    call_id: str,
    *,
    ringing: bool,
) -> None:
    control = cast(Commander, carrier.control(connection.credentials))
    if answer.transfer_to:
        control.transfer(call_id, answer.transfer_to, answer.transfer_from, "")
    elif answer.refusal == "over":
        control.hang_up(call_id)
    elif answer.refusal or answer.leg is None:
        control.turn_away(call_id, turned_away.words(answer.refusal), answer.language)
    else:
        control.open_stream(
            call_id, _target(answer.leg, answer.token, connection), ringing=ringing
        )


def _document(
    callbacks: Callbacks, answer: inbound.Answer, connection: Any
) -> Document:
    if answer.refusal == "over":
        return callbacks.hang_up()
    if answer.transfer_to:
        return callbacks.bridge(answer.transfer_to, answer.transfer_from)
    if answer.refusal in turned_away.BUSY:
        return callbacks.busy()
    if answer.refusal or answer.leg is None:
        return callbacks.say(turned_away.words(answer.refusal), answer.language)
    return callbacks.connect(_target(answer.leg, answer.token, connection))


def _target(leg: Leg, token: str, connection: CarrierConnection) -> StreamTarget:
    return StreamTarget(
        url=addresses.stream_url(connection.provider),
        token=token,
        resume_url=addresses.resume_url(connection, leg.id),
        call_id=leg.carrier_call_id,
    )


def _send(document: Document) -> HttpResponse:
    return HttpResponse(
        document.body, status=document.status, content_type=document.content_type
    )
