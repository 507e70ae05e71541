"""Many people called by one agent: the queue before the queue of lines.

A recipient becomes a call in one transaction with its admission, so that whatever kills a
worker, nobody is called twice and nobody is forgotten, and however many workers advance
the same queue, the workspace's limits hold. What is full waits; what is wrong with one
number skips it; what is wrong with all of them pauses the queue and says why.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from django.db import IntegrityError, transaction
from django.db.models import Q

from accounts import audit
from accounts.models import User
from agents.config import AgentConfig
from agents.models import Agent
from common import crash, ids
from common.errors import Refusal
from common.later import later
from telephony import (
    admission,
    calls,
    connections,
    do_not_call,
    participants,
    phone_calls,
    web_calls,
)
from telephony.models import Call, Fanout, Leg, Participant, Recipient
from telephony.phone_numbers import normalised

MOST = 500  # recipients
AT_ONCE = 20  # of one turn, so that other queues get theirs
RINGING_AT_ONCE = 10  # lines that ring into one room
LOOK_AGAIN = timedelta(seconds=5)
# Why a queue waits by itself, and until when it is no use to try.
WAITS = ("quota_exceeded.concurrent_calls", "quota_exceeded.daily_calls")
# What is wrong with one recipient alone.
SKIPS = ("do_not_call", "invalid_number", "from_number_not_registered")

log = structlog.get_logger()


class NobodyToCall(Refusal):
    """The list is empty, or too long, or nobody on it may be called."""

    code = "invalid_recipients"


class NotOpen(Refusal):
    """The queue has ended."""

    code = "fanout_ended"
    status = 409


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody to call."""

    number: str
    from_number: str = ""
    metadata: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Many calls that somebody wants to be made."""

    agent: Agent
    people: Sequence[Person]
    name: str = ""
    in_one_room: bool = False
    from_number: str = ""
    metadata: Mapping[str, Any] = field(default_factory=dict)
    variables: Mapping[str, Any] = field(default_factory=dict)
    post_call: Mapping[str, Any] = field(default_factory=dict)
    by: User | None = None


def start(wanted: Wanted, *, now: datetime) -> Fanout:
    """Queue people and begin to call; one of the same name is returned as it stands."""
    workspace = wanted.agent.workspace
    if not 1 <= len(wanted.people) <= MOST:
        raise NobodyToCall(f"Send 1 to {MOST} numbers.")
    name = (wanted.name or str(ids.new()))[:120]
    if known := workspace.fanouts.filter(name=name).first():
        return known
    if wanted.agent.published is None:
        raise phone_calls.NotPublished(
            f"Publish {wanted.agent.name} first: a draft never calls anybody."
        )
    connection = connections.required(workspace)
    phone_calls.caller_id(
        workspace, wanted.agent, connection, wanted.from_number or None
    )
    try:
        with transaction.atomic():
            return _queue(wanted, name, now)
    except IntegrityError:  # the same, asked for by two at once
        known = workspace.fanouts.filter(name=name).first()
        if known is None:
            raise
        return known


def pause(fanout: Fanout, *, by: User | None, reason: str = "") -> None:
    """Call nobody more; who is on the line talks on."""
    if not Fanout.objects.filter(pk=fanout.pk, status=Fanout.Status.RUNNING).update(
        status=Fanout.Status.PAUSED, held_by="", held_words=""
    ):
        raise NotOpen("This queue is not running.")
    _record(fanout, "fanout.paused", by, reason)


def resume(fanout: Fanout, *, by: User | None, now: datetime) -> None:
    """Go on calling."""
    if not Fanout.objects.filter(pk=fanout.pk, status=Fanout.Status.PAUSED).update(
        status=Fanout.Status.RUNNING, held_by="", held_words="", next_at=now
    ):
        raise NotOpen("This queue is not paused.")
    _record(fanout, "fanout.resumed", by)
    later("telephony.advance_fanouts", workspace_id=str(fanout.workspace_id))


@transaction.atomic
def cancel(fanout: Fanout, *, by: User | None, now: datetime) -> None:
    """Call nobody more for good; who is on the line talks on."""
    locked = Fanout.objects.select_for_update(of=("self",)).get(pk=fanout.pk)
    if not locked.is_open():
        raise NotOpen("This queue has ended already.")
    locked.recipients.filter(state=Recipient.State.WAITING).update(
        state=Recipient.State.CANCELED
    )
    waiting = Leg.objects.filter(recipient__fanout=locked, state=Leg.State.QUEUED)
    if locked.in_one_room:
        waiting.filter(next_at=None).update(
            state=Leg.State.CANCELED, ended_at=now, next_at=None
        )
        _end_empty_room(locked, now)
    locked.status, locked.ended_at, locked.next_at = Fanout.Status.CANCELED, now, None
    locked.save(update_fields=["status", "ended_at", "next_at"])
    _record(locked, "fanout.canceled", by)


def due(now: datetime, workspace_id: str = "") -> list[UUID]:
    """Return the queues that may have somebody to call."""
    running = Fanout.objects.filter(status=Fanout.Status.RUNNING)
    wanted = Q(workspace_id=workspace_id) if workspace_id else Q(next_at__lte=now)
    return list(running.filter(wanted).order_by("next_at").values_list("id", flat=True))


def advance(fanout_id: UUID, *, now: datetime) -> int:
    """Call who is next, as many as may be; return how many."""
    called = 0
    while called < AT_ONCE and _next(fanout_id, now):
        called += 1
        crash.point("fanout.called")
    return called


# ---- starting


def _queue(wanted: Wanted, name: str, now: datetime) -> Fanout:
    workspace = wanted.agent.workspace
    fanout = Fanout.objects.create(
        workspace=workspace,
        agent=wanted.agent,
        name=name,
        in_one_room=wanted.in_one_room,
        from_number=wanted.from_number,
        metadata=dict(wanted.metadata),
        variables=dict(wanted.variables),
        post_call=dict(wanted.post_call),
        next_at=now,
        started_by=wanted.by,
    )
    rows = _recipients(fanout, wanted.people)
    Recipient.objects.bulk_create(rows)
    if wanted.in_one_room:
        _open_room(fanout, rows, now)
    _record(fanout, "fanout.started", wanted.by)
    later("telephony.advance_fanouts", workspace_id=str(workspace.pk))
    return fanout


def _recipients(fanout: Fanout, people: Sequence[Person]) -> list[Recipient]:
    """Write people down; who cannot be called is skipped at once, twins once."""
    workspace = fanout.workspace
    numbers = [normalised(each.number, workspace.operating_country) for each in people]
    known = do_not_call.check(workspace, [number for number in numbers if number])
    blocked = {each.normalized for each in known if each.blocked}
    seen: set[str] = set()
    rows = []
    for position, (person, number) in enumerate(zip(people, numbers, strict=True)):
        reason = ""
        if number is None:
            reason = "invalid_phone"
        elif number in blocked:
            reason = "do_not_call"
        elif number in seen:
            reason = "duplicate"
        seen.add(number or "")
        rows.append(
            Recipient(
                fanout=fanout,
                position=position,
                number=(number or person.number)[:64],
                from_number=person.from_number[:32],
                metadata=dict(person.metadata),
                state=Recipient.State.SKIPPED if reason else Recipient.State.WAITING,
                reason=reason,
            )
        )
    return rows


def _open_room(fanout: Fanout, rows: Sequence[Recipient], now: datetime) -> None:
    """Admit the one call, and put everybody's line behind it. None is dialled yet."""
    waiting = [row for row in rows if row.state == Recipient.State.WAITING]
    if not waiting:
        raise NobodyToCall("Nobody on this list can be called.")
    first, *rest = waiting
    call, leg = phone_calls.place(_call_to(fanout, first), now=now, hold_back=True)
    _is_called(first, leg)
    for row in rest:
        invited = participants.invite(
            call,
            participants.Wanted(
                Participant.Transport.PSTN,
                row.number,
                row.from_number or fanout.from_number or None,
            ),
            now=now,
            hold_back=True,
        )
        if invited.leg:
            _is_called(row, invited.leg)
    fanout.room = call
    fanout.save(update_fields=["room"])


