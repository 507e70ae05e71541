"""The editor's Tools section: what the agent may do, set up and tried."""

import asyncio
from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import (
    require_GET,
    require_http_methods,
    require_POST,
)
from django_htmx.http import reswap, retarget, trigger_client_event

from accounts.access import StudioRequest, studio
from agents import authoring
from agents import config as configs
from agents.config import AgentConfig, ToolBinding
from agents.models import Agent
from agents.studio import drafts, fields, tool_lines
from agents.studio.editor import Editor, find
from agents.tools import bindings, kits
from agents.tools.catalogue import BY_ID, MANY
from agents.tools.kits import Circumstances
from agents.tools.toolbox import Toolbox
from common.errors import Refusal
from providers import web


@require_http_methods(["GET", "POST"])
@studio("edit")
def tool(request: StudioRequest, agent_id: UUID, name: str) -> HttpResponse:
    """Set up a tool: one the agent has, by its name, or a new one, by its id."""
    agent = find(request, agent_id)
    config = configs.parse(agent.config)
    at, binding = _binding(config, name)
    if request.method == "GET":
        return render(request, "agents/_tool.html", _form(agent, name, binding, at))
    typed = _typed(request, binding)
    if typed.problems:
        return _refused(request, "; ".join(typed.problems.values()))
    changed = _changed(binding, typed.values)
    kept = list(config.tools)
    kept[at:] = [changed, *kept[at + 1 :]] if at < len(kept) else [changed]
    try:
        _save(request, agent, kept)
    except configs.Invalid as invalid:
        return _refused(request, " ".join(_sentence(each) for each in invalid.problems))
    return _done(request, agent, f"{BY_ID[binding.tool_id].title} is set up.")


@require_POST
@studio("edit")
def switch(request: StudioRequest, agent_id: UUID, name: str) -> HttpResponse:
    """Switch a tool on or off."""
    agent = find(request, agent_id)
    config = configs.parse(agent.config)
    at, binding = _binding(config, name)
    kept = list(config.tools)
    is_new = at == len(kept)
    enabled = not binding.enabled if not is_new else not BY_ID[binding.tool_id].always
    changed = binding.model_copy(update={"enabled": enabled})
    kept[at:] = [changed, *kept[at + 1 :]]
    _save(request, agent, kept)
    return _done(request, agent, "")


@require_POST
@studio("edit")
def removal(request: StudioRequest, agent_id: UUID, name: str) -> HttpResponse:
    """Take a tool away."""
    agent = find(request, agent_id)
    config = configs.parse(agent.config)
    _save(
        request,
        agent,
        [each for each in config.tools if tool_lines.name_of(each) != name],
    )
    return _done(request, agent, "The tool is taken away.")


@require_http_methods(["GET", "POST"])
@studio("edit")
def trial(request: StudioRequest, agent_id: UUID, name: str) -> HttpResponse:
    """Run a tool with typed values, for real, and show request, reply and time."""
    agent = find(request, agent_id)
    config = configs.parse(agent.config)
    about = Circumstances(has_knowledge=agent.source_count > 0)  # type: ignore[attr-defined]  # find() counts
    kit = kits.assemble(config, agent.workspace, about)
    named = [
        each
        for each in kit.tools.values()
        if each.spec.name == name or _belongs(each, name)
    ]
    if request.method == "GET":
        return render(
            request,
            "agents/_tool_trial.html",
            {"agent": agent, "name": name, "tools": named, "missing": not named},
        )
    wanted = request.POST.get("tool", "")
    ready = next((each for each in named if each.spec.name == wanted), None)
    if ready is None:
        raise Http404
    values = {
        key: _value(str(shape.get("type")), request.POST[f"v.{key}"])
        for key, shape in ready.spec.parameters.get("properties", {}).items()
        if request.POST.get(f"v.{key}", "") != ""
    }
    box = Toolbox(kit, time_zone=agent.workspace.time_zone)
    outcome = web.run(_timed(box, wanted, values))
    return render(request, "agents/_tool_tried.html", {"outcome": outcome})


async def _timed(box: Toolbox, name: str, values: dict[str, Any]) -> dict[str, Any]:
    loop = asyncio.get_running_loop()
    began = loop.time()
    outcome = await box.run(name, values, "Yes.")
    return {
        "text": outcome.text,
        "failed": outcome.failed,
        "detail": outcome.detail,
        "ms": round((loop.time() - began) * 1000),
    }


