"""One pipeline a call: what is worked out after the talk, step by step.

    call_ended → begin → transcript → summary → sentiment → extraction
                → evaluation → promises → redaction → finish (both events, once)

Every step is a row with its state, tries, due time and lease, and is settled in the
transaction that writes what it made, so a process killed at any line loses nothing and
doubles nothing. The nudges make it prompt; the sweep makes it sure.
"""

from collections.abc import Callable
from contextlib import nullcontext
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import F, Q

from agents import config as configs
from agents.config import AgentConfig
from common import crash
from common.errors import Refusal
from common.later import later
from intelligence import (
    extraction,
    finishing,
    judging,
    lease,
    minds,
    redaction,
    talk,
    writing,
)
from intelligence.made import Made
from intelligence.minds import Mind
from intelligence.models import Analysis, AnalysisStep
from intelligence.talk import Talk
from providers.errors import ProviderError
from telephony import handover
from telephony.models import Call, Recording

Name, State = AnalysisStep.Name, AnalysisStep.State
Status = Call.IntelligenceStatus
WAITS_S = (10, 60, 300)  # between tries; after the last, rules or nothing
TRIES = len(WAITS_S) + 1
CLAIMED_FOR = timedelta(seconds=20)  # a nudge's time to arrive
RECORDING_WITHIN = timedelta(minutes=2)
AT_ONCE = 200  # calls one sweep takes up

log = structlog.get_logger()
Work = Callable[[Talk, AgentConfig, Mind | None], Made]
WORK: dict[str, Work] = {
    Name.SUMMARY: writing.summary,
    Name.SENTIMENT: writing.sentiment,
    Name.EXTRACTION: extraction.extract,
    Name.EVALUATION: judging.evaluate,
    Name.PROMISES: judging.check_promises,
}


class NoTranscript(Refusal):
    """There is nothing to work on."""

    code = "no_transcript"
    status = 409


class StillTalking(Refusal):
    """The call has not ended."""

    code = "call_in_progress"
    status = 409


class _NotYet(Exception):
    """What the step needs is still being made; no try is used up."""


# ---------------------------------------------------------------- planning


@transaction.atomic
def begin(call_id: UUID, *, now: datetime) -> bool:
    """Plan the steps of a call that ended, once; False: that was done before.

    Without a transcript nothing is worked out and the status stays ``not_started``
    (P25), but the call's end is told all the same: a receiver counts on one
    ``call.completed`` for every call.
    """
    if not handover.take_over(call_id, now=now):
        return False
    call = Call.objects.only("id", "config", "workspace_id").get(pk=call_id)
    worth_it = _keeps_transcript(call) and talk.has_words(call_id)
    _plan(call, now, worth_it)
    if worth_it:
        handover.tell(call_id, status=Status.PENDING)
    later("intelligence.advance", call_id=str(call_id))
    crash.point("pipeline.before_plan_commit")
    return True


def reprocess(call: Call, *, now: datetime) -> None:
    """Work everything out anew; what is under way stays. Events are not sent again."""
    if call.is_live():
        raise StillTalking("The call is still going on. Try again when it has ended.")
    if not (_keeps_transcript(call) and talk.has_words(call.pk)):
        raise NoTranscript(
            "This call has no transcript, and everything is worked out from one."
        )
    with transaction.atomic():
        steps = list(AnalysisStep.objects.select_for_update().filter(call_id=call.pk))
        if any(not step.is_over() for step in steps):
            return
        Call.objects.filter(pk=call.pk, handed_over_at=None).update(handed_over_at=now)
        AnalysisStep.objects.filter(call_id=call.pk).delete()
        _plan(call, now, True)
        Analysis.objects.filter(pk=call.pk).update(
            edition=F("edition") + 1, finished_at=None
        )
        handover.tell(call.pk, status=Status.PENDING)
        later("intelligence.advance", call_id=str(call.pk))


