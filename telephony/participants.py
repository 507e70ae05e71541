"""People in a call besides the one it began with: invited, there, gone.

Nobody is let in from here: a browser brings the token that it is given, and a phone is
dialled and gets one when it answers. Both find the process that carries the call.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from accounts import audit
from accounts.models import User
from common import clock
from common.errors import Refusal
from common.later import later
from telephony import (
    board,
    connections,
    do_not_call,
    media_tokens,
    phone_calls,
    visits,
)
from telephony.livekit import server as livekit
from telephony.livekit import tokens
from telephony.models import Call, Leg, Participant
from telephony.phone_numbers import e164

MOST = 500  # in one call


class CallOver(Refusal):
    """Nobody can be added to a call that has ended."""

    code = "call_ended"
    status = 409


class NoRoom(Refusal):
    """The call is in writing, or full."""

    code = "not_supported"
    status = 409


@dataclass(frozen=True, slots=True)
class Wanted:
    """Somebody who is to come into a call."""

    transport: Participant.Transport
    identity: str  # a name of the customer's, or a phone number
    from_number: str | None = None
    place: Participant.Place = Participant.Place.FLOOR
    role: Participant.Role = Participant.Role.CUSTOMER


@dataclass(frozen=True, slots=True)
class Invited:
    """Somebody who may come in: by a token at once, or when their phone is answered."""

    participant: Participant
    token: str = ""
    leg: Leg | None = None
    url: str = ""  # of a LiveKit server; "": our own socket


def invite_all(
    call: Call,
    wanted: Sequence[Wanted],
    *,
    by: User | None,
    origin: str = "",
    by_room: bool = False,
    audited: bool = True,
) -> list[Invited]:
    """Let several people into a call, all or none of them."""
    now = clock.now()
    with transaction.atomic():
        invited = [
            invite(call, each, origin=origin, by_room=by_room, now=now)
            for each in wanted
        ]
        if audited:
            audit.record(
                workspace=call.workspace,
                actor=by,
                verb="call.participant_added",
                target=str(call.pk),  # no names: the book outlives an erasure
            )
    return invited


def call_together(
    first: phone_calls.Wanted, others: Sequence[Wanted]
) -> tuple[Call, Leg, list[Invited]]:
    """Call several phones into one call, all or none of them: who answers first talks to
    the agent, and the others find them there."""
    with transaction.atomic():
        call, leg = phone_calls.place(first)
        invited = invite_all(call, others, by=first.by, audited=False)
    return call, leg, invited


def invite(
    call: Call,
    wanted: Wanted,
    *,
    origin: str = "",
    by_room: bool = False,
    now: datetime | None = None,
    hold_back: bool = False,
) -> Invited:
    """Let somebody into a call; raise a refusal and change nothing. ``by_room``: a
    browser comes by a LiveKit room, where there is a server. ``hold_back``: a phone is
    not dialled before somebody says so."""
    now = now or clock.now()
    if wanted.transport == Participant.Transport.PSTN:
        return _ring(call, wanted, now, hold_back)
    with transaction.atomic():
        _check(call)
        participant = _seat(call, wanted, wanted.identity)
        if by_room and livekit.is_on():
            room = visits.want_beside(call, participant, now=now).room
            token = tokens.for_person(participant, room)
            return Invited(participant, token, url=settings.LIVEKIT_URL)
        token = media_tokens.issue(
            call, participant, now=now, origin=origin, joins=True
        )
    return Invited(participant, token)


def _ring(call: Call, wanted: Wanted, now: datetime, hold_back: bool) -> Invited:
    workspace, agent = call.workspace, call.agent
    to = e164(wanted.identity, workspace.operating_country)
    connection = connections.required(workspace)
    shown = phone_calls.caller_id(workspace, agent, connection, wanted.from_number)
    do_not_call.refuse_blocked(workspace, to)
    with transaction.atomic():
        _check(call)
        participant = _seat(call, wanted, to)
        leg = phone_calls.queue_line(
            call, participant, connection, shown, to, now=now, hold_back=hold_back
        )
    return Invited(participant, leg=leg)


def _check(call: Call) -> None:
    locked = Call.objects.select_for_update().get(pk=call.pk)
    if not locked.is_live() or locked.end_requested_at:
        raise CallOver("This call has ended. Start another one.")
    if locked.channel == Call.Channel.TEXT:
        raise NoRoom("This is a conversation in writing. Only calls have a room.")
    if call.participants.count() > MOST:
        raise NoRoom(f"A call has room for {MOST} people, and they are in it.")


def _seat(call: Call, wanted: Wanted, identity: str) -> Participant:
    return Participant.objects.create(
        call=call,
        transport=wanted.transport,
        role=wanted.role,
        place=wanted.place,
        identity=identity[:120],
    )


def joined(participant_id: UUID, *, now: datetime) -> None:
    """Somebody is there."""
    _change(
        Participant.objects.filter(pk=participant_id),
        status=Participant.Status.ACTIVE,
        joined_at=now,
        left_at=None,
    )


def left(participant_id: UUID, *, now: datetime) -> None:
    """Somebody is gone; a phone of theirs that is still on the line is let go."""
    gone = Participant.objects.filter(pk=participant_id, left_at=None)
    _change(gone, status=Participant.Status.LEFT, left_at=now)
    for leg in Leg.objects.filter(participant_id=participant_id).exclude(
        state__in=Leg.OVER
    ):
        _let_go(leg, now)


def succeed(call_id: UUID, gone_id: UUID, heir_id: UUID, *, now: datetime) -> None:
    """The one a call began with is gone, and it goes on with others: should their line
    come back it joins them, and takes nothing over."""
    Call.objects.filter(pk=call_id, carried_for=gone_id).update(carried_for=heir_id)
    gone = Participant.objects.filter(pk=gone_id)
    if gone.filter(transport=Participant.Transport.WEBRTC).exists():
        left(gone_id, now=now)  # of a phone its carrier tells


def _let_go(leg: Leg, now: datetime) -> None:
    lines = Leg.objects.filter(pk=leg.pk).exclude(state__in=Leg.OVER)
    if lines.filter(state=Leg.State.QUEUED).update(  # nobody was called yet
        state=Leg.State.CANCELED, ended_at=now, next_at=None
    ):
        return
    lines.update(next_at=now, lease_until=None)  # the sweep, if the task is lost
    if leg.carrier_call_id:
        later("telephony.hang_up", leg_id=str(leg.pk))


def _change(rows: QuerySet[Participant], **fields: object) -> None:
    workspaces = list(rows.values_list("call__workspace_id", flat=True))
    if rows.update(**fields):
        for workspace_id in workspaces:
            board.changed(workspace_id)
