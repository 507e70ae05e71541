"""What a program may do with calls over our MCP server."""

from rymi_site.mcp_tool import CALLS, OBJECT, OBJECTS, PAGE, TEXT, TEXTS, Tool


def tools() -> tuple[Tool, ...]:
    """Return them, in the order they are listed in."""
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
