"""A call comes in: number → published agent → credit and quota → a line for its audio.

The carrier asks once, or several times, or two of its machines at once: the call's id at
the carrier makes it one call. Who cannot be answered hears a polite sentence, and the
log has the true reason.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

import structlog
from django.db import IntegrityError, transaction

from agents import config as configs
from agents.config import AgentConfig
from agents.models import Agent, Snapshot
from agents.stack import Stack
from billing import plans
from common.errors import Refusal
from telephony import (
    admission,
    calls,
    draining,
    hours,
    legs,
    media_tokens,
    needs,
    numbers,
    turned_away,
)
from telephony.carrier import Caller
from telephony.models import Call, CarrierConnection, Leg, Number, Participant

# Calls that one transaction lets in: it keeps others from the workspace and its wallet,
# and whoever is in waits for all of it.
ADMITTED_TOGETHER = 10

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
    (answer,) = receive_together(connection, number, [caller], now)
    assert answer is not None  # noqa: S101  # one is answered at least
    return answer


def receive_together(
    connection: CarrierConnection,
    number: Number | None,
    callers: Sequence[Caller],
    now: datetime,
) -> list[Answer | None]:
    """Do so for callers of one number who rang together.

    None: not yet, ask again. At least one is answered. Whoever there is no room for
    hears so before anybody is let in, which takes longer, and of many a few are let in
    at a time. Raises ``IntegrityError`` where another process is at one of many of
    them: nothing is done then, and they are better asked for one by one.
    """
    if number is None:
        log.warning("inbound_unknown_number", **{"pii.to": callers[0].to_number})
        return [Answer(refusal="unknown_number")] * len(callers)
    known = _known(connection, callers)
    fresh = {caller.call_id: caller for caller in callers}
    for call_id in known:
        del fresh[call_id]
    answers = {call_id: _again(leg, now) for call_id, leg in known.items()}
    if fresh:
        numbers.was_reached(number, connection, now)
        try:
            answers |= _let_in(connection, number, list(fresh.values()), now)
        except IntegrityError:  # the same call, asked for by two at once
            known = {} if len(callers) > 1 else _known(connection, callers)
            if not known:
                raise
            answers = {call_id: _again(leg, now) for call_id, leg in known.items()}
    return [answers.get(caller.call_id) for caller in callers]


def _known(connection: CarrierConnection, callers: Sequence[Caller]) -> dict[str, Leg]:
    same = Leg.objects.filter(
        workspace_id=connection.workspace_id,
        provider=connection.provider,
        carrier_call_id__in=[caller.call_id for caller in callers],
    )
    # Nearly always there is none, and a look at the keys alone costs a third.
    known = list(same.values_list("pk", flat=True))
    if not known:
        return {}
    legs = Leg.objects.select_related("call", "participant").filter(pk__in=known)
    return {leg.carrier_call_id: leg for leg in legs}


def _again(leg: Leg, now: datetime) -> Answer:
    """Answer the same question the same way: with a fresh token for the same call."""
    call = leg.call
    if call.status in (Call.Status.QUEUED, Call.Status.RINGING):
        return Answer(leg, media_tokens.issue_for(leg, now=now))
    refusal = call.error_code if call.started_at is None else ""
    return Answer(leg, refusal=refusal or "over")


@transaction.atomic
def _let_in(
    connection: CarrierConnection,
    number: Number,
    callers: Sequence[Caller],
    now: datetime,
) -> dict[str, Answer]:
    desk = _Desk(connection, number, now)
    answers = desk.turn_away_beyond_quotas(callers) or desk.let_in(callers)
    if desk.refused:
        last = desk.refused[-1][1].code
        log.info(
            "inbound_refused", number=str(number.pk), reason=last, n=len(desk.refused)
        )
        turned_away.record(connection, number, desk.refused, now)
    return answers


class _Desk:
    """Answers callers of one number, and looks up once what is the same for each.

    Within one transaction.
    """

    def __init__(
        self, connection: CarrierConnection, number: Number, now: datetime
    ) -> None:
        self.refused: list[tuple[Caller, Refusal]] = []
        self._connection, self._number, self._now = connection, number, now
        self._language = "en-US"
        self._closed: Refusal | None = None  # what all hear from then on

    def turn_away_beyond_quotas(self, callers: Sequence[Caller]) -> dict[str, Answer]:
        """Answer those who will find no room once the others are let in."""
        try:
            _ = self._answerer
        except NotAnswered as nobody:
            self._closed = nobody
            return {}
        room = admission.room(self._number.workspace, self._limits, self._now)
        return {
            caller.call_id: self._refuse(caller, reason)
            for ahead, caller in enumerate(callers)
            if (reason := room.refusal(ahead))
        }

    def let_in(self, callers: Sequence[Caller]) -> dict[str, Answer]:
        """Let the first few in; if they are all refused, refuse the others, too."""
        answers: dict[str, Answer] = {}
        for caller in callers:
            if self._closed is None and len(answers) >= ADMITTED_TOGETHER:
                break
            answers[caller.call_id] = self._receive(caller)
        return answers

    def _receive(self, caller: Caller) -> Answer:
        if self._closed:
            return self._refuse(caller, self._closed)
        try:
            with transaction.atomic():
                leg, token = self._admit(caller)
        except needs.MissingVariables as missing:  # others may bring them
            return self._refuse(caller, missing)
        except Refusal as refusal:
            self._closed = refusal
            return self._refuse(caller, refusal)
        return Answer(leg, token, language=self._language)

    def _refuse(self, caller: Caller, reason: Refusal) -> Answer:
        self.refused.append((caller, reason))
        return Answer(refusal=reason.code, language=self._language)

    @cached_property
    def _answerer(self) -> tuple[Agent, Snapshot, AgentConfig]:
        found = _who_answers(self._number, self._now)
        self._language = found[2].language
        return found

    @cached_property
    def _limits(self) -> plans.Limits:
        return plans.limits(self._number.workspace)

    @cached_property
    def _stack(self) -> Stack:
        return needs.stack(self._answerer[2], self._number.workspace)

    def _admit(self, caller: Caller) -> tuple[Leg, str]:
        agent, snapshot, config = self._answerer
        number, connection, now = self._number, self._connection, self._now
        variables = {
            "caller_number": caller.from_number,
            "called_number": caller.to_number,
        }
        needs.variables(agent, config, variables, needs.NOT_BROUGHT)
        call = admission.admit(
            admission.Request(
                workspace=number.workspace,
                agent=agent,
                snapshot=snapshot,
                config=config,
                rate=self._stack.rate,
                channel=Call.Channel.PHONE,
                direction=Call.Direction.INBOUND,
                caller=caller.from_number[:64],
                variables=variables,
                limits=self._limits,
            ),
            now=now,
        )
        customer = calls.join(
            call, Participant.Transport.PSTN, caller.from_number[:120]
        )
        ringing = Leg.State.RINGING
        leg = legs.incoming(connection, number, caller, customer, state=ringing)
        leg.save(force_insert=True)
        return leg, media_tokens.issue_for(leg, now=now)


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