def _belongs(ready: kits.Ready, name: str) -> bool:
    is_mcp = isinstance(ready.settings, bindings.McpServer)
    return is_mcp and (ready.settings.name or "mcp_server") == name


def _value(kind: str, text: str) -> Any:
    try:
        if kind == "integer":
            return int(text)
        if kind == "number":
            return float(text)
    except ValueError:
        return text  # the server is shown what was typed
    return text.lower() in ("true", "yes", "1") if kind == "boolean" else text


# ---------------------------------------------------------------- the parts


def _binding(config: AgentConfig, name: str) -> tuple[int, ToolBinding]:
    """Return a binding and its place; a new one stands behind the last."""
    for at, binding in enumerate(config.tools):
        if tool_lines.name_of(binding) == name:
            return at, binding
    if name not in BY_ID:
        raise Http404
    known = BY_ID[name]
    return len(config.tools), ToolBinding(
        tool_id=name, timeout_ms=max(250, known.timeout_ms), side_effect=known.effect
    )


def _form(agent: Agent, name: str, binding: ToolBinding, at: int) -> dict[str, Any]:
    known = BY_ID[binding.tool_id]
    controls = []
    if known.has_settings:
        controls = fields.form(bindings.SETTINGS[known.id], binding.provider_settings)
    common = fields.form(ToolBinding, binding.model_dump(mode="json"))
    shown = {"timeout_ms", "consent"} if known.effect == "write" else {"timeout_ms"}
    if known.id in MANY:
        shown.add("side_effect")
    return {
        "agent": agent,
        "name": name,
        "tool": known,
        "is_new": at == len(configs.parse(agent.config).tools),
        "controls": controls,
        "common": [each for each in common if each.spec.path in shown],
    }


def _typed(request: StudioRequest, binding: ToolBinding) -> fields.Typed:
    known = BY_ID[binding.tool_id]
    typed = fields.read_form(ToolBinding, request.POST, only=set(request.POST))
    for name in ("tool_id", "enabled", "credential_ref", "provider_settings"):
        typed.values.pop(name, None)
    if known.has_settings:
        inner = fields.read_form(bindings.SETTINGS[known.id], request.POST)
        typed.problems |= inner.problems
        typed.values["provider_settings"] = {
            key: value for key, value in inner.values.items() if value is not None
        }
    return typed


def _changed(binding: ToolBinding, values: dict[str, Any]) -> ToolBinding:
    told = {**binding.model_dump(mode="json"), **values, "enabled": True}
    try:
        return ToolBinding.model_validate(told)
    except ValueError as error:
        raise Refusal(
            f"The time limit is 250 to 10,000 ms. ({error.__class__.__name__})"
        ) from None


def _save(request: StudioRequest, agent: Agent, kept: list[ToolBinding]) -> None:
    document = [each.model_dump(mode="json") for each in kept]
    authoring.edit(agent, changes={"tools": document}, by=request.user)


def _sentence(problem: configs.Problem) -> str:
    path = problem.path.split("provider_settings.")[-1]
    message = problem.message[:1].upper() + problem.message[1:].rstrip(".")
    return f"{path}: {message}."


def _refused(request: StudioRequest, why: str) -> HttpResponse:
    told = {"title": "Not saved", "detail": why}
    response = render(request, "agents/_provider_said.html", told, status=422)
    return reswap(retarget(response, "#tool-said"), "innerHTML")


def _done(request: StudioRequest, agent: Agent, said: str) -> HttpResponse:
    agent.refresh_from_db()
    response = reswap(drafts.around(request, agent), "none")
    trigger_client_event(response, "dialog:close")
    if said:
        trigger_client_event(response, "toast", {"text": said})
    return trigger_client_event(response, "draft:replaced")


@require_GET
@studio()
def offered(request: StudioRequest, agent_id: UUID) -> HttpResponse:
    """Offer the tools that the agent has not got."""
    agent = find(request, agent_id)
    told = tool_lines.words(agent, configs.parse(agent.config))
    told |= {"editor": Editor(request, agent), "agent": agent}
    return render(request, "agents/_tools_offered.html", told)