# ---- one after the other


@transaction.atomic
def _next(fanout_id: UUID, now: datetime) -> bool:
    """Call the next one; False: nobody, or not now."""
    fanout = (
        Fanout.objects.select_for_update(of=("self",))
        .select_related("workspace", "agent__workspace", "agent__published", "room")
        .get(pk=fanout_id)
    )
    if fanout.status != Fanout.Status.RUNNING:
        return False
    if fanout.in_one_room:
        return _next_into_room(fanout, now)
    row = fanout.recipients.filter(state=Recipient.State.WAITING).first()
    if row is None:
        _complete(fanout, now)
        return False
    try:
        with transaction.atomic():
            _, leg = phone_calls.place(_call_to(fanout, row), now=now)
    except Refusal as refusal:
        return _refused(fanout, row, refusal, now)
    _is_called(row, leg)
    _go_on(fanout, now)
    return True


def _next_into_room(fanout: Fanout, now: datetime) -> bool:
    lines = Leg.objects.filter(recipient__fanout=fanout)
    waiting = lines.filter(state=Leg.State.QUEUED, next_at=None)
    is_over = fanout.room is None or not fanout.room.is_live()
    line = waiting.order_by("recipient__position").first()
    if line is None or is_over:
        _complete(fanout, now)
        return False
    ringing = lines.filter(
        Q(state__in=(Leg.State.DIALING, Leg.State.DIALED, Leg.State.RINGING))
        | Q(state=Leg.State.QUEUED, next_at__isnull=False)
    )
    if ringing.count() >= RINGING_AT_ONCE:
        _hold(fanout, "", "", now + LOOK_AGAIN)
        return False
    Leg.objects.filter(pk=line.pk).update(next_at=now)
    later("telephony.dial", leg_id=str(line.pk))
    Call.objects.filter(pk=line.call_id, status=Call.Status.QUEUED).update(
        heartbeat_at=now
    )
    _go_on(fanout, now)
    return True


