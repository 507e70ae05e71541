"""Settings → Connectors: apps that tools work with, and tool secrets."""

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import (
    require_GET,
    require_http_methods,
    require_POST,
)
from django_htmx.http import reswap, retarget, trigger_client_event

from accounts.access import StudioRequest, studio
from agents.tools import connectors, secrets
from agents.tools.catalogue import TOOLS
from common.errors import Refusal
from common.htmx import wants_fragment


def _words(request: StudioRequest) -> dict[str, Any]:
    apps = {each.category: each for each in request.workspace.connectors.all()}
    return {
        "trades": [
            {
                "category": category,
                "title": title,
                "app": apps.get(category),
                "vendors": connectors.VENDORS[category],
                "tools": [tool for tool in TOOLS if tool.category == category],
            }
            for category, title in connectors.CATEGORIES.items()
        ],
        "secrets": request.workspace.tool_secrets.order_by("name").defer("value"),
    }


@require_GET
@studio("administer")
def page(request: StudioRequest) -> HttpResponse:
    """Show what is connected, by trade."""
    part = "#connectors" if wants_fragment(request) else ""
    return render(request, f"agents/connectors.html{part}", _words(request))


@sensitive_post_parameters()
@never_cache
@require_http_methods(["GET", "POST"])
@studio("administer")
def app(request: StudioRequest, category: str) -> HttpResponse:
    """Ask for an app's address and token; connect it."""
    if category not in connectors.CATEGORIES:
        raise Http404
    if not request.htmx:
        return redirect("agents:connector-list")
    if request.method == "GET":
        words = {
            "category": category,
            "title": connectors.CATEGORIES[category],
            "app": request.workspace.connectors.filter(category=category).first(),
            "routes": [
                (tool, connectors.ROUTES[tool.id])
                for tool in TOOLS
                if tool.category == category
            ],
        }
        return render(request, "agents/_connector.html", words)
    try:
        kept = connectors.connect(
            workspace=request.workspace,
            category=category,
            name=request.POST.get("name", ""),
            base_url=request.POST.get("base_url", ""),
            token=request.POST.get("token", ""),
            by=request.user,
        )
    except Refusal as refusal:
        return _refused(request, "The app was not connected", refusal)
    return _done(f"{kept.name} is connected.")


@require_POST
@studio("administer")
def removal(request: StudioRequest, category: str) -> HttpResponse:
    """Forget an app."""
    connectors.disconnect(
        workspace=request.workspace, category=category, by=request.user
    )
    return _done("The app is disconnected, and its token is deleted.")


@sensitive_post_parameters()
@never_cache
@require_http_methods(["GET", "POST"])
@studio("administer")
def secret(request: StudioRequest) -> HttpResponse:
    """Ask for a tool secret; keep it."""
    if not request.htmx:
        return redirect("agents:connector-list")
    if request.method == "GET":
        words = {
            "name": request.GET.get("name", ""),
            "host": request.GET.get("host", ""),
        }
        return render(request, "agents/_tool_secret.html", words)
    try:
        kept = secrets.put(
            workspace=request.workspace,
            name=request.POST.get("name", "").strip(),
            value=request.POST.get("value", ""),
            host=request.POST.get("host", ""),
            by=request.user,
        )
    except Refusal as refusal:
        return _refused(request, "The secret was not kept", refusal)
    return _done(
        f"{kept.name} is kept. Write {{{{secrets.{kept.name}}}}} where it goes."
    )


@require_POST
@studio("administer")
def secret_removal(request: StudioRequest, secret_name: str) -> HttpResponse:
    """Forget a tool secret."""
    secrets.delete(workspace=request.workspace, name=secret_name, by=request.user)
    return _done(f"{secret_name} is deleted.")


def _refused(request: StudioRequest, title: str, refusal: Refusal) -> HttpResponse:
    words = {"title": title, "detail": refusal.message}
    response = render(request, "agents/_provider_said.html", words, status=422)
    return reswap(retarget(response, "#connector-said"), "innerHTML")


def _done(said: str) -> HttpResponse:
    response = HttpResponse(headers={"HX-Reswap": "none"})
    trigger_client_event(response, "dialog:close")
    trigger_client_event(response, "connectors:changed")
    return trigger_client_event(response, "toast", {"text": said})
