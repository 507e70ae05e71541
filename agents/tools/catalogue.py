"""Every tool there is. Data only."""

from dataclasses import dataclass, field
from typing import Any, Literal

Effect = Literal["read", "write"]
Category = Literal["calendar", "crm", "ticketing", "messaging"]


def _schema(*required: str, **properties: Any) -> dict[str, Any]:
    shaped = {
        name: each
        if isinstance(each, dict)
        else {"type": "string", "description": each}
        for name, each in properties.items()
    }
    return {"type": "object", "properties": shaped, "required": list(required)}


@dataclass(frozen=True, slots=True)
class Tool:
    """One tool: what it is for people, and for the model."""

    id: str
    title: str
    effect: Effect
    timeout_ms: int
    description: str  # for the model
    parameters: dict[str, Any] = field(default_factory=_schema)
    category: Category | None = None  # of the app it needs
    always: bool = False  # on unless switched off
    has_settings: bool = False


_WHEN = "Date and time in ISO 8601 with the offset, such as 2026-11-26T15:00:00+01:00."
_EVENT = {
    "title": "What the appointment is for.",
    "start": _WHEN,
    "end": _WHEN,
    "name": "The caller's name.",
    "phone": "The caller's phone number.",
    "notes": "Anything else worth noting.",
}
TOOLS = (
    Tool(
        "datetime_now",
        "Tell date and time",
        "read",
        1_000,
        "Tell the current date, weekday and time where the business is.",
        always=True,
    ),
    Tool(
        "knowledge_search",
        "Look up knowledge",
        "read",
        4_000,
        "Look something up in the business's own documents. Use it when the caller asks"
        " for a fact that you do not know.",
        _schema("query", query="What to look for, in a few words of the caller's."),
        always=True,
    ),
    Tool(
        "end_call",
        "End the call",
        "write",
        1_000,
        "End the call. Use it after saying goodbye, when the caller wants nothing more.",
        _schema(reason="Why the call is over."),
        always=True,
    ),
    Tool(
        "get_caller_history",
        "Recall earlier calls",
        "read",
        3_000,
        "Tell what this caller called about before. Use it when the caller refers to an"
        " earlier call.",
        always=True,
    ),
    Tool(
        "forget_me",
        "Forget the caller",
        "write",
        3_000,
        "Forget this caller's earlier calls. Use it only when the caller asks to be"
        " forgotten.",
        always=True,
    ),
    Tool(
        "handoff_to_human",
        "Hand over to a person",
        "write",
        1_000,
        "Connect the caller with a person. Use it when the caller asks for one, or when"
        " the rules say so.",
        _schema(reason="Why, in one sentence, for whoever answers."),
        has_settings=True,
    ),
    Tool(
        "collect_digits",
        "Ask for keys",
        "read",
        2_000,
        "Let the caller key digits in on the phone, such as a card or account number."
        " Use it before you ask for the number, and never ask for a card number to be"
        " said. Then ask for it in one sentence, ending with: then press pound.",
        _schema(
            "name",
            name="What it is, in small letters with _: card_number.",
            longest={
                "type": "integer",
                "description": "How many digits it has at most.",
            },
        ),
        has_settings=True,
    ),
    Tool(
        "send_digits",
        "Press keys",
        "write",
        8_000,
        "Press keys of the telephone, to find the way through a menu of another company"
        " or to give an extension.",
        _schema("digits", digits="0 to 9, * and #; w waits for half a second."),
    ),
    Tool(
        "schedule_callback",
        "Call back later",
        "write",
        4_000,
        "Promise to call the caller back at a time they named.",
        _schema(
            "at",
            at=_WHEN,
            phone="The number to call, if it is not the one they call from.",
            reason="What the call will be about.",
        ),
    ),
    Tool(
        "check_calendar_availability",
        "Look for free times",
        "read",
        4_000,
        "Tell which times are free. Never offer a time without asking here first.",
        _schema("start", "end", start=_WHEN, end=_WHEN),
        "calendar",
    ),
    Tool(
        "list_calendar_events",
        "List appointments",
        "read",
        4_000,
        "List the caller's appointments in a span of time.",
        _schema("start", "end", start=_WHEN, end=_WHEN, phone=_EVENT["phone"]),
        "calendar",
    ),
    Tool(
        "create_calendar_event",
        "Book an appointment",
        "write",
        6_000,
        "Book an appointment at a free time the caller has agreed to.",
        _schema("title", "start", "end", **_EVENT),
        "calendar",
    ),
    Tool(
        "update_calendar_event",
        "Move an appointment",
        "write",
        6_000,
        "Change an appointment that exists.",
        _schema("event_id", event_id="The appointment's id.", **_EVENT),
        "calendar",
    ),
    Tool(
        "delete_calendar_event",
        "Cancel an appointment",
        "write",
        6_000,
        "Cancel an appointment that exists.",
        _schema("event_id", event_id="The appointment's id."),
        "calendar",
    ),
    Tool(
        "lookup_customer",
        "Look up the customer",
        "read",
        4_000,
        "Tell what is known about a customer.",
        _schema(phone=_EVENT["phone"], email="Email address.", name="Full name."),
        "crm",
    ),
    Tool(
        "lookup_ticket",
        "Look up a ticket",
        "read",
        4_000,
        "Tell how a ticket stands.",
        _schema("ticket_id", ticket_id="The ticket's number."),
        "ticketing",
    ),
    Tool(
        "create_ticket",
        "Open a ticket",
        "write",
        6_000,
        "Open a ticket for what the caller reports.",
        _schema(
            "subject",
            "description",
            subject="The matter in one line.",
            description="What happened, in the caller's words.",
            priority={"type": "string", "enum": ["low", "normal", "high", "urgent"]},
        ),
        "ticketing",
    ),
    Tool(
        "send_whatsapp_message",
        "Send a WhatsApp message",
        "write",
        6_000,
        "Send the caller a WhatsApp message with what they asked for.",
        _schema("text", text="The message.", phone=_EVENT["phone"]),
        "messaging",
    ),
    Tool(
        "send_telegram_message",
        "Send a Telegram message",
        "write",
        6_000,
        "Send the caller a Telegram message with what they asked for.",
        _schema("text", text="The message."),
        "messaging",
    ),
    Tool(
        "send_asset",
        "Send a file",
        "write",
        6_000,
        "Send the caller a file, such as a brochure.",
        _schema("asset", asset="Which one.", phone=_EVENT["phone"]),
        "messaging",
    ),
    Tool(
        "call_webhook",
        "Ask your own server",
        "write",
        6_000,
        "",
        has_settings=True,
    ),
    Tool(
        "mcp_server",
        "Use an MCP server",
        "write",
        3_000,
        "",
        has_settings=True,
    ),
)
BY_ID = {tool.id: tool for tool in TOOLS}
MANY = ("call_webhook", "mcp_server")  # an agent may have several of these

# Why a tool cannot be used, in words that say how to mend it.
REASONS = {
    "agent_tool_disabled": "It is switched off in this agent.",
    "missing_credential": "Connect an app for it under Settings, Connectors.",
    "missing_caller_phone": "The caller's number is not known in this call.",
    "missing_transfer_number": "Say which number to hand over to.",
    "missing_telegram_chat_id": "The caller's Telegram chat is not known.",
    "auth_error": "The app refused the key. Connect it again under Connectors.",
    "credential_expired": "The key has expired. Connect the app again.",
    "context_missing": "Nothing has been added under Knowledge.",
    "policy_blocked": "Caller memory is switched off for this agent.",
    "not_supported_in_runtime": "Only on phone calls.",
    "provider_not_configured": "Its settings are not complete.",
    "runtime_not_initialized": "The server could not be asked what it offers.",
    "rate_limited": "It was used too often in this call.",
}
