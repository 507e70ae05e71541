"""How the editor lists an agent's tools: which there are, and why some cannot be used."""

from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from agents.config import AgentConfig, ToolBinding
from agents.models import Agent
from agents.tools import kits
from agents.tools.bindings import HAND_OVER, HandOff
from agents.tools.catalogue import BY_ID, MANY, REASONS, TOOLS, Tool
from agents.tools.kits import Circumstances

LIVE_ONLY = frozenset(
    {
        HAND_OVER,
        "collect_digits",
        "send_digits",
        "schedule_callback",
        "get_caller_history",
        "forget_me",
        "end_call",
    }
)


@dataclass(frozen=True, slots=True)
class Line:
    """A tool as the section lists it."""

    tool: Tool
    name: str  # what the model calls it, and what addresses call it
    enabled: bool
    about: str
    reason: str = ""  # why it cannot be used, and how to mend that
    reads: bool = True
    can_try: bool = False


def name_of(binding: ToolBinding) -> str:
    """Return what tells a binding from the agent's others."""
    if binding.tool_id in MANY:
        return str(binding.provider_settings.get("name") or binding.tool_id)
    return binding.tool_id


def words(agent: Agent, config: AgentConfig) -> dict[str, Any]:
    """Return what the section shows."""
    kit = _kit(agent, config)
    missing = {each.name: each.reason for each in kit.missing}
    bound = {name_of(binding): binding for binding in config.tools}
    lines = [
        _line(name, binding, missing)
        for name, binding in bound.items()
        if binding.tool_id in BY_ID and not BY_ID[binding.tool_id].always
    ]
    always = [
        {
            "tool": tool,
            "enabled": tool.id not in bound or bound[tool.id].enabled,
            "reason": REASONS.get(missing.get(tool.id, ""), ""),
        }
        for tool in TOOLS
        if tool.always
    ]
    free = [tool for tool in TOOLS if not tool.always]
    connected = set(agent.workspace.connectors.values_list("category", flat=True))
    return {
        "lines": lines,
        "always": always,
        "offered": [
            (tool, _needs(tool, connected))
            for tool in free
            if tool.id in MANY or tool.id not in bound
        ],
    }


@dataclass(frozen=True, slots=True)
class HandOverLine:
    """How the agent hands callers over to a person, as Caller routing tells it."""

    tool_id: str
    enabled: bool
    number: str  # "": none is set
    is_warm: bool
    ring_s: int
    accept_s: int
    reason: str  # why it cannot be used, and how to mend that


def hand_over(agent: Agent, config: AgentConfig) -> HandOverLine:
    """Return what is set about handing over."""
    found = [each for each in config.tools if each.tool_id == HAND_OVER]
    told = found[0].provider_settings if found else {}
    try:
        settings = HandOff.model_validate(told)
    except ValidationError:
        settings = HandOff.model_validate({})
    missing = {each.name: each.reason for each in _kit(agent, config).missing}
    enabled = bool(found) and found[0].enabled
    return HandOverLine(
        HAND_OVER,
        enabled,
        settings.transfer_number,
        settings.way == "warm",
        settings.ring_s,
        settings.accept_s,
        REASONS.get(missing.get(HAND_OVER, ""), "") if enabled else "",
    )


def _line(name: str, binding: ToolBinding, missing: dict[str, str]) -> Line:
    tool, settings = BY_ID[binding.tool_id], binding.provider_settings
    about = tool.title
    if settings.get("url"):
        about = f"{tool.title} · {str(settings['url']).split('//')[-1].split('/')[0]}"
    elif settings.get("transfer_number"):
        about = f"{tool.title} · {settings['transfer_number']}"
    reads = binding.side_effect == "read" if tool.id in MANY else tool.effect == "read"
    reason = REASONS.get(missing.get(name, ""), "") if binding.enabled else ""
    return Line(
        tool,
        name,
        binding.enabled,
        about,
        reason,
        reads,
        can_try=binding.enabled and not reason and tool.id not in LIVE_ONLY,
    )


def _needs(tool: Tool, connected: set[str]) -> str:
    has_app = tool.category is None or tool.category in connected
    return "" if has_app else REASONS["missing_credential"]


def _kit(agent: Agent, config: AgentConfig) -> kits.Kit:
    """Put the tools together as for a phone call with everything there is."""
    local = config.model_copy(
        update={
            "tools": [each for each in config.tools if each.tool_id != "mcp_server"]
        }
    )
    about = Circumstances("+10000000000", True, has_knowledge=agent.source_count > 0)  # type: ignore[attr-defined]  # find() counts
    return kits.assemble(local, agent.workspace, about)
