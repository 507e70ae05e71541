"""One call's tools: which there are, what each runs with, and why others are missing.

Put together in a thread before the call, since keys and apps are read from the database.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import structlog
from pydantic import ValidationError

from accounts.models import Workspace
from agents.config import AgentConfig, ToolBinding
from agents.tools import bindings, connectors, mcp_servers, secrets
from agents.tools.bindings import HandOff, McpServer, Webhook
from agents.tools.catalogue import BY_ID, TOOLS, Effect, Tool
from agents.tools.connectors import App
from agents.tools.consent import Rule
from providers import web
from providers.ports import ToolSpec

HAND_OVER_S = 6.0  # whatever is set: who was called in vain cannot be called back
LONGEST_MS = 10_000  # of a tool, whatever its binding says
MCP_LIST_S = 3.0
ENGINES_OWN = "end_call"  # the engine runs it itself

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What one call has that tools may need."""

    caller: str = ""  # number
    is_phone: bool = False
    has_knowledge: bool = False
    is_scripted: bool = False  # no model replies: nothing read can talk it into a tool


@dataclass(frozen=True, slots=True)
class Ready:
    """A tool that can be used, and what it is used with."""

    tool: Tool
    spec: ToolSpec
    effect: Effect
    timeout_s: float
    rule: Rule = "auto"
    settings: Any = None  # Webhook, McpServer, HandOff, or an App


@dataclass(frozen=True, slots=True)
class Missing:
    """A tool that cannot be used in this call."""

    tool: Tool
    name: str
    reason: str  # of ``catalogue.REASONS``


@dataclass(frozen=True)
class Kit:
    """Everything one call can do. ``repr`` shows no secret."""

    tools: Mapping[str, Ready] = field(default_factory=dict)
    missing: tuple[Missing, ...] = ()
    secrets: Mapping[str, tuple[str, str]] = field(default_factory=dict, repr=False)

    @property
    def specs(self) -> tuple[ToolSpec, ...]:
        """What the model is told."""
        return tuple(ready.spec for ready in self.tools.values())


def assemble(config: AgentConfig, workspace: Workspace, about: Circumstances) -> Kit:
    """Put an agent's tools together for one call. Reads the database, and asks MCP
    servers what they offer."""
    kept, apps = secrets.of(workspace), connectors.of(workspace)
    ready: dict[str, Ready] = {}
    missing: list[Missing] = []
    for tool, binding in _wanted(config):
        found = _ready(tool, binding, config, about, kept, apps)
        for each in found:
            if isinstance(each, Missing):
                missing.append(each)
            elif each.spec.name not in ready:
                ready[each.spec.name] = each
    return Kit(ready, tuple(missing), kept)


def _wanted(config: AgentConfig) -> list[tuple[Tool, ToolBinding]]:
    """Return the tools that are always on and those that are bound, but for the ones
    switched off."""
    bound = {binding.tool_id: binding for binding in config.tools}
    always = [
        (
            tool,
            bound.get(tool.id)
            or ToolBinding(tool_id=tool.id, timeout_ms=tool.timeout_ms),
        )
        for tool in TOOLS
        if tool.always and tool.id != ENGINES_OWN
    ]
    rest = [
        (BY_ID[binding.tool_id], binding)
        for binding in config.tools
        if binding.tool_id in BY_ID and not BY_ID[binding.tool_id].always
    ]
    return [(tool, binding) for tool, binding in (*always, *rest) if binding.enabled]


def _ready(
    tool: Tool,
    binding: ToolBinding,
    config: AgentConfig,
    about: Circumstances,
    kept: Mapping[str, tuple[str, str]],
    apps: Mapping[str, App],
) -> list[Ready | Missing]:
    if reason := _missing(tool, config, about, apps):
        return [Missing(tool, tool.id, reason)]
    settings: Any = None
    if tool.has_settings:
        try:
            settings = bindings.settings_of(binding)
        except ValidationError:
            return [Missing(tool, tool.id, "provider_not_configured")]
    if isinstance(settings, Webhook):
        return [_webhook(tool, binding, settings, kept)]
    if isinstance(settings, McpServer):
        return _mcp(tool, binding, settings, kept)
    if isinstance(settings, HandOff) and not settings.transfer_number:
        return [Missing(tool, tool.id, "missing_transfer_number")]
    if tool.category:
        settings = apps[tool.category]
    spec = ToolSpec(tool.id, tool.description, tool.parameters)
    one = _one(tool, binding, spec, tool.effect, settings)
    if isinstance(settings, HandOff):  # a carrier is asked, and asked once
        one = replace(one, timeout_s=max(one.timeout_s, HAND_OVER_S))
    trusted = about.is_scripted and binding.consent == "auto"
    return [replace(one, rule="never") if trusted else one]


def _one(
    tool: Tool, binding: ToolBinding, spec: ToolSpec, effect: Effect, settings: Any
) -> Ready:
    timeout = min(binding.timeout_ms, LONGEST_MS) / 1000
    return Ready(tool, spec, effect, timeout, binding.consent, settings)


def _missing(
    tool: Tool, config: AgentConfig, about: Circumstances, apps: Mapping[str, App]
) -> str:
    """Return why a tool cannot be used now, or ""."""
    if tool.id == "send_digits" and not about.is_phone:
        return "not_supported_in_runtime"
    remembers = tool.id in ("get_caller_history", "forget_me")
    if tool.id == "knowledge_search":
        is_off = config.knowledge.retrieval == "off"
        return (
            "agent_tool_disabled"
            if is_off
            else ""
            if about.has_knowledge
            else "context_missing"
        )
    if remembers and config.advanced.disableCallerMemory:
        return "policy_blocked"
    if remembers and not about.caller:
        return "missing_caller_phone"
    if tool.category and tool.category not in apps:
        return "missing_credential"
    return ""


def _webhook(
    tool: Tool,
    binding: ToolBinding,
    settings: Webhook,
    kept: Mapping[str, tuple[str, str]],
) -> Ready | Missing:
    if bindings.secrets_in(settings.headers) - kept.keys():
        return Missing(tool, settings.name, "missing_credential")
    reads = settings.method == "GET" and binding.side_effect == "read"
    return _one(
        tool, binding, webhook_spec(settings), "read" if reads else "write", settings
    )


def webhook_spec(settings: Webhook) -> ToolSpec:
    """Return a webhook as the model sees it."""
    shaped: dict[str, Any] = {}
    for each in settings.fields:
        shaped[each.name] = {"type": each.type, "description": each.description}
        if each.enum:
            shaped[each.name]["enum"] = each.enum
    return ToolSpec(
        settings.name,
        settings.purpose or f"Use {settings.name}.",
        {
            "type": "object",
            "properties": shaped,
            "required": [each.name for each in settings.fields if each.required],
        },
    )


def _mcp(
    tool: Tool,
    binding: ToolBinding,
    settings: McpServer,
    kept: Mapping[str, tuple[str, str]],
) -> list[Ready | Missing]:
    name = settings.name or "mcp_server"
    if bindings.secrets_in(settings.headers) - kept.keys():
        return [Missing(tool, name, "missing_credential")]
    try:
        offered = web.run(mcp_servers.listed(settings, kept, MCP_LIST_S))
    except Exception:  # whatever a stranger's server does, the call begins
        log.warning("mcp_server_not_listed", server=settings.url, exc_info=True)
        return [Missing(tool, name, "runtime_not_initialized")]
    return [
        _one(tool, binding, spec, binding.side_effect, settings) for spec in offered
    ]
