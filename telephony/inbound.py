"""A call comes in: number → published agent → credit and quota → a line for its audio.

The carrier asks once, or several times, or two of its machines at once: the call's id at
the carrier makes it one call. Who cannot be answered hears a polite sentence, and the
log has the true reason.
"""

from dataclasses import dataclass
from datetime import datetime

import structlog
from django.db import IntegrityError, transaction

from agents import config as configs
from agents import prompting, stacks
from agents.config import AgentConfig
from agents.models import Agent, Snapshot
from common.errors import Refusal
from telephony import (
    admission,
    calls,
    draining,
    hours,
    media_tokens,
    numbers,
    turned_away,
)
from telephony.carrier import Caller
from telephony.models import Call, CarrierConnection, Leg, Number, Participant

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Answer:
    """What the carrier is told: a stream with a token, or why not."""

    leg: Leg | None = None
    token: str = ""
    refusal: str = ""  # code; see turned_away. "over": hang up
    transfer_to: str = ""
    transfer_from: str = ""
    language: str = "en-US"


class NotAnswered(Refusal):
    """The call cannot be taken; ``code`` says why."""


def receive(
    connection: CarrierConnection, number: Number | None, caller: Caller, now: datetime
) -> Answer:
    """Admit a call and return the token for its audio, or the reason why not."""
    if number is None:
        log.warning("inbound_unknown_number", **{"pii.to": caller.to_number})
        return Answer(refusal="unknown_number")
    if known := _known(connection, caller):
        return _again(known, now)
    Number.objects.filter(pk=number.pk).update(last_inbound_at=now)
    numbers.was_reached(number, connection)
    try:
        agent, snapshot, config = _who_answers(number, now)
    except NotAnswered as reason:
        return _turn_away(connection, number, caller, reason, now)
    try:
        with transaction.atomic():
            leg, token = _admit(
                connection, number, caller, agent, snapshot, config, now
            )
    except IntegrityError:  # the same call, asked for by two at once
        known = _known(connection, caller)
        if known is None:
            raise
        return _again(known, now)
    except Refusal as refusal:
        return _turn_away(connection, number, caller, refusal, now, config)
    return Answer(leg, token, language=config.language)


def _known(connection: CarrierConnection, caller: Caller) -> Leg | None:
    return (
        Leg.objects.select_related("call", "participant")
        .filter(
            workspace_id=connection.workspace_id,
            provider=connection.provider,
            carrier_call_id=caller.call_id,
        )
        .first()
    )


def _again(leg: Leg, now: datetime) -> Answer:
    """Answer the same question the same way: with a fresh token for the same call."""
    call = leg.call
    if call.status in (Call.Status.QUEUED, Call.Status.RINGING):
        return Answer(leg, media_tokens.issue_for(leg, now=now))
    refusal = call.error_code if call.started_at is None else ""
    return Answer(leg, refusal=refusal or "over")


def _who_answers(number: Number, now: datetime) -> tuple[Agent, Snapshot, AgentConfig]:
    agent = number.agent
    if agent is None or agent.deleted_at:
        raise NotAnswered("No agent is attached to this number.", code="no_agent")
    snapshot = agent.published
    if snapshot is None:
        raise NotAnswered(
            f"{agent.name} is not published: a draft never answers the phone.",
            code="not_published",
        )
    if draining.is_on():
        raise NotAnswered("The server is being restarted.", code="draining")
    if not hours.is_open(number.hours, now):
        raise NotAnswered("The number is closed at this hour.", code="outside_hours")
    return agent, snapshot, configs.parse(snapshot.config)


def _admit(
    connection: CarrierConnection,
    number: Number,
    caller: Caller,
    agent: Agent,
    snapshot: Snapshot,
    config: AgentConfig,
    now: datetime,
) -> tuple[Leg, str]:
    variables = {
        "caller_number": caller.from_number,
        "called_number": caller.to_number,
    }
    _, missing = prompting.resolve_variables(config, variables, agent.name)
    if missing:
        raise calls.MissingVariables(
            f"The agent needs {', '.join(missing)}, which a caller does not bring."
        )
    stack = stacks.resolve(config, number.workspace)
    if stack.blockers:
        raise calls.CannotRun(f"{stack.blockers[0].title}. {stack.blockers[0].detail}")
    call = admission.admit(
        admission.Request(
            workspace=number.workspace,
            agent=agent,
            snapshot=snapshot,
            config=config,
            rate=stack.rate,
            channel=Call.Channel.PHONE,
            direction=Call.Direction.INBOUND,
            caller=caller.from_number[:64],
            variables=variables,
        ),
        now=now,
    )
    customer = calls.join(call, Participant.Transport.PSTN, caller.from_number[:120])
    leg = Leg.objects.create(
        workspace=number.workspace,
        call=call,
        participant=customer,
        connection=connection,
        number=number,
        provider=connection.provider,
        direction=Call.Direction.INBOUND,
        from_number=caller.from_number[:64],
        to_number=caller.to_number[:64],
        carrier_call_id=caller.call_id,
        state=Leg.State.RINGING,
    )
    return leg, media_tokens.issue_for(leg, now=now)


def _turn_away(
    connection: CarrierConnection,
    number: Number,
    caller: Caller,
    reason: Refusal,
    now: datetime,
    config: AgentConfig | None = None,
) -> Answer:
    log.info("inbound_refused", number=str(number.pk), reason=reason.code)
    turned_away.record(connection, number, caller, reason, now)
    return Answer(refusal=reason.code, language=config.language if config else "en-US")
