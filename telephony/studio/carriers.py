"""Numbers → Connect provider: the form is built from what the carrier declares."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST
from django_htmx.http import reswap, retarget

from accounts.access import StudioRequest, studio
from common.errors import Refusal
from telephony import addresses, connections
from telephony.carriers import CARRIERS, Carrier
from telephony.models import CarrierConnection


@sensitive_post_parameters()
@never_cache
@require_http_methods(["GET", "POST"])
@studio("administer")
def carrier_connect(request: StudioRequest) -> HttpResponse:
    """Ask for a carrier's credentials; try them, then keep them."""
    if not request.htmx:
        return redirect("telephony:number-list")
    known = _chosen(request)
    if request.method == "GET":
        return _form(request, known)
    try:
        connection = connections.connect(
            workspace=request.workspace,
            provider=known.name,
            credentials=_given(request, known),
            by=request.user,
        )
    except Refusal as refusal:
        return _said(
            request, "bad", f"{known.title} was not connected", refusal.message
        )
    named = connection.account_name or connection.masked
    return _gone_on(request, f"{known.title} is connected: {named}.", "?open=import")


@sensitive_post_parameters()
@never_cache
@require_POST
@studio("administer")
def carrier_trial(request: StudioRequest) -> HttpResponse:
    """Try credentials and keep nothing; three times in five minutes."""
    known = _chosen(request)
    try:
        account = connections.validate(
            request.workspace, known.name, _given(request, known)
        )
    except Refusal as refusal:
        return _said(
            request, "bad", f"{known.title} could not be tried", refusal.message
        )
    return _said(request, "ok", f"{known.title} accepts them", account.name)


@require_POST
@studio("administer")
def carrier_removal(request: StudioRequest) -> HttpResponse:
    """Forget the carrier."""
    connections.disconnect(workspace=request.workspace, by=request.user)
    return _gone_on(
        request, "The carrier is disconnected, and its credentials are deleted."
    )


def _chosen(request: StudioRequest) -> Carrier:
    data = request.POST if request.method == "POST" else request.GET
    wanted = data.get("carrier", "")
    active = connections.active(request.workspace)
    default = active.provider if active else "twilio"
    known = CARRIERS.get(wanted)
    if known is None or (not known.offered and request.method == "GET"):
        return CARRIERS[default]
    return known


def _given(request: StudioRequest, known: Carrier) -> dict[str, str]:
    given = {
        field.name: request.POST.get(field.name, "").strip() for field in known.fields
    }
    kept = request.workspace.carrier_connections.filter(provider=known.name).first()
    if kept:  # what is kept and secret need not be typed again
        for field in known.fields:
            if field.secret and not given[field.name]:
                given[field.name] = kept.credentials.get(field.name, "")
    return given


def _form(request: StudioRequest, known: Carrier) -> HttpResponse:
    active = connections.active(request.workspace)
    kept = request.workspace.carrier_connections.filter(provider=known.name).first()
    shown: dict[str, Any] = kept.credentials if kept else {}
    here = kept or CarrierConnection(
        workspace=request.workspace, provider=known.name, callback_key="…"
    )
    words = {
        "known": known,
        "carriers": [each for each in CARRIERS.values() if each.offered],
        "fields": [
            (field, "" if field.secret else shown.get(field.name, ""))
            for field in known.fields
        ],
        "kept": kept,
        "active": active,
        "replaces": CARRIERS[active.provider].title
        if active and active.provider != known.name
        else "",
        "answer_url": addresses.answer_url(here),
        "reachable": addresses.is_reachable(),
    }
    return render(request, "telephony/number/_connect.html", words)


def _said(request: StudioRequest, tone: str, title: str, detail: str) -> HttpResponse:
    words = {"tone": tone, "title": title, "detail": detail}
    status = 200 if tone == "ok" else 422
    response = render(request, "agents/_provider_said.html", words, status=status)
    return reswap(retarget(response, "#carrier-said"), "innerHTML")


def _gone_on(request: StudioRequest, said: str, then: str = "") -> HttpResponse:
    """Show the whole page anew: its buttons depend on the carrier, too."""
    messages.success(request, said)
    return HttpResponse(
        headers={"HX-Redirect": reverse("telephony:number-list") + then}
    )