def _refused(fanout: Fanout, row: Recipient, refusal: Refusal, now: datetime) -> bool:
    if refusal.code in SKIPS:
        row.state, row.reason = Recipient.State.SKIPPED, refusal.code[:64]
        row.save(update_fields=["state", "reason"])
        return True
    if refusal.code == admission.TooManyCalls.code:
        _hold(fanout, refusal.code, refusal.message, now + LOOK_AGAIN)
    elif refusal.code == admission.TooManyCallsToday.code:
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
        _hold(fanout, refusal.code, refusal.message, midnight + timedelta(days=1))
    else:
        log.warning("fanout_paused", fanout=str(fanout.pk), reason=refusal.code)
        fanout.status = Fanout.Status.PAUSED
        fanout.save(update_fields=["status"])
        _hold(fanout, refusal.code, refusal.message, now)
    return False


def _call_to(fanout: Fanout, row: Recipient) -> phone_calls.Wanted:
    return phone_calls.Wanted(
        agent=fanout.agent,
        to=row.number,
        from_number=row.from_number or fanout.from_number or None,
        config=_config(fanout),
        metadata={**fanout.metadata, **row.metadata, calls.FANOUT: fanout.name},
        variables=fanout.variables,
        by=fanout.started_by,
    )


def _config(fanout: Fanout) -> AgentConfig:
    config = web_calls.config_of(fanout.agent, fanout.post_call)
    if fanout.in_one_room:  # one voicemail must not end the call of all
        config.advanced.answerDetection = False
    return config


def _is_called(row: Recipient, leg: Leg) -> None:
    row.state, row.leg = Recipient.State.CALLED, leg
    row.save(update_fields=["state", "leg"])


def _go_on(fanout: Fanout, now: datetime) -> None:
    if fanout.held_by:
        _hold(fanout, "", "", now)


def _hold(fanout: Fanout, code: str, words: str, until: datetime) -> None:
    Fanout.objects.filter(pk=fanout.pk).update(
        held_by=code[:64], held_words=words[:255], next_at=until
    )


def _complete(fanout: Fanout, now: datetime) -> None:
    """End a queue in which nobody waits and nobody is on the line any more."""
    lines = Leg.objects.filter(recipient__fanout=fanout)
    under_way = lines.exclude(state__in=Leg.OVER).filter(call__status__in=Call.LIVE)
    if under_way.exists():
        _hold(fanout, "", "", now + LOOK_AGAIN)
        return
    Fanout.objects.filter(pk=fanout.pk).update(
        status=Fanout.Status.COMPLETED, ended_at=now, next_at=None, held_by=""
    )


def _end_empty_room(fanout: Fanout, now: datetime) -> None:
    """End the one call, if nobody is in it and nobody comes."""
    lines = Leg.objects.filter(recipient__fanout=fanout).exclude(state__in=Leg.OVER)
    if fanout.room and fanout.room.is_live() and not lines.exists():
        calls.cancel(fanout.room, by=None)


def _record(fanout: Fanout, verb: str, by: User | None, reason: str = "") -> None:
    audit.record(
        workspace=fanout.workspace,
        actor=by,
        verb=verb,
        target=fanout.name,
        reason=reason,
    )