def _plan(call: Call, now: datetime, worth_it: bool) -> None:
    rows = [
        AnalysisStep(
            call_id=call.pk,
            name=name,
            position=position,
            state=State.SKIPPED
            if name in WORK and not worth_it
            else (State.WAITING if position else State.DUE),
            next_at=None if position else now,
        )
        for position, name in enumerate(AnalysisStep.Name)
    ]
    AnalysisStep.objects.bulk_create(rows)
    if worth_it:
        Analysis.objects.get_or_create(
            call_id=call.pk, defaults={"workspace_id": call.workspace_id}
        )


def _keeps_transcript(call: Call) -> bool:
    features = call.config.get("features") or {}
    return bool(features.get("transcription_enabled", True))


# ---------------------------------------------------------------- working


def sweep(*, now: datetime) -> int:
    """Take over ended calls, and nudge what is due; return how many of both."""
    lost = handover.waiting(before=now, limit=AT_ONCE)
    for call_id in lost:
        begin(call_id, now=now)
    free = Q(lease_until=None) | Q(lease_until__lte=now)
    due = list(
        AnalysisStep.objects.filter(free, next_at__lte=now)
        .order_by("next_at")
        .values_list("pk", "call_id")[:AT_ONCE]
    )
    for pk, call_id in due:
        # Marked, so that a long queue is not made longer every five seconds.
        AnalysisStep.objects.filter(free, pk=pk, state=State.DUE).update(
            lease_until=now + CLAIMED_FOR
        )
        later("intelligence.advance", call_id=str(call_id))
    return len(lost) + len(due)


def advance(call_id: UUID, *, now: datetime) -> bool:
    """Do the call's next step if it is due; False: there is nothing to do now."""
    step = _claim(call_id, now)
    if step is None:
        return False
    crash.point(f"pipeline.{step.name}.claimed")
    if step.attempts > TRIES:  # whoever tried was killed each time
        _settle(step, State.DEAD, Made(), now, error=step.last_error or "killed")
        return True
    try:
        _do(step, now)
    except _NotYet:
        lease.held(step).update(
            state=State.DUE,
            attempts=F("attempts") - 1,
            next_at=now + timedelta(seconds=5),
            lease_until=None,
        )
        return False
    except Exception as error:  # whatever it was, the step is tried again
        log.exception("step_failed", call=str(call_id), step=step.name)
        _try_again(step, now, f"{type(error).__name__}: {error}", State.DEAD)
    return True


def _claim(call_id: UUID, now: datetime) -> AnalysisStep | None:
    is_free = Q(state=State.DUE) | Q(state=State.RUNNING, lease_until__lte=now)
    due = AnalysisStep.objects.filter(is_free, call_id=call_id, next_at__lte=now)
    step = due.order_by("position").first()
    if step is None:
        return None
    taken = AnalysisStep.objects.filter(
        is_free, pk=step.pk, attempts=step.attempts
    ).update(
        state=State.RUNNING,
        attempts=step.attempts + 1,
        lease_until=now + lease.LEASE,
    )
    if not taken:
        return None
    step.state, step.attempts = State.RUNNING, step.attempts + 1
    return step


def _do(step: AnalysisStep, now: datetime) -> None:
    call = Call.objects.select_related("workspace").get(pk=step.call_id)
    if step.name == Name.TRANSCRIPT:
        _wait_for_recording(call, now)
        _settle(step, State.DONE, Made(), now)
    elif step.name == Name.REDACTION:
        _redact(step, call, now)
    elif step.name == Name.FINISH:
        _settle(step, State.DONE, Made(), now)
    else:
        _work(step, call, now)


def _wait_for_recording(call: Call, now: datetime) -> None:
    """The end of a call is told when its recording is whole, within reason."""
    writing_it = Recording.objects.filter(
        call_id=call.pk,
        status__in=(Recording.Status.ACTIVE, Recording.Status.PROCESSING),
    )
    is_young = call.ended_at is None or now - call.ended_at < RECORDING_WITHIN
    if is_young and writing_it.exists():
        raise _NotYet


