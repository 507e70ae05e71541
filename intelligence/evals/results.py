"""Results: one scenario of a run is played, or one past call, and scored."""

import time
from collections.abc import Sequence
from functools import lru_cache
from typing import Any
from uuid import UUID

from agents import config as configs
from agents import runtime
from agents.config import AgentConfig
from agents.tools import kits
from agents.tools.kits import Circumstances
from intelligence import extraction, judging, minds, talk
from intelligence.evals import callers, scoring, seeds, stage
from intelligence.evals.scoring import Check
from intelligence.evals.stage import Played
from intelligence.minds import Mind
from intelligence.models import Analysis, EvalResult, EvalRun, Scenario
from providers import web
from telephony.models import Call
from voice.config import SessionConfig

Mode = EvalRun.Mode
OFFLINE = "local"
# Tools are mocked, so an agent is offered what it would have on the phone.
IN_A_CALL = Circumstances(caller="+15550100", is_phone=True)


def of(run: EvalRun, subject: UUID) -> EvalResult:
    """Play one of a run's scenarios or past calls; the result is not kept yet."""
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
    session = _session_of(run, is_offline=run.mode == Mode.SYNTHETIC)
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
def _session_of(run: EvalRun, *, is_offline: bool) -> SessionConfig:
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
    session = _session_of(run, is_offline=mind is None)
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
