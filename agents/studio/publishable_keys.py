"""Settings → API keys: the keys that web pages hold, each for one agent."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import (
    require_GET,
    require_http_methods,
    require_POST,
)
from django_htmx.http import trigger_client_event

from accounts import browser_origins, keys
from accounts.access import StudioRequest, studio
from accounts.models import ApiKey
from agents.models import Agent
from common import clock
from common.errors import Refusal

PER_PAGE = 50
EXAMPLE = settings.BASE_DIR / "docs" / "examples" / "browser-call.html"
AT_ONCE = {"1": "1", "2": "2", "5": "5", "10": "10", "": "As the plan allows"}
LENGTHS = {
    "60": "1 minute",
    "180": "3 minutes",
    "600": "10 minutes",
    "": "As the agent’s settings say",
}


@require_GET
@studio("administer")
def panel(request: StudioRequest) -> HttpResponse:
    """Show the keys, and what each may start."""
    if not request.htmx:
        return redirect("accounts:key-list")
    return render(request, "agents/publishable/_panel.html", _listing(request))


def _listing(request: StudioRequest) -> dict[str, Any]:
    live = request.workspace.api_keys.publishable().live(clock.now())
    page = Paginator(live.order_by("-created_at"), PER_PAGE)
    found = page.get_page(request.GET.get("page"))
    agents = request.workspace.agents.in_bulk([key.agent_id for key in found])
    return {
        "page": found,
        "rows": [_row(key, agents.get(key.agent_id)) for key in found],
        "has_agents": request.workspace.agents.filter(deleted_at=None).exists(),
    }


def _row(key: ApiKey, agent: Agent | None) -> dict[str, Any]:
    at_once, longest_s = key.max_concurrent, key.max_call_seconds
    return {
        "key": key,
        "agent": agent.name if agent else "An agent that was deleted",
        "pages": [each.removeprefix("https://") for each in key.allowed_origins],
        "at_once": f"{at_once} at once" if at_once else "as many as the plan allows",
        "longest": f"{longest_s / 60:g} min each" if longest_s else "any length",
    }


@sensitive_variables("raw")
@never_cache
@require_http_methods(["GET", "POST"])
@studio("administer")
def new(request: StudioRequest) -> HttpResponse:
    """Ask whom the key calls, and from which pages; show it once."""
    if not request.htmx:
        return redirect("accounts:key-list")
    words = _asked(request)
    if request.method == "GET":
        return render(request, "agents/publishable/_new.html", words)
    try:
        key, raw = _made(request, words)
    except Refusal as refusal:
        words["refusal"] = refusal
        return render(request, "agents/publishable/_new.html", words, status=422)
    shown = {"key": key, "raw": raw, "example": _example(key, raw)}
    response = render(request, "agents/publishable/_made.html", shown)
    return trigger_client_event(response, "publishable:changed")


def _asked(request: StudioRequest) -> dict[str, Any]:
    """Return the form as it was filled in; at first: two calls of three minutes."""
    asked = request.POST if request.method == "POST" else request.GET
    return {
        "agents": request.workspace.agents.filter(deleted_at=None).order_by("name"),
        "agent_id": asked.get("agent", ""),
        "label": asked.get("label", "").strip(),
        "pages": asked.get("pages", ""),
        "at_once": asked.get("at_once", "2"),
        "length": asked.get("length", "180"),
        "at_once_choices": AT_ONCE.items(),
        "length_choices": LENGTHS.items(),
    }


def _made(request: StudioRequest, words: dict[str, Any]) -> tuple[ApiKey, str]:
    agents = {str(agent.pk): agent for agent in words["agents"]}
    agent = agents.get(words["agent_id"])
    if words["at_once"] not in AT_ONCE or words["length"] not in LENGTHS:
        raise keys.Invalid("Choose how many calls, and of what length, it may start.")
    return keys.create(
        workspace=request.workspace,
        kind=ApiKey.Kind.PUBLISHABLE,
        label=words["label"],
        agent_id=agent.pk if agent else None,
        allowed_origins=browser_origins.read(words["pages"]),
        max_concurrent=_number(words["at_once"]),
        max_call_seconds=_number(words["length"]),
        by=request.user,
    )


def _number(chosen: str) -> int | None:
    return int(chosen) if chosen else None


def _example(key: ApiKey, raw: str) -> str:
    """Return a page that talks to the agent with this key."""
    filled = EXAMPLE.read_text()
    for blank, value in (
        ("https://voice.example.com", settings.PUBLIC_BASE_URL),
        ("sb_publishable_…", raw),
        ("the agent's id", str(key.agent_id)),
        (" // yours", ""),
    ):
        filled = filled.replace(blank, value, 1)
    return filled


@require_POST
@studio("administer")
def revocation(request: StudioRequest, publishable_key_id: UUID) -> HttpResponse:
    """Shut a key out."""
    own = request.workspace.api_keys.publishable()
    keys.revoke(get_object_or_404(own, pk=publishable_key_id), by=request.user)
    return render(request, "agents/publishable/_panel.html", _listing(request))
