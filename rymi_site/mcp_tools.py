"""The tools of our MCP server: each is one request of the public API.

``read`` tools run. ``write`` tools run, too. ``sensitive`` ones spend money, publish,
or destroy: the first call answers with what would be done and a confirmation, the
second one, with the same arguments and that confirmation, does it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Risk = Literal["read", "write", "sensitive"]
CONFIRMATION = "confirmation"
TEXT: dict[str, Any] = {"type": "string"}
NUMBER: dict[str, Any] = {"type": "integer"}
FLAG: dict[str, Any] = {"type": "boolean"}
OBJECT: dict[str, Any] = {"type": "object"}
OBJECTS: dict[str, Any] = {"type": "array", "items": OBJECT}
TEXTS: dict[str, Any] = {"type": "array", "items": TEXT}
PAGE = {"limit": {**NUMBER, "minimum": 1}, "offset": {**NUMBER, "minimum": 0}}
CALLS = {**PAGE, "cursor": TEXT, "status": TEXT}
AGENT_FIELDS: dict[str, Any] = {
    "name": TEXT,
    "system_prompt": TEXT,
    "prompt_mode": {**TEXT, "enum": ["builder", "raw"]},
    "voice": TEXT,
    "language": TEXT,
    "supported_languages": TEXTS,
    "llm_provider": TEXT,
    "llm_model": TEXT,
    "stt_provider": TEXT,
    "stt_model": TEXT,
    "tts_provider": TEXT,
    "tts_model": TEXT,
    "persona": OBJECT,
    "playbook": OBJECT,
    "advanced": OBJECT,
    "features": OBJECT,
    "post_call": OBJECT,
    "tools": OBJECTS,
    "variables": OBJECTS,
}


@dataclass(frozen=True, slots=True)
class Tool:
    """One tool: a request, what it takes, and how dangerous it is."""

    name: str
    method: str
    path: str  # below /v1; {names} are taken from the arguments
    description: str
    scope: str
    risk: Risk = "read"
    takes: Mapping[str, Any] = field(default_factory=dict)
    needs: tuple[str, ...] = ()

    @property
    def in_path(self) -> list[str]:
        """The arguments that are part of the path."""
        return re.findall(r"{(\w+)}", self.path)

    def schema(self) -> dict[str, Any]:
        """Return the JSON schema of the arguments."""
        properties = {**dict.fromkeys(self.in_path, TEXT), **self.takes}
        if self.risk == "sensitive":
            properties[CONFIRMATION] = {
                **TEXT,
                "description": "From the first answer, once a person has agreed.",
            }
        return {
            "type": "object",
            "properties": properties,
            "required": [*self.in_path, *self.needs],
            "additionalProperties": False,
        }


def _table() -> tuple[Tool, ...]:
    r, w = "agents:read", "agents:write"
    return (
        Tool("list_agents", "GET", "/agents", "List the agents.", r, takes=PAGE),
        Tool("get_agent", "GET", "/agents/{agent_id}", "Read one agent in full.", r),
        Tool(
            "create_agent",
            "POST",
            "/agents",
            "Make an agent, as a draft.",
            w,
            "write",
            AGENT_FIELDS,
            ("name",),
        ),
        Tool(
            "update_agent",
            "PUT",
            "/agents/{agent_id}",
            "Change what is named of an agent's draft; the rest stays.",
            w,
            "write",
            AGENT_FIELDS,
        ),
        Tool(
            "delete_agent",
            "DELETE",
            "/agents/{agent_id}",
            "Take an agent out of use.",
            w,
            "sensitive",
        ),
        Tool(
            "clone_agent",
            "POST",
            "/agents/{agent_id}/clone",
            "Copy an agent.",
            w,
            "write",
        ),
        Tool(
            "validate_agent",
            "POST",
            "/agents/validate-publish",
            "Say what stands between a draft and real calls; saves nothing.",
            w,
            takes={"agent_id": TEXT, **AGENT_FIELDS},
        ),
        Tool(
            "publish_agent",
            "POST",
            "/agents/{agent_id}/publish",
            "Let the agent's draft take real calls.",
            w,
            "sensitive",
        ),
        Tool(
            "generate_agent",
            "POST",
            "/agents/generate",
            "Draft an agent from a description; saves nothing.",
            w,
            "write",
            {"prompt": TEXT, "options": OBJECT},
            ("prompt",),
        ),
        Tool(
            "list_agent_changes",
            "GET",
            "/agents/{agent_id}/changes",
            "List what was changed in an agent, newest first.",
            r,
            takes={"since": TEXT},
        ),
        Tool(
            "undo_agent_change",
            "POST",
            "/agents/{agent_id}/changes/{change_id}/undo",
            "Take one change back.",
            w,
            "write",
        ),
        Tool(
            "preview_stack",
            "POST",
            "/agents/stack-preview",
            "Show what calls would run through, for each language.",
            w,
            takes={"supported_languages": TEXTS, "language": TEXT},
            needs=("supported_languages",),
        ),
        Tool(
            "list_llm_options",
            "GET",
            "/agents/llm-options",
            "List the models and voices there are.",
            r,
        ),
        Tool(
            "list_agent_templates",
            "GET",
            "/agent-templates",
            "List templates to begin with.",
            r,
        ),
        Tool(
            "get_share_link",
            "GET",
            "/agents/{agent_id}/testers",
            "Read the public link to an agent and who tests it.",
            r,
        ),
        Tool(
            "set_share_link",
            "PUT",
            "/agents/{agent_id}/share-link",
            "Let anybody with the link talk to the agent, within limits; billed here.",
            w,
            "sensitive",
            {
                "enabled": FLAG,
                "minutes_limit": NUMBER,
                "max_call_seconds": NUMBER,
                "max_concurrent": NUMBER,
                "calls_per_ip_hour": NUMBER,
            },
        ),
        Tool(
            "regenerate_share_link",
            "POST",
            "/agents/{agent_id}/share-link/regenerate",
            "Replace the public link; the old one stops at once.",
            w,
            "sensitive",
        ),
        *_calls(),
        *_rest(),
    )


def _calls() -> tuple[Tool, ...]:
    r, w = "calls:read", "calls:write"
    return (
        Tool("list_calls", "GET", "/calls", "List calls.", r, takes=CALLS),
        Tool(
            "list_active_calls",
            "GET",
            "/calls/active",
            "List calls under way.",
            r,
            takes=PAGE,
        ),
        Tool(
            "list_agent_calls",
            "GET",
            "/agents/{agent_id}/calls",
            "List one agent's calls.",
            r,
            takes=CALLS,
        ),
        Tool("get_call", "GET", "/calls/{call_id}", "Read one call.", r),
        Tool(
            "get_call_summary",
            "GET",
            "/calls/{call_id}/summary",
            "Read what was worked out of a call.",
            r,
        ),
        Tool(
            "get_call_transcript",
            "GET",
            "/calls/{call_id}/transcript",
            "Read what was said.",
            r,
        ),
        Tool(
            "get_call_recording",
            "GET",
            "/calls/{call_id}/recording",
            "Find a call's recording.",
            r,
        ),
        Tool(
            "get_queue_stats",
            "GET",
            "/calls/queue/stats",
            "Count calls that wait and calls under way.",
            r,
        ),
        Tool(
            "create_call",
            "POST",
            "/calls",
            "Start a call: a browser (webrtc) or a phone (pstn). Costs credit.",
            w,
            "sensitive",
            {
                "agent_id": TEXT,
                "participants": OBJECTS,
                "metadata": OBJECT,
                "variables": OBJECT,
                "post_call": OBJECT,
            },
            ("agent_id", "participants"),
        ),
        Tool(
            "fanout_calls",
            "POST",
            "/calls/fanout",
            "Call up to 500 phones into one call. Costs credit.",
            w,
            "sensitive",
            {
                "agent_id": TEXT,
                "to": TEXTS,
                "from_number": TEXT,
                "metadata": OBJECT,
                "variables": OBJECT,
            },
            ("agent_id", "to"),
        ),
        Tool(
            "end_call",
            "POST",
            "/calls/{call_id}/end",
            "End a call; this cannot be taken back.",
            w,
            "sensitive",
        ),
        Tool(
            "reprocess_call",
            "POST",
            "/calls/{call_id}/reprocess",
            "Work a call out anew.",
            w,
            "write",
        ),
    )


def _rest() -> tuple[Tool, ...]:
    return (
        Tool(
            "list_numbers",
            "GET",
            "/numbers",
            "List phone numbers and what they are bound to.",
            "numbers:read",
            takes=PAGE,
        ),
        Tool(
            "register_number",
            "POST",
            "/numbers",
            "Register a number of the connected carrier.",
            "numbers:write",
            "write",
            {"number": TEXT, "agent_id": TEXT},
            ("number",),
        ),
        Tool(
            "attach_number",
            "POST",
            "/numbers/{number}/attach",
            "Let an agent answer a number.",
            "numbers:write",
            "sensitive",
            {"agent_id": TEXT},
            ("agent_id",),
        ),
        Tool(
            "get_telephony_status",
            "GET",
            "/telephony/status",
            "Tell which carrier is connected.",
            "telephony:read",
        ),
        Tool(
            "list_dnc",
            "GET",
            "/dnc",
            "List whom not to call.",
            "dnc:read",
            takes=PAGE,
        ),
        Tool(
            "add_dnc",
            "POST",
            "/dnc",
            "Never call a number again.",
            "dnc:write",
            "write",
            {"phone_number": TEXT, "reason": TEXT},
            ("phone_number",),
        ),
        Tool(
            "list_webhooks",
            "GET",
            "/webhooks",
            "List webhook endpoints.",
            "webhooks:read",
            takes=PAGE,
        ),
        Tool(
            "list_knowledge_sources",
            "GET",
            "/agents/{agent_id}/knowledge-sources",
            "List what an agent has read.",
            "agents:read",
        ),
        Tool(
            "add_knowledge_source",
            "POST",
            "/agents/{agent_id}/knowledge-sources",
            "Let an agent read a text or a page.",
            "agents:write",
            "write",
            {
                "kind": {**TEXT, "enum": ["text", "url"]},
                "title": TEXT,
                "text": TEXT,
                "url": TEXT,
            },
            ("kind", "title"),
        ),
        Tool(
            "list_tool_secrets",
            "GET",
            "/tool-secrets",
            "List the names of tool secrets; never their values.",
            "tool_secrets:read",
        ),
        Tool(
            "get_usage_summary",
            "GET",
            "/billing/usage-summary",
            "Tell how many minutes are left and what was used.",
            "billing:read",
        ),
        Tool(
            "estimate_cost",
            "POST",
            "/billing/estimate",
            "Estimate what a stack costs a minute.",
            "billing:write",
            takes={
                "stt_model": TEXT,
                "llm_model": TEXT,
                "tts_model": TEXT,
                "duration_seconds": NUMBER,
            },
        ),
        Tool(
            "list_workspaces",
            "GET",
            "/workspaces",
            "List the workspaces the key reaches.",
            "workspaces:read",
        ),
        Tool(
            "get_workspace_usage",
            "GET",
            "/workspaces/{workspace_id}/usage",
            "Read what a workspace used in a month.",
            "workspaces:read",
            takes={"month": TEXT},
        ),
    )


TOOLS: dict[str, Tool] = {tool.name: tool for tool in _table()}
