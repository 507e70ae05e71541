"""Settings → Webhooks: the endpoints."""

from typing import Any
from uuid import UUID

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

from accounts.access import StudioRequest, studio
from common import clock
from webhooks import catalogue, endpoints, outbox, reports
from webhooks.models import Endpoint
from webhooks.models.endpoint import ALL
from webhooks.studio.deliveries import listing, shown

DRAWER = "webhooks/_endpoint.html"
SECRET = "webhooks/_secret.html"  # noqa: S105 (a template)
CHANGED = "webhooks:changed"
FIRST_CHOICE = ("call.completed", "call.intelligence.ready")


@require_GET
@studio("administer")
def page(request: StudioRequest) -> HttpResponse:
    """Show endpoints and, below, what was sent to them."""
    context = {
        "rows": reports.endpoint_rows(request.workspace, clock.now()),
        **listing(request),
    }
    template = "webhooks/list.html" + ("#endpoints" if request.htmx else "")
    return render(request, template, context)


@sensitive_variables()
@never_cache
@require_http_methods(["GET", "POST"])
@studio("administer")
def new(request: StudioRequest) -> HttpResponse:
    """Ask where events go; then show the secret once."""
    if not request.htmx:
        return redirect("webhooks:endpoint-list")
    asked = _asked(request)
    if request.method == "GET":
        asked |= {"url": "https://", "events": FIRST_CHOICE}
        return render(request, DRAWER, _form(asked))
    try:
        made = endpoints.create(
            workspace=request.workspace,
            secret=request.POST.get("secret", ""),
            by=request.user,
            **asked,
        )
    except endpoints.Invalid as refusal:
        return render(request, DRAWER, _form(asked, refusal=refusal), status=422)
    context = {"endpoint": made, "secret": made.secret, "is_new": True}
    return trigger_client_event(render(request, SECRET, context), CHANGED)


@sensitive_variables()
@never_cache
@require_http_methods(["GET", "POST"])
@studio("administer")
def detail(request: StudioRequest, endpoint_id: UUID) -> HttpResponse:
    """Show one endpoint and save what was changed."""
    endpoint = _endpoint(request, endpoint_id)
    if not request.htmx:
        return redirect("webhooks:endpoint-list")
    if request.method == "GET":
        return _drawer(request, endpoint)
    asked = _asked(request)
    try:
        endpoints.change(endpoint, by=request.user, **asked)
    except endpoints.Invalid as refusal:
        context = _form(asked, endpoint=endpoint, refusal=refusal)
        return render(request, DRAWER, context, status=422)
    return _done("Saved.")


@require_POST
@studio("administer")
def pause(request: StudioRequest, endpoint_id: UUID) -> HttpResponse:
    """Send nothing any more."""
    endpoint = _endpoint(request, endpoint_id)
    endpoints.pause(endpoint, by=request.user)
    return trigger_client_event(_drawer(request, endpoint), CHANGED)


@require_POST
@studio("administer")
def resume(request: StudioRequest, endpoint_id: UUID) -> HttpResponse:
    """Send again what comes from here on."""
    endpoint = _endpoint(request, endpoint_id)
    endpoints.resume(endpoint, by=request.user)
    return trigger_client_event(_drawer(request, endpoint), CHANGED)


@sensitive_variables()
@never_cache
@require_POST
@studio("administer")
def secret(request: StudioRequest, endpoint_id: UUID) -> HttpResponse:
    """Make another secret and show it once."""
    endpoint = _endpoint(request, endpoint_id)
    fresh = endpoints.replace_secret(endpoint, by=request.user)
    return render(request, SECRET, {"endpoint": endpoint, "secret": fresh})


@require_POST
@studio("administer")
def secret_former(request: StudioRequest, endpoint_id: UUID) -> HttpResponse:
    """End the former secret before its day is over."""
    endpoint = _endpoint(request, endpoint_id)
    endpoints.drop_previous_secret(endpoint, by=request.user)
    return _drawer(request, endpoint)


@require_POST
@studio("administer")
def sample(request: StudioRequest, endpoint_id: UUID) -> HttpResponse:
    """Send an example and show what comes of it."""
    endpoint = _endpoint(request, endpoint_id)
    if not endpoint.is_active:
        raise endpoints.NotActive("The endpoint is paused. Resume it, then try it.")
    event = request.POST.get("event", "")
    event = event if event in catalogue.KINDS else FIRST_CHOICE[0]
    delivery = outbox.post_sample(endpoint, event)
    return trigger_client_event(shown(request, delivery), CHANGED)


@require_POST
@studio("administer")
def deletion(request: StudioRequest, endpoint_id: UUID) -> HttpResponse:
    """Take an endpoint away."""
    endpoint = _endpoint(request, endpoint_id)
    endpoints.delete(endpoint, by=request.user)
    return _done(f"{endpoint.host} is deleted.")


def _endpoint(request: StudioRequest, endpoint_id: UUID) -> Endpoint:
    own = request.workspace.webhook_endpoints.present()
    found: Endpoint = get_object_or_404(own, pk=endpoint_id)
    return found


def _asked(request: StudioRequest) -> dict[str, Any]:
    """Return the form as it was filled in, in the words of ``endpoints``."""
    data = request.POST
    every = data.get("every") == "1"
    return {
        "url": data.get("url", "").strip(),
        "events": [ALL] if every else data.getlist("events"),
        "alert_email": data.get("alert_email", "").strip(),
        "is_patient": data.get("retries") == "long",
    }


def _drawer(request: StudioRequest, endpoint: Endpoint) -> HttpResponse:
    asked = {
        "url": endpoint.url,
        "events": endpoint.events,
        "alert_email": endpoint.alert_email,
        "is_patient": endpoint.is_patient,
    }
    return render(request, DRAWER, _form(asked, endpoint=endpoint))


def _form(
    asked: dict[str, Any],
    *,
    endpoint: Endpoint | None = None,
    refusal: endpoints.Invalid | None = None,
) -> dict[str, Any]:
    chosen = set(asked["events"])
    held = endpoint and endpoint.deliveries.filter(state="held")[:1].exists()
    return {
        "endpoint": endpoint,
        "asked": asked,
        "every": ALL in chosen,
        "chosen": chosen,
        "groups": catalogue.GROUPS,
        "others": sorted(chosen - catalogue.KINDS.keys() - {ALL}),
        "kinds": catalogue.KINDS,
        "both_secrets": endpoint and len(endpoint.live_secrets(clock.now())) > 1,
        "has_held": held,
        "refusal": refusal,
    }


def _done(words: str) -> HttpResponse:
    """Close the drawer and say what was done."""
    response = HttpResponse(status=204)
    trigger_client_event(response, "dialog:close")
    trigger_client_event(response, CHANGED)
    return trigger_client_event(response, "toast", {"text": words})
