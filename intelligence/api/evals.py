"""Evals over the API: run an agent's scenarios, and read what came of it."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from accounts.access import ApiRequest, api, person
from agents.models import Agent
from common import clock
from common.api import pagination
from common.api.view import ApiView
from common.errors import NotFound
from intelligence.evals import runs
from intelligence.models import EvalRun

MOST_AGENTS = 50


class SuiteInput(serializers.Serializer[Any]):
    agentIds = serializers.ListField(
        child=serializers.UUIDField(), min_length=1, max_length=MOST_AGENTS
    )
    scenarioIds = serializers.ListField(
        child=serializers.UUIDField(), required=False, allow_null=True, max_length=500
    )
    concurrency = serializers.IntegerField(required=False, allow_null=True)
    judge = serializers.BooleanField(default=False)


class EvalRunOutput(serializers.Serializer[Any]):
    """A run without its scenarios."""

    id = serializers.UUIDField()
    agent_id = serializers.UUIDField()
    mode = serializers.ChoiceField(EvalRun.Mode.values)
    judge = serializers.BooleanField(help_text="Whether a model judges, too.")
    status = serializers.ChoiceField(EvalRun.State.values)
    revision = serializers.IntegerField(help_text="Of the draft that was tried.")
    passed = serializers.IntegerField(help_text="How many scenarios passed.")
    total = serializers.IntegerField(help_text="How many there are.")
    score = serializers.FloatField(
        allow_null=True, help_text="0 to 1; null until it is over."
    )
    error = serializers.CharField(
        allow_null=True, help_text="Why it failed, in a sentence."
    )
    created_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)


class EvalCheckOutput(serializers.Serializer[Any]):
    """One thing that was looked at."""

    name = serializers.CharField()
    passed = serializers.BooleanField()
    detail = serializers.CharField(help_text="A sentence for people; may be empty.")


class EvalLineOutput(serializers.Serializer[Any]):
    who = serializers.ChoiceField(["caller", "agent"])
    text = serializers.CharField()


class EvalResultOutput(serializers.Serializer[Any]):
    """What came of one scenario."""

    scenario_id = serializers.UUIDField(help_text="In a replay: the call's.")
    name = serializers.CharField()
    passed = serializers.BooleanField()
    score = serializers.FloatField(help_text="Checks that passed, 0 to 1.")
    checks = EvalCheckOutput(many=True)
    transcript = EvalLineOutput(many=True)
    reasoning = serializers.CharField(allow_null=True, help_text="The judge's.")
    elapsed_ms = serializers.IntegerField()


class EvalRunInFullOutput(EvalRunOutput):
    """A run, with the scenarios that are done so far."""

    scenarios = EvalResultOutput(many=True)


class SuiteReportOutput(serializers.Serializer[Any]):
    """An agent's run; where there is none, ``error`` and ``code`` say why."""

    agent_id = serializers.UUIDField()
    run = EvalRunInFullOutput(allow_null=True)
    error = serializers.CharField(required=False)
    code = serializers.CharField(required=False)


class SuiteOutput(serializers.Serializer[Any]):
    agents = SuiteReportOutput(many=True)
    total = serializers.IntegerField(help_text="Scenarios of all runs.")
    passed = serializers.IntegerField(help_text="How many of them passed so far.")
    runs = serializers.IntegerField()
    refused = serializers.IntegerField(help_text="Agents without a run.")


@api("agents", write="talk")
class EvalStart(ApiView):
    """Tries the draft on its scenarios; ask for the run until its state is final."""

    @extend_schema(
        request=None,
        responses={202: EvalRunInFullOutput},
        parameters=[
            OpenApiParameter("mode", enum=["synthetic", "live"]),
            OpenApiParameter("judge", enum=["0", "1"]),
        ],
    )
    def post(self, request: ApiRequest, agent_id: UUID) -> Response:
        mode = request.query_params.get("mode") or "synthetic"
        if mode not in ("synthetic", "live"):
            raise serializers.ValidationError({"mode": "Send synthetic or live."})
        run = runs.start(
            agent_of(request, agent_id),
            mode=mode,
            judge=request.query_params.get("judge") in ("1", "true"),
            now=clock.now(),
            by=person(request),
        )
        run.refresh_from_db()  # a worker may have been quick
        return Response(full(run), status=202)


