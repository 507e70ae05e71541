"""Runs: planned as a row, played a scenario at a time, resumable after any crash."""

import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import F, Q

from accounts.models import User, Workspace
from agents import config as configs
from agents import gates, runtime
from agents.config import AgentConfig
from agents.models import Agent
from agents.tools import kits
from agents.tools.kits import Circumstances
from common import crash
from common.errors import Refusal
from common.later import later
from intelligence import extraction, judging, minds, talk
from intelligence.evals import callers, scoring, seeds, stage
from intelligence.evals.scoring import Check
from intelligence.evals.stage import Played
from intelligence.minds import Mind
from intelligence.models import Analysis, EvalResult, EvalRun, Scenario
from providers import web
from providers.errors import ProviderError
from telephony.models import Call
from voice.config import SessionConfig

Mode, State = EvalRun.Mode, EvalRun.State
LEASE = timedelta(minutes=3)  # one scenario takes less
TRIES = 3
MOST_REPLAYED = 50
OFFLINE = "local"
# Tools are mocked, so an agent is offered what it would have on the phone.
IN_A_CALL = Circumstances(caller="+15550100", is_phone=True)

log = structlog.get_logger()


class NoModel(Refusal):
    """A live run needs a language model."""

    code = "no_model"
    status = 409


class NoScenarios(Refusal):
    """There is nothing to play."""

    code = "no_scenarios"
    status = 409


class EnglishOnly(Refusal):
    """The offline scorer speaks English."""

    code = "synthetic_needs_english"
    status = 409


# ---------------------------------------------------------------- scenarios


@transaction.atomic
def seed(agent: Agent, *, anew: bool = False) -> None:
    """Make the scenarios that follow from the configuration, if there are none; anew:
    in the place of those that were made so."""
    locked = Agent.objects.select_for_update().get(pk=agent.pk)
    own = locked.scenarios.filter(origin=Scenario.Origin.SEED)
    if own.exists() and not anew:
        return
    own.delete()
    config = configs.parse(locked.config)
    Scenario.objects.bulk_create(
        Scenario(
            workspace_id=locked.workspace_id,
            agent=locked,
            name=each.name[:160],
            origin=Scenario.Origin.SEED,
            caller=each.caller,
            expects=each.expects,
            mocks=each.mocks,
        )
        for each in seeds.from_config(config, locked.name)
    )


