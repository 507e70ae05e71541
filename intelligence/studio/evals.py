"""The agent's Evals: scenarios, runs, the gate. Fragments of the editor."""

from typing import Any
from uuid import UUID

from django.db.models import OuterRef, Subquery
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import (
    require_GET,
    require_http_methods,
    require_POST,
)
from django_htmx.http import trigger_client_event

from accounts.access import StudioRequest, studio
from agents import config as configs
from agents import gates
from agents.models import Agent
from common import clock
from common.errors import Refusal
from intelligence import minds
from intelligence.evals import runs, scenarios, seeding
from intelligence.models import EvalResult, EvalRun, Scenario

HISTORY = 12
REPLAYED = 20
GATES = {"off": "Nothing", "warn": "Warns", "block": "Stops it"}


@require_GET
@studio()
def panel(request: StudioRequest, agent_id: UUID) -> HttpResponse:
    """Show scenarios, the last runs and the gate."""
    return _panel(request, _agent(request, agent_id))


@require_POST
@studio("talk")
def run(request: StudioRequest, agent_id: UUID) -> HttpResponse:
    """Try the draft: on its scenarios, or with past callers."""
    agent, mode = _agent(request, agent_id), request.POST.get("mode", "synthetic")
    now = clock.now()
    try:
        if mode == EvalRun.Mode.REPLAY:
            calls = runs.latest_calls(agent, REPLAYED)
            runs.replay(agent, calls=calls, now=now, by=request.user)
        else:
            runs.start(
                agent,
                mode="live" if mode == EvalRun.Mode.LIVE else "synthetic",
                judge=mode == EvalRun.Mode.LIVE,
                now=now,
                by=request.user,
            )
    except Refusal as refusal:
        return _panel(request, agent, refusal=refusal)
    return _panel(request, agent)


@require_POST
@studio("edit")
def seed(request: StudioRequest, agent_id: UUID) -> HttpResponse:
    """Make the scenarios that follow from the configuration."""
    agent = _agent(request, agent_id)
    seeding.seed(agent, anew=True)
    return _panel(request, agent)


@require_POST
@studio("edit")
def gate(request: StudioRequest, agent_id: UUID) -> HttpResponse:
    """Say what a failed scenario does to publishing."""
    agent = _agent(request, agent_id)
    gates.set_gate(agent, request.POST.get("gate", ""), by=request.user)
    response = _panel(request, agent)
    return trigger_client_event(response, "toast", {"text": "Saved."})


@require_http_methods(["GET", "POST"])
@studio("edit")
def new(request: StudioRequest, agent_id: UUID) -> HttpResponse:
    """Write a scenario by hand."""
    agent = _agent(request, agent_id)
    blank = Scenario(
        agent=agent,
        workspace_id=agent.workspace_id,
        origin=Scenario.Origin.HAND,
        name="",
    )
    return _form(request, agent, blank)


@require_http_methods(["GET", "POST"])
@studio("edit")
def scenario(request: StudioRequest, agent_id: UUID, scenario_id: UUID) -> HttpResponse:
    """Change a scenario."""
    agent = _agent(request, agent_id)
    return _form(request, agent, get_object_or_404(agent.scenarios, pk=scenario_id))


@require_POST
@studio("edit")
def switch(request: StudioRequest, agent_id: UUID, scenario_id: UUID) -> HttpResponse:
    """Leave a scenario out of runs, or take it in again."""
    agent = _agent(request, agent_id)
    found = get_object_or_404(agent.scenarios, pk=scenario_id)
    found.is_active = not found.is_active
    found.save(update_fields=["is_active"])
    return _panel(request, agent)


@require_POST
@studio("edit")
def removal(request: StudioRequest, agent_id: UUID, scenario_id: UUID) -> HttpResponse:
    """Delete a scenario; the results of past runs stay."""
    agent = _agent(request, agent_id)
    get_object_or_404(agent.scenarios, pk=scenario_id).delete()
    return _panel(request, agent)


@require_GET
@studio()
def detail(request: StudioRequest, agent_id: UUID, run_id: UUID) -> HttpResponse:
    """Show one run, scenario by scenario."""
    agent = _agent(request, agent_id)
    found = get_object_or_404(agent.eval_runs.select_related("started_by"), pk=run_id)
    words = {"agent": agent, "run": found, "results": list(found.results.all())}
    return render(request, "intelligence/evals/_run.html", words)


@require_POST
@studio("edit")
def from_call(request: StudioRequest, call_id: UUID) -> HttpResponse:
    """Make a test of a real call, with one click."""
    calls = request.workspace.calls.select_related("agent")
    call = get_object_or_404(calls, pk=call_id)
    made = seeding.from_call(call)
    url = f"{reverse('agents:agent-detail', args=[call.agent_id])}?section=evals"
    return render(
        request, "intelligence/evals/_made.html", {"scenario": made, "url": url}
    )


# ---------------------------------------------------------------- the parts


def _agent(request: StudioRequest, agent_id: UUID) -> Agent:
    own = request.workspace.agents.filter(deleted_at=None)
    agent: Agent = get_object_or_404(own, pk=agent_id)
    agent.workspace = request.workspace
    return agent


def _panel(
    request: StudioRequest, agent: Agent, refusal: Refusal | None = None
) -> HttpResponse:
    latest = list(agent.eval_runs.order_by("-id")[:HISTORY])
    words: dict[str, Any] = {
        "agent": agent,
        "scenarios": _with_last_result(agent),
        "runs": latest,
        "under_way": next((run for run in latest if not run.is_over()), None),
        "has_model": minds.of(configs.parse(agent.config), agent.workspace) is not None,
        "has_calls": bool(runs.latest_calls(agent, 1)),
        "gates": [
            (name, word, name == agent.eval_gate) for name, word in GATES.items()
        ],
        "may_edit": request.may("edit"),
        "may_talk": request.may("talk"),
        "refusal": refusal,
    }
    running = words["under_way"]
    words["done"] = running.results.count() if running else 0
    return render(request, "intelligence/evals/_panel.html", words)


def _with_last_result(agent: Agent) -> list[Scenario]:
    last = EvalResult.objects.filter(scenario=OuterRef("pk")).order_by("-id")
    found = agent.scenarios.annotate(
        last_passed=Subquery(last.values("passed")[:1]),
        last_score=Subquery(last.values("score")[:1]),
    )
    return list(found.order_by("id")[:200])


def _form(request: StudioRequest, agent: Agent, found: Scenario) -> HttpResponse:
    words: dict[str, Any] = {"agent": agent, "scenario": found}
    template = "intelligence/evals/_scenario.html"
    if request.method == "GET":
        return render(request, template, {**words, "form": scenarios.written(found)})
    try:
        scenarios.save(found, request.POST.dict())
    except Refusal as refusal:
        words |= {"form": request.POST, "refusal": refusal}
        return render(request, template, words, status=422)
    return trigger_client_event(_panel(request, agent), "dialog:close")
