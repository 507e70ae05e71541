"""Apps that tools work with: one port, and an HTTP app for each trade.

An HTTP app is any server that answers these requests (JSON both ways, bearer token):

    calendar    GET  /availability?start&end      GET /events?start&end&phone
                POST /events   PATCH /events/{event_id}   DELETE /events/{event_id}
    crm         GET  /customers?phone&email&name
    ticketing   GET  /tickets/{ticket_id}         POST /tickets
    messaging   POST /messages  {channel, phone, text, asset}

Vendors that are named and not built yet say so on the page.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import orjson

from accounts import audit
from accounts.models import User, Workspace
from agents.models import Connector
from agents.tools import asking, secrets
from common import http
from common.errors import NotFound, Refusal
from voice.ports import ToolOutcome

CATEGORIES = {
    "calendar": "Calendar",
    "crm": "Customers",
    "ticketing": "Tickets",
    "messaging": "Messages",
}
# Known by name, not connected by us yet.
VENDORS = {
    "calendar": ("Google Calendar", "Outlook", "Cal.com"),
    "crm": ("HubSpot", "Salesforce", "Pipedrive"),
    "ticketing": ("Zendesk", "Freshdesk", "Intercom"),
    "messaging": ("WhatsApp Business", "Telegram"),
}
TOKEN = "CONNECTOR_TOKEN"  # noqa: S105  # a name, filled in on the way


class BadConnector(Refusal):
    """The app cannot be connected as it is."""

    code = "invalid_request"


@dataclass(frozen=True, slots=True)
class Route:
    """How an HTTP app is asked for one tool."""

    method: str
    path: str


ROUTES = {
    "check_calendar_availability": Route("GET", "/availability"),
    "list_calendar_events": Route("GET", "/events"),
    "create_calendar_event": Route("POST", "/events"),
    "update_calendar_event": Route("PATCH", "/events/{event_id}"),
    "delete_calendar_event": Route("DELETE", "/events/{event_id}"),
    "lookup_customer": Route("GET", "/customers"),
    "lookup_ticket": Route("GET", "/tickets/{ticket_id}"),
    "create_ticket": Route("POST", "/tickets"),
    "send_whatsapp_message": Route("POST", "/messages"),
    "send_telegram_message": Route("POST", "/messages"),
    "send_asset": Route("POST", "/messages"),
}
CHANNELS = {
    "send_whatsapp_message": "whatsapp",
    "send_telegram_message": "telegram",
    "send_asset": "file",
}


@dataclass(frozen=True, slots=True)
class App:
    """A connected app as one call needs it. ``repr`` shows no token."""

    base_url: str
    token: str

    def __repr__(self) -> str:
        return f"App({self.base_url})"

    async def run(
        self, tool: str, arguments: Mapping[str, Any], *, timeout_s: float
    ) -> ToolOutcome:
        """Ask the app."""
        route = ROUTES[tool]
        given = {name: value for name, value in arguments.items() if value is not None}
        path = route.path
        for name in ("event_id", "ticket_id"):
            if f"{{{name}}}" in path:
                path = path.replace(
                    f"{{{name}}}", quote(str(given.pop(name, "")), safe="")
                )
        if tool in CHANNELS:
            given["channel"] = CHANNELS[tool]
        url, content = f"{self.base_url.rstrip('/')}{path}", b""
        if route.method == "GET":
            url = asking.with_query(url, given)
        elif route.method != "DELETE":
            content = orjson.dumps(given)
        host = secrets.host_of_url(url)
        bearer = (
            {"Authorization": f"Bearer {{{{secrets.{TOKEN}}}}}"} if self.token else {}
        )
        return await asking.send(
            route.method,
            url,
            headers=bearer,
            content=content,
            secrets_kept={TOKEN: (host, self.token)},
            paths=[],
            timeout_s=timeout_s,
        )


def connect(
    *,
    workspace: Workspace,
    category: str,
    name: str,
    base_url: str,
    token: str,
    by: User | None,
) -> Connector:
    """Connect an HTTP app in the place of any other of its trade."""
    if category not in CATEGORIES:
        raise BadConnector("There are apps for calendar, crm, ticketing and messaging.")
    base_url = base_url.strip()
    try:
        http.check(base_url, https_only=True)
    except http.Forbidden as error:
        raise BadConnector(str(error)) from None
    if len(base_url) > 500 or "?" in base_url or "#" in base_url:
        raise BadConnector("Give the address up to where the paths begin, without ?.")
    found = workspace.connectors.filter(category=category).first()
    kept, _ = Connector.objects.update_or_create(
        workspace=workspace,
        category=category,
        defaults={
            "provider": "http",
            "name": " ".join(name.split())[:120] or CATEGORIES[category],
            "base_url": base_url,
            # An empty field keeps the token that is there, for the same address alone.
            "token": token.strip()
            or (found.token if found and found.base_url == base_url else ""),
            "status": Connector.Status.CONNECTED,
            "error": "",
        },
    )
    audit.record(
        workspace=workspace, actor=by, verb="connector.connected", target=kept.name
    )
    return kept


def disconnect(*, workspace: Workspace, category: str, by: User | None) -> None:
    """Forget an app and its token."""
    found = workspace.connectors.filter(category=category).first()
    if found is None:
        raise NotFound("No app of this trade is connected.")
    found.delete()
    audit.record(
        workspace=workspace, actor=by, verb="connector.disconnected", target=found.name
    )


def of(workspace: Workspace) -> dict[str, App]:
    """Return the workspace's apps by trade, as calls need them."""
    return {
        each.category: App(each.base_url, each.token)
        for each in workspace.connectors.filter(status=Connector.Status.CONNECTED)
    }
