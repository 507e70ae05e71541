"""The tools of our MCP server."""

from rymi_site import mcp_agent_tools
from rymi_site.mcp_tool import CALLS, NUMBER, OBJECT, OBJECTS, PAGE, TEXT, TEXTS, Tool


def _table() -> tuple[Tool, ...]:
    return (*mcp_agent_tools.tools(), *_calls(), *_rest())


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
            "detach_number",
            "POST",
            "/numbers/{number}/detach",
            "Let no agent answer a number.",
            "numbers:write",
            "sensitive",
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
            "check_dnc",
            "POST",
            "/dnc/check",
            "Tell which numbers must not be called.",
            "dnc:write",
            takes={"phone_numbers": TEXTS},
            needs=("phone_numbers",),
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
            "get_analytics",
            "GET",
            "/analytics/spend",
            "Read what the calls of some days came to.",
            "analytics:read",
            takes={"from": TEXT, "to": TEXT, "agent_id": TEXT, "status": TEXT},
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
