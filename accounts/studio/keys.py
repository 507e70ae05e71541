"""Settings → API keys."""

from datetime import timedelta
from typing import Any
from uuid import UUID

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

from accounts import keys
from accounts.access import StudioRequest, studio
from accounts.models import ApiKey
from accounts.models.key import EVERYTHING
from common import clock
from common.errors import Refusal

PER_PAGE = 50
LIVES = {"365": "In 1 year", "90": "In 90 days", "": "Never"}
TITLES = {"dnc": "Do-not-call list", "keys": "API keys", "tool_secrets": "Tool secrets"}
LEVELS = ("none", "read", "write")


def _listing(request: StudioRequest) -> dict[str, Any]:
    live = request.workspace.api_keys.secret().live(clock.now())
    live = live.select_related("created_by").order_by("-created_at")
    return {"keys": Paginator(live, PER_PAGE).get_page(request.GET.get("page"))}


@require_GET
@studio("administer")
def page(request: StudioRequest) -> HttpResponse:
    """Show the keys that open doors."""
    template = "accounts/keys.html" + ("#keys" if request.htmx else "")
    return render(request, template, _listing(request))


@sensitive_variables("raw")
@never_cache
@require_http_methods(["GET", "POST"])
@studio("administer")
def new(request: StudioRequest) -> HttpResponse:
    """Ask what the key is for; show it once."""
    if not request.htmx:
        return redirect("accounts:key-list")
    words = _asked(request)
    if request.method == "GET":
        return render(request, "accounts/_key_new.html", words)
    try:
        key, raw = keys.create(
            workspace=request.workspace,
            kind=ApiKey.Kind.WORKSPACE,
            label=words["label"],
            scopes=words["scopes"],
            expires_at=words["expires_at"],
            by=request.user,
        )
    except Refusal as refusal:
        words["refusal"] = refusal
        return render(request, "accounts/_key_new.html", words, status=422)
    response = render(request, "accounts/_key_shown.html", {"key": key, "raw": raw})
    return trigger_client_event(response, "keys:changed")


def _asked(request: StudioRequest) -> dict[str, Any]:
    """Return the form as it was filled in; at first: reading only, for a year."""
    data = request.POST
    levels = {name: data.get(name, "none") for name in keys.RESOURCES}
    if request.method == "GET":
        levels = dict.fromkeys(keys.RESOURCES, "read")
    everything = data.get("reach") == "everything"
    life = data.get("life", "365")
    chosen = [f"{name}:{level}" for name, level in levels.items() if level != "none"]
    return {
        "label": data.get("label", "").strip(),
        "levels": [(name, _title(name), level) for name, level in levels.items()],
        "choices": LEVELS,
        "everything": everything,
        "scopes": [EVERYTHING] if everything else chosen,
        "life": life,
        "lives": LIVES.items(),
        "expires_at": clock.now() + timedelta(days=int(life))
        if life in LIVES and life
        else None,
    }


def _title(resource: str) -> str:
    """Name a resource as pages do."""
    return TITLES.get(resource, resource.capitalize())


@require_POST
@studio("administer")
def revocation(request: StudioRequest, key_id: UUID) -> HttpResponse:
    """Shut a key out."""
    key = get_object_or_404(request.workspace.api_keys, pk=key_id)
    keys.revoke(key, by=request.user)
    return render(request, "accounts/keys.html#keys", _listing(request))
