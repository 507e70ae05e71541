"""The tools of our MCP server."""

from rymi_site import mcp_agent_tools, mcp_call_tools
from rymi_site.mcp_tool import NUMBER, PAGE, TEXT, TEXTS, Tool


def _table() -> tuple[Tool, ...]:
    return (
        *mcp_agent_tools.tools(),
        *mcp_call_tools.tools(),
        *_numbers(),
        *_do_not_call(),
        *_workspace(),
    )


def _numbers() -> tuple[Tool, ...]:
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
    )


def _do_not_call() -> tuple[Tool, ...]:
    return (
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
    )


def _workspace() -> tuple[Tool, ...]:
    return (
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
