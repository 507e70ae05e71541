"""The life of a call: start, answer, beat, end.

    queued ── answer ──▶ in_progress ── end ──▶ completed | failed
      └────────────────── end ────────────────▶ canceled | no_answer | busy | failed

Ending settles, in the same transaction: whatever kills the process, a call is either
still live, and the reaper ends it, or ended and charged, once. A failure of ours or of a
provider costs nothing; a call that a dead process cut off costs what had been exchanged
by its last heartbeat.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from accounts.models import User
from agents import config as configs
from agents import stacks
from agents.models import Agent
from billing import meter, rates, wallet
from common import clock, crash
from common.later import later
from telephony import admission, board, media_tokens, needs
from telephony.models import Call, Leg, Participant
from telephony.signals import call_ended, call_started

Mode = Literal["voice", "text"]
# What a heartbeat learns: go on; the credit does not reach for the next half minute;
# somebody wants the call to end, or has ended it.
Pulse = Literal["on", "broke", "stop"]
FANOUT = "fanout_id"  # in the metadata of a call that came of one
HANG_UP_AFTER = timedelta(seconds=5)
LOOK_AT_HANDED_OVER = timedelta(minutes=10)
LOOK_AHEAD_MS = 15_000  # of the credit a running call must have: a beat, a closing line


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a call ended. Times are ms on the media clock."""

    reason: Call.EndReason
    detail: str = ""
    duration_ms: int = 0
    exchanged_ms: int = 0
    latencies_ms: tuple[int, ...] = ()
    turns: int = 0
    # For a call that nobody answered, where its status is not plain from the reason.
    status: Call.Status | None = None
    error_code: str = ""
    # (channel, provider, model) → {unit: quantity} of what vendors will charge for
    used: Mapping[tuple[str, str, str], Mapping[str, float]] = field(
        default_factory=dict
    )


def start_test(
    *,
    agent: Agent,
    by: User | None,
    mode: Mode = "voice",
    origin: str = "",
    variables: Mapping[str, Any] | None = None,
) -> tuple[Call, str]:
    """Admit a test of the draft; return the call and the token for its media socket."""
    now = clock.now()
    config = configs.parse(agent.config)
    needs.variables(agent, config, variables or {}, needs.FILL_IN)
    resolve = needs.stack if mode == "voice" else stacks.resolve
    stack = resolve(config, agent.workspace)
    identity = by.email if by else "visitor"
    with transaction.atomic():
        call = admission.admit(
            admission.Request(
                workspace=agent.workspace,
                agent=agent,
                config=config,
                rate=stack.rate,
                channel=(
                    Call.Channel.BROWSER if mode == "voice" else Call.Channel.TEXT
                ),
                direction=Call.Direction.TEST,
                caller=identity[:64],
                by=by,
                variables=dict(variables or {}),
            ),
            now=now,
        )
        customer = join(call, Participant.Transport.WEBRTC, identity)
        token = media_tokens.issue(call, customer, now=now, origin=origin)
    return call, token


def join(call: Call, transport: Participant.Transport, identity: str) -> Participant:
    """Add the agent and the first caller; return the caller."""
    agent = Participant(
        call=call,
        transport=Participant.Transport.INTERNAL,
        role=Participant.Role.AGENT,
        identity=call.agent.name,
    )
    customer = Participant(
        call=call,
        transport=transport,
        role=Participant.Role.CUSTOMER,
        identity=identity,
    )
    Participant.objects.bulk_create([agent, customer])
    return customer


def answer(
    call_id: UUID, *, now: datetime, by: UUID | None = None, at: str = ""
) -> bool:
    """Start the media clock; False: the call is not waiting any more.

    ``by`` is the participant whose socket carries the call, ``at`` the address of the
    process; others who were invited, too, come in when their own sockets do.
    """
    with transaction.atomic():
        waiting = Call.objects.filter(
            pk=call_id, status__in=(Call.Status.QUEUED, Call.Status.RINGING)
        )
        if not waiting.update(
            status=Call.Status.IN_PROGRESS,
            started_at=now,
            heartbeat_at=now,
            carried_at=at,
            carried_for=by,
        ):
            return False
        there = Participant.objects.filter(call_id=call_id)
        if by is not None:
            agents = Q(transport=Participant.Transport.INTERNAL)
            there = there.filter(agents | Q(pk=by))
        there.update(status=Participant.Status.ACTIVE, joined_at=now)
        transaction.on_commit(lambda: call_started.send(Call, call_id=call_id))
        _tell_boards(Call.objects.only("workspace_id").get(pk=call_id))
    crash.point("after_answer")
    return True


def beat(
    call_id: UUID,
    *,
    duration_ms: int,
    exchanged_ms: int,
    now: datetime,
    epoch: int | None = None,
) -> Pulse:
    """Say that the call is alive, and hold what it will have cost soon."""
    crash.point("mid_call")
    ours = Call.objects.filter(pk=call_id, status__in=Call.LIVE)
    if epoch is not None:
        ours = ours.filter(epoch=epoch)
    if not ours.update(
        heartbeat_at=now, duration_ms=duration_ms, exchanged_ms=exchanged_ms
    ):
        return "stop"
    call = Call.objects.only("id", "rate_micros", "end_requested_at").get(pk=call_id)
    soon = exchanged_ms + LOOK_AHEAD_MS if exchanged_ms else 0
    has_credit = wallet.extend(
        source=admission.source(call),
        amount_micros=rates.charge_micros(soon, call.rate_micros),
        expires_at=now + admission.HOLD_FOR,
    )
    crash.point("after_beat")
    if call.end_requested_at:
        return "stop"
    return "on" if has_credit else "broke"