def from_call(call: Call) -> Scenario:
    """Make a test of a real call, once: its caller calls again."""
    spoken = talk.read(call)
    if not spoken.caller:
        raise NoScenarios("The caller said nothing in this call.")
    book = seeds.book_of(configs.parse(call.config), call.agent.name)
    analysis = Analysis.objects.filter(pk=call.pk).first()
    name = f"The call of {call.created_at:%-d %b %Y, %H:%M}"
    made = seeds.from_talk(spoken, book, name, analysis)
    scenario, _ = Scenario.objects.get_or_create(
        agent=call.agent,
        call=call,
        defaults={
            "workspace_id": call.workspace_id,
            "name": made.name,
            "origin": Scenario.Origin.CALL,
            "caller": made.caller,
            "expects": made.expects,
            "mocks": made.mocks,
        },
    )
    return scenario


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
        result = _played(run, UUID(left[0]))
    except ProviderError as error:
        _fail(run, str(error), now)
        return False
    except Exception as error:
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
    results = list(run.results.values_list("passed", "score"))
    passed = sum(1 for has_passed, _ in results if has_passed)
    EvalRun.objects.filter(pk=run.pk).update(
        state=State.COMPLETED,
        passed=passed,
        total=len(results),
        score=sum(score for _, score in results) / len(results) if results else None,
        next_at=None,
        lease_until=None,
        finished_at=now,
    )
    if run.mode != Mode.REPLAY:
        gates.note(
            run.agent,
            revision=run.revision,
            passed=passed,
            total=len(results),
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


def _played(run: EvalRun, subject: UUID) -> EvalResult:
    config = configs.parse(run.config)
    if run.mode == Mode.REPLAY:
        return _replayed(run, config, subject)
    scenario = Scenario.objects.filter(pk=subject, agent=run.agent).first()
    if scenario is None:
        return _gone(run, subject)
    mind = (
        minds.of(config, run.workspace) if run.mode == Mode.LIVE or run.judge else None
    )
    began = time.monotonic()
    book = seeds.book_of(config, run.agent.name)
    caller = callers.of(scenario.caller, book, mind if run.mode == Mode.LIVE else None)
    session = session_of(run, is_offline=run.mode == Mode.SYNTHETIC)
    played = web.run(stage.play(session, caller, scenario.mocks))
    checks = scoring.score(played, scenario.expects, book, judging.purposes(config))
    reasoning = ""
    if run.judge and mind:
        check, reasoning = _judged(scenario, played, config, mind)
        checks.append(check)
    return _result(
        run, subject, scenario.name, checks, played, began, scenario, reasoning
    )


@lru_cache(maxsize=8)
def session_of(run: EvalRun, *, is_offline: bool) -> SessionConfig:
    """Return what the engine needs, in writing; offline: the playbook's script.

    Kept for the run: the offline brain learns a playbook once, which takes a second.
    """
    config = configs.parse(run.config)
    if is_offline:
        config = config.model_copy(
            update={"llm_provider": OFFLINE, "llm_model": "", "custom_llm_url": None}
        )
    values = {v.key: v.default or f"example {v.key}" for v in config.variables}
    return runtime.session_config(
        config,
        name=run.agent.name,
        workspace=run.workspace,
        variables=values,
        typed=True,
        kit=kits.assemble(config, run.workspace, IN_A_CALL),
    )


def _judged(
    scenario: Scenario, played: Played, config: AgentConfig, mind: Mind
) -> tuple[Check, str]:
    rubric = "\n".join(
        filter(
            None,
            [
                f"What should come of this call: {scenario.expects.get('goal', '')}",
                config.post_call.evaluation.rubric,
                *config.persona.successCriteria,
            ],
        )
    )
    verdict = judging.judge(played.talk, rubric, mind)
    check = Check("The judge is satisfied", verdict["passed"], verdict["reasoning"])
    return check, verdict["reasoning"]


def _result(
    run: EvalRun,
    subject: UUID,
    name: str,
    checks: Sequence[Check],
    played: Played,
    began: float,
    scenario: Scenario | None,
    reasoning: str = "",
) -> EvalResult:
    good = sum(check.passed for check in checks)
    return EvalResult(
        run=run,
        subject=subject,
        scenario=scenario,
        name=name,
        passed=good == len(checks),
        score=good / len(checks) if checks else 1.0,
        checks=[check.document() for check in checks],
        transcript=[{"who": line.who, "text": line.text} for line in played.lines],
        reasoning=reasoning,
        elapsed_ms=round((time.monotonic() - began) * 1000),
    )


def _gone(run: EvalRun, subject: UUID) -> EvalResult:
    check = Check("The scenario is there", False, "It was deleted meanwhile.")
    began = time.monotonic()
    return _result(run, subject, "Deleted scenario", [check], Played(), began, None)


# ---------------------------------------------------------------- replay


def _replayed(run: EvalRun, config: AgentConfig, subject: UUID) -> EvalResult:
    """Let a past caller talk to the draft, and say what would come out differently."""
    began = time.monotonic()
    call = Call.objects.filter(pk=subject, workspace=run.workspace).first()
    spoken = talk.read(call) if call else None
    if call is None or spoken is None or not spoken.caller:
        check = Check("The call has a transcript", False, "It is gone.")
        return _result(run, subject, "A call", [check], Played(), began, None)
    mind = minds.of(config, run.workspace)
    mocks = {deed.name: deed.result for deed in spoken.deeds}
    caller = callers.Replayed([line.text for line in spoken.caller])
    session = session_of(run, is_offline=mind is None)
    played = web.run(stage.play(session, caller, mocks))
    before = Analysis.objects.filter(pk=call.pk).first() or Analysis()
    checks = [*_fields_differ(before, played, config, mind)]
    checks += _verdict_differs(before, played, config, mind)
    was = {each["promise"] for each in before.unkept}
    now = judging.check_promises(played.talk, config, None).columns.get("unkept", [])
    new = [each for each in now if each["promise"] not in was]
    told = "; ".join(f"promised {each['promise']}: “{each['quote']}”" for each in new)
    checks.append(Check("No promise is newly broken", not new, told))
    name = f"{call.created_at:%-d %b, %H:%M}: {call.summary or 'a call'}"[:160]
    return _result(run, subject, name, checks, played, began, None)


def _fields_differ(
    before: Analysis, played: Played, config: AgentConfig, mind: Mind | None
) -> list[Check]:
    had = {each["name"]: each["value"] for each in before.fields}
    made = extraction.extract(played.talk, config, mind).columns
    have = {each["name"]: each["value"] for each in made.get("fields", [])}
    checks = []
    for name in [*had, *(name for name in have if name not in had)]:
        was, now = had.get(name), have.get(name)
        is_kept = was is None or scoring.same(now, was)
        checks.append(Check(f"{name}", is_kept, f"was “{was}”, is “{now}”"))
    return checks


def _verdict_differs(
    before: Analysis, played: Played, config: AgentConfig, mind: Mind | None
) -> list[Check]:
    if mind is None or not config.post_call.evaluation.rubric:
        return []
    after: dict[str, Any] = judging.evaluate(played.talk, config, mind).columns
    is_kept = not (before.passed and after["passed"] is False)
    return [Check("The verdict holds", is_kept, str(after["reasoning"]))]


# ---------------------------------------------------------------- reading


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