def _redact(step: AnalysisStep, call: Call, now: datetime) -> None:
    with lease.kept(step):  # an hour of sound takes a while
        plan = redaction.prepare(call, now=now)
    if plan is None:
        _settle(step, State.SKIPPED, Made(note="Nothing is masked here."), now)
        return
    crash.point("pipeline.redaction.masked")
    masked = sum(plan.counts.values())
    made = Made(note=f"{masked} masked." if masked else "Nothing to mask was found.")
    _settle(step, State.DONE, made, now, also=partial(redaction.commit, call, plan))


def _work(step: AnalysisStep, call: Call, now: datetime) -> None:
    config = configs.parse(call.config)
    spoken = talk.read(call)
    mind = minds.of(config, call.workspace)
    work = WORK[step.name]
    try:
        with lease.kept(step) if mind else nullcontext():
            made = work(spoken, config, mind)
    except ProviderError as error:
        if not error.permanent and step.attempts < TRIES:
            _try_again(step, now, str(error), State.FAILED)
            return
        made = work(spoken, config, None)
        _settle(step, State.BY_RULES, made, now, mind=mind, error=str(error))
        return
    _settle(step, State.SKIPPED if made.skipped else State.DONE, made, now, mind=mind)


def _try_again(
    step: AnalysisStep, now: datetime, error: str, at_last: AnalysisStep.State
) -> None:
    if step.attempts >= TRIES:
        _settle(step, at_last, Made(), now, error=error)
        return
    wait = timedelta(seconds=WAITS_S[step.attempts - 1])
    lease.held(step).update(
        state=State.DUE, next_at=now + wait, lease_until=None, last_error=error[:2000]
    )


# ---------------------------------------------------------------- settling


def _settle(
    step: AnalysisStep,
    state: AnalysisStep.State,
    made: Made,
    now: datetime,
    *,
    mind: Mind | None = None,
    error: str = "",
    also: Callable[[], None] | None = None,
) -> None:
    """Write what a step made and let the next one come, all or nothing."""
    with transaction.atomic():
        mine = lease.held(step).update(
            state=state,
            next_at=None,
            lease_until=None,
            last_error=error[:2000],
            how=made.how,
            note=made.note[:255],
        )
        if not mine:  # it took too long, and another worker has it
            return
        if also:
            also()
        if made.columns or mind:
            Analysis.objects.filter(pk=step.call_id).update(**_columns(made, mind))
        if step.name == Name.FINISH and state == State.DONE:
            finishing.finish(step.call_id, now=now)
        elif step.name == Name.FINISH:
            handover.tell(step.call_id, status=Status.DEAD_LETTER)
        else:
            _let_come(step, now)
        crash.point(f"pipeline.{step.name}.before_commit")
    crash.point(f"pipeline.{step.name}.settled")


def _columns(made: Made, mind: Mind | None) -> dict[str, Any]:
    columns = dict(made.columns)
    if mind and (mind.input_tokens or mind.output_tokens):
        columns["input_tokens"] = F("input_tokens") + mind.input_tokens
        columns["output_tokens"] = F("output_tokens") + mind.output_tokens
    if mind and made.how == "model":
        columns["model"] = mind.name[:160]
    return columns


def _let_come(step: AnalysisStep, now: datetime) -> None:
    following = (
        AnalysisStep.objects.filter(call_id=step.call_id, position__gt=step.position)
        .exclude(state__in=AnalysisStep.OVER)
        .order_by("position")
        .first()
    )
    if following is None:
        return
    AnalysisStep.objects.filter(pk=following.pk).update(state=State.DUE, next_at=now)
    if step.name == Name.TRANSCRIPT and following.name in WORK:
        handover.tell(step.call_id, status=Status.PROCESSING)