def end(
    call_id: UUID,
    outcome: Outcome,
    *,
    now: datetime,
    silent_since: datetime | None = None,
    epoch: int | None = None,
) -> Call:
    """End the call and settle it, once; the second time nothing happens.

    With ``silent_since`` only if it has not beaten after that: a process that was
    thought dead may come back in the last moment. With ``epoch`` only if no other
    socket has taken the call over since.
    """
    crash.point("before_end")
    with transaction.atomic():
        call = (
            Call.objects.select_for_update(of=("self",))
            .select_related("workspace", "agent")
            .get(pk=call_id)
        )
        if not call.is_live():
            return call
        if silent_since and call.heartbeat_at and call.heartbeat_at > silent_since:
            return call
        if epoch is not None and epoch != call.epoch:
            return call
        _close(call, outcome, now)
        _settle(call, outcome, now)
        call.save()
        Participant.objects.filter(call=call, left_at=None).update(
            status=Participant.Status.LEFT, left_at=now
        )
        # The carrier's side should end by itself; where it does not a sweep ends it.
        _let_lines_go(call, now)
        transaction.on_commit(lambda: call_ended.send(Call, call_id=call_id))
        if FANOUT in call.metadata:  # there is room for the next one
            later("telephony.advance_fanouts", workspace_id=str(call.workspace_id))
        _tell_boards(call)
        crash.point("settle.before_commit")
    crash.point("after_settle")
    return call


def cancel(call: Call, *, by: User | None) -> None:
    """End a call from outside: a live one is asked to end, a waiting one is over."""
    if call.status == Call.Status.IN_PROGRESS:
        Call.objects.filter(pk=call.pk).update(end_requested_at=clock.now())
    elif call.is_live():
        end(call.id, Outcome(Call.EndReason.CLOSED, "canceled"), now=clock.now())


def _let_lines_go(call: Call, now: datetime) -> None:
    lines = Leg.objects.filter(call=call).exclude(state__in=Leg.OVER)
    lines.filter(state=Leg.State.QUEUED).update(  # nobody was called yet
        state=Leg.State.CANCELED, ended_at=now, next_at=None
    )
    wait = HANG_UP_AFTER if call.started_at else timedelta(0)  # it still rings
    if call.goes_on_without_us():
        wait = LOOK_AT_HANDED_OVER  # it goes on with somebody else
    lines.update(next_at=now + wait, lease_until=None)


def _tell_boards(call: Call) -> None:
    transaction.on_commit(lambda: board.changed(call.workspace_id))


def _close(call: Call, outcome: Outcome, now: datetime) -> None:
    answered = call.started_at is not None
    failed = outcome.reason == Call.EndReason.ERROR
    if answered:
        call.status = Call.Status.FAILED if failed else Call.Status.COMPLETED
    else:
        unanswered = outcome.status or Call.Status.CANCELED
        call.status = Call.Status.FAILED if failed else unanswered
    call.end_reason = outcome.reason
    call.end_detail = outcome.detail[:255]
    if failed:
        call.error_code = outcome.error_code or "call_failed"
        call.error_message = outcome.detail[:255]
    call.ended_at = now
    call.duration_ms = max(outcome.duration_ms, call.duration_ms)
    call.exchanged_ms = max(outcome.exchanged_ms, call.exchanged_ms)
    call.turn_count = max(outcome.turns, call.turn_count)
    if outcome.latencies_ms:
        ordered = sorted(outcome.latencies_ms)
        call.latency_p50_ms = ordered[len(ordered) // 2]
        call.latency_p95_ms = ordered[min(len(ordered) - 1, len(ordered) * 95 // 100)]


def _settle(call: Call, outcome: Outcome, now: datetime) -> None:
    billable = 0 if call.status == Call.Status.FAILED else call.exchanged_ms
    call.billed_ms = rates.billable_ms(billable)
    call.charge_micros = rates.charge_micros(billable, call.rate_micros)
    call.settled_at = now
    crash.point("settle.before_capture")
    wallet.capture(
        workspace=call.workspace,
        source=admission.source(call),
        amount_micros=call.charge_micros,
        billed_ms=call.billed_ms,
        note=f"{call.agent.name}: {call.billed_ms / rates.MINUTE_MS:g} min",
        subject=admission.subject(call),
        label=call.agent.name,
    )
    crash.point("settle.after_capture")
    meter.record(
        workspace=call.workspace,
        source=admission.source(call),
        lines=[*_rate_lines(call), *_usage_lines(call, outcome)],
    )


def _rate_lines(call: Call) -> list[meter.Line]:
    """Return what the charge is made of; the lines add up to it."""
    minutes = Decimal(call.billed_ms) / rates.MINUTE_MS
    if not minutes:
        return []
    return [
        meter.Line(
            meter=f"{component['channel']}.minute",
            item=component["item"],
            quantity=minutes,
            unit="minute",
            price_micros=(
                None
                if component["per_minute_micros"] is None
                else Decimal(component["per_minute_micros"])
            ),
            charged=component["charged"],
            price_book=call.price_book,
        )
        for component in call.rate_lines
    ]


def _usage_lines(call: Call, outcome: Outcome) -> list[meter.Line]:
    """Return what vendors will have counted; shown, and charged by the minute above."""
    return [
        meter.Line(
            meter=f"{channel}.{unit}",
            item=f"{provider}/{model}" if model else provider,
            quantity=Decimal(str(round(quantity, 3))),
            unit=unit,
            price_micros=None,
            charged=False,
            price_book=call.price_book,
        )
        for (channel, provider, model), quantities in outcome.used.items()
        for unit, quantity in quantities.items()
        if quantity
    ]