@api("agents")
class EvalRunList(ApiView):
    """An agent's runs, latest first."""

    @extend_schema(
        operation_id="agents_evals_runs_list",
        parameters=pagination.parameters(),
        responses=pagination.shape("runs", EvalRunOutput),
    )
    def get(self, request: ApiRequest, agent_id: UUID) -> Response:
        rows = agent_of(request, agent_id).eval_runs.defer("config")
        return pagination.page(request, rows, key="runs", output=briefs)


@api("agents")
class EvalRunDetail(ApiView):
    """One run, with the score of every scenario."""

    @extend_schema(responses=EvalRunInFullOutput)
    def get(self, request: ApiRequest, agent_id: UUID, run_id: UUID) -> Response:
        found = agent_of(request, agent_id).eval_runs.filter(pk=run_id).first()
        if found is None:
            raise NotFound("There is no such run.")
        return Response(full(found))


@api("agents", write="talk")
class EvalSuite(ApiView):
    """Tries several agents; one run is saved for each."""

    @extend_schema(request=SuiteInput, responses={202: SuiteOutput})
    def post(self, request: ApiRequest) -> Response:
        wanted = SuiteInput(data=request.data)
        wanted.is_valid(raise_exception=True)
        asked = wanted.validated_data
        made = runs.suite(
            request.workspace,
            agents=asked["agentIds"],
            scenarios=asked.get("scenarioIds"),
            judge=asked["judge"],
            now=clock.now(),
            by=person(request),
        )
        reports: list[dict[str, Any]] = []
        for agent_id, run in made:
            if isinstance(run, EvalRun):
                run.refresh_from_db()
                reports.append({"agent_id": agent_id, "run": full(run)})
            else:
                told = {"error": run.message, "code": run.code}
                reports.append({"agent_id": agent_id, "run": None, **told})
        own = [each["run"] for each in reports if each["run"]]
        return Response(
            {
                "agents": reports,
                "total": sum(run["total"] for run in own),
                "passed": sum(run["passed"] for run in own),
                "runs": len(own),
                "refused": len(reports) - len(own),
            },
            status=202,
        )


def agent_of(request: ApiRequest, agent_id: UUID) -> Agent:
    """Return an agent of the workspace, or answer 404."""
    own = request.workspace.agents.filter(deleted_at=None)
    agent: Agent | None = own.filter(pk=agent_id).first()
    if agent is None:
        raise NotFound("There is no such agent.")
    agent.workspace = request.workspace
    return agent


def briefs(found: Sequence[EvalRun]) -> list[dict[str, Any]]:
    """Return runs as lists show them."""
    return [brief(run) for run in found]


def brief(run: EvalRun) -> dict[str, Any]:
    """Return a run without its scenarios."""
    return {
        "id": run.pk,
        "agent_id": run.agent_id,
        "mode": run.mode,
        "judge": run.judge,
        "status": run.state,
        "revision": run.revision,
        "passed": run.passed,
        "total": run.total,
        "score": run.score,
        "error": run.error or None,
        "created_at": run.created_at,
        "finished_at": run.finished_at,
    }


def full(run: EvalRun) -> dict[str, Any]:
    """Return a run with what came of each scenario."""
    return {
        **brief(run),
        "scenarios": [
            {
                "scenario_id": result.subject,
                "name": result.name,
                "passed": result.passed,
                "score": result.score,
                "checks": result.checks,
                "transcript": result.transcript,
                "reasoning": result.reasoning or None,
                "elapsed_ms": result.elapsed_ms,
            }
            for result in run.results.all()
        ],
    }
