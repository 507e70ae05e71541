"""Runs: planned as a row, played a scenario at a time, resumable after any crash."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import F, Q

from accounts.models import User, Workspace
from agents import config as configs
from agents import gates
from agents.config import AgentConfig
from agents.models import Agent
from common import crash
from common.errors import Refusal
from common.later import later
from intelligence import minds
from intelligence.evals import results
from intelligence.evals.seeding import NoScenarios, seed
from intelligence.models import EvalResult, EvalRun
from providers.errors import ProviderError
from telephony.models import Call

Mode, State = EvalRun.Mode, EvalRun.State
LEASE = timedelta(minutes=3)  # one scenario takes less
TRIES = 3
MOST_REPLAYED = 50

log = structlog.get_logger()


class NoModel(Refusal):
    """A live run needs a language model."""

    code = "no_model"
    status = 409


class EnglishOnly(Refusal):
    """The offline scorer speaks English."""

    code = "synthetic_needs_english"
    status = 409


# ---------------------------------------------------------------- planning


def start(
    agent: Agent,
    *,
    mode: str,
    now: datetime,
    by: User | None,
    judge: bool = False,
    scenarios: Sequence[UUID] | None = None,
) -> EvalRun:
    """Plan a run of the draft on its scenarios; a worker plays it."""
    seed(agent)
    config = configs.parse(agent.config)
    wanted = agent.scenarios.filter(is_active=True)
    if scenarios is not None:
        wanted = wanted.filter(pk__in=scenarios)
    subjects = [str(pk) for pk in wanted.values_list("pk", flat=True)]
    if not subjects:
        raise NoScenarios("No scenario is switched on. Switch one on, or make one.")
    mind = minds.of(config, agent.workspace)
    if mode == Mode.LIVE and mind is None:
        raise NoModel(
            "A live run needs a language model. Connect one under Settings, BYO"
            " Providers, or run the offline scorer."
        )
    if judge and mind is None:
        raise NoModel("A judge is a language model, and none is connected.")
    if mode == Mode.SYNTHETIC and not config.language.lower().startswith("en"):
        raise EnglishOnly(
            "The offline scorer speaks English. Run it live with a language model."
        )
    return _plan(agent, mode, judge, config, subjects, now, by)


def replay(
    agent: Agent, *, calls: Sequence[UUID], now: datetime, by: User | None
) -> EvalRun:
    """Plan a run of past callers against the draft."""
    found = agent.calls.filter(
        workspace=agent.workspace, pk__in=list(calls)[:MOST_REPLAYED]
    )
    subjects = [str(pk) for pk in found.order_by("pk").values_list("pk", flat=True)]
    if not subjects:
        raise NoScenarios("None of these calls are this agent’s.")
    config = configs.parse(agent.config)
    return _plan(agent, Mode.REPLAY, False, config, subjects, now, by)


def latest_calls(agent: Agent, count: int) -> list[UUID]:
    """Return the agent's last calls in which somebody spoke."""
    spoken = agent.calls.filter(
        workspace=agent.workspace,
        status=Call.Status.COMPLETED,
        analysis__isnull=False,
    )
    return list(spoken.order_by("-pk").values_list("pk", flat=True)[:count])


def suite(
    workspace: Workspace,
    *,
    agents: Sequence[UUID],
    now: datetime,
    by: User | None,
    judge: bool,
    scenarios: Sequence[UUID] | None,
) -> list[tuple[UUID, EvalRun | Refusal]]:
    """Plan a synthetic run for each of several agents; one that cannot run says why."""
    made: list[tuple[UUID, EvalRun | Refusal]] = []
    own = {
        agent.pk: agent
        for agent in workspace.agents.filter(pk__in=agents, deleted_at=None)
    }
    for agent_id in dict.fromkeys(agents):
        agent = own.get(agent_id)
        if agent is None:
            made.append(
                (agent_id, NoScenarios("There is no such agent.", code="not_found"))
            )
            continue
        agent.workspace = workspace
        try:
            run = start(
                agent,
                mode=Mode.SYNTHETIC,
                now=now,
                by=by,
                judge=judge,
                scenarios=scenarios,
            )
        except Refusal as refusal:
            made.append((agent_id, refusal))
        else:
            made.append((agent_id, run))
    return made


@transaction.atomic
def _plan(
    agent: Agent,
    mode: str,
    judge: bool,
    config: AgentConfig,
    subjects: list[str],
    now: datetime,
    by: User | None,
) -> EvalRun:
    run = EvalRun.objects.create(
        workspace=agent.workspace,
        agent=agent,
        mode=mode,
        judge=judge,
        config=config.document(),
        revision=agent.revision,
        subjects=subjects,
        total=len(subjects),
        started_by=by,
        next_at=now,
    )
    later("intelligence.play", run_id=str(run.pk))
    return run


# ---------------------------------------------------------------- playing


def sweep(*, now: datetime) -> int:
    """Nudge the runs that nobody plays."""
    free = Q(lease_until=None) | Q(lease_until__lte=now)
    due = EvalRun.objects.filter(free, next_at__lte=now).values_list("pk", flat=True)
    for run_id in list(due[:50]):
        later("intelligence.play", run_id=str(run_id))
    return len(due)


def play(run_id: UUID, *, now: datetime) -> bool:
    """Play the run's next scenario; False: there is nothing to do now."""
    run = _claim(run_id, now)
    if run is None:
        return False
    done = set(map(str, run.results.values_list("subject", flat=True)))
    left = [subject for subject in run.subjects if subject not in done]
    if not left:
        _finish(run, now)
        return False
    if run.attempts > TRIES + len(done):
        _fail(run, "It broke off again and again.", now)
        return False
    try:
        result = results.of(run, UUID(left[0]))
    except ProviderError as error:
        _fail(run, str(error), now)
        return False
    except Exception as error:  # whatever it was, the run must end in words
        log.exception("eval_failed", run=str(run_id))
        _fail(run, f"{type(error).__name__}: {error}", now)
        return False
    crash.point("evals.before_result")
    EvalResult.objects.bulk_create([result], ignore_conflicts=True)
    EvalRun.objects.filter(pk=run.pk).update(next_at=now, lease_until=None)
    return True


def _claim(run_id: UUID, now: datetime) -> EvalRun | None:
    free = Q(lease_until=None) | Q(lease_until__lte=now)
    taken = EvalRun.objects.filter(free, pk=run_id, next_at__lte=now).update(
        state=State.RUNNING, attempts=F("attempts") + 1, lease_until=now + LEASE
    )
    if not taken:
        return None
    return EvalRun.objects.select_related("agent", "workspace").get(pk=run_id)


@transaction.atomic
def _finish(run: EvalRun, now: datetime) -> None:
    rows = list(run.results.values_list("passed", "score"))
    passed = sum(1 for has_passed, _ in rows if has_passed)
    EvalRun.objects.filter(pk=run.pk).update(
        state=State.COMPLETED,
        passed=passed,
        total=len(rows),
        score=sum(score for _, score in rows) / len(rows) if rows else None,
        next_at=None,
        lease_until=None,
        finished_at=now,
    )
    if run.mode != Mode.REPLAY:
        gates.note(
            run.agent,
            revision=run.revision,
            passed=passed,
            total=len(rows),
            run=str(run.pk),
        )


def _fail(run: EvalRun, error: str, now: datetime) -> None:
    EvalRun.objects.filter(pk=run.pk).update(
        state=State.FAILED,
        error=error[:2000],
        next_at=None,
        lease_until=None,
        finished_at=now,
    )
