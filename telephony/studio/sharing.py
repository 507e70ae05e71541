"""Share & testers: an agent's public link, and people who try its draft."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
)
from django_htmx.http import reswap, retarget, trigger_client_event

from accounts.access import NotAllowed, StudioRequest, studio
from agents import share_links, testers
from agents.models import Agent, ShareLink
from common.errors import Refusal
from telephony import shared_calls

PANEL = "telephony/share/_panel.html"
# field, its label, unit and help
FIELDS = (
    (
        "minutes_limit",
        "Minutes in the pool",
        "min",
        "Of all calls together, billed here.",
    ),
    ("max_call_seconds", "Longest call", "seconds", ""),
    ("max_concurrent", "Calls at once", "", ""),
    (
        "calls_per_ip_hour",
        "Calls an hour from one place",
        "",
        "Testers have no such limit.",
    ),
)


def _agent(request: StudioRequest, agent_id: UUID) -> Agent:
    own = request.workspace.agents.filter(deleted_at=None)
    agent: Agent = get_object_or_404(own, pk=agent_id)
    agent.workspace = request.workspace
    return agent


def _words(request: StudioRequest, agent: Agent) -> dict[str, Any]:
    link = share_links.of(agent)
    return {
        "agent": agent,
        "link": link,
        "url": share_links.url(link) if link else "",
        "minutes_used": round(shared_calls.seconds_used(link) / 60, 1) if link else 0,
        "limits": _limits(link or ShareLink(agent=agent)),
        "testers": shared_calls.testers(agent),
        "may_edit": request.may("edit"),
    }


def _limits(link: ShareLink) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "label": label,
            "unit": unit,
            "help": told or "{:,} to {:,}".format(*share_links.LIMITS[name]),
            "least": share_links.LIMITS[name][0],
            "most": share_links.LIMITS[name][1],
            "value": getattr(link, name),
        }
        for name, label, unit, told in FIELDS
    ]


@require_http_methods(["GET", "POST"])
@studio()
def panel(request: StudioRequest, agent_id: UUID) -> HttpResponse:
    """Show how the agent is shared; a POST changes what it names."""
    agent = _agent(request, agent_id)
    if request.method == "GET":
        return render(request, PANEL, _words(request, agent))
    if not request.may("edit"):
        raise NotAllowed("Your role does not let you share agents. Ask an editor.")
    try:
        share_links.put(agent, fields=_read(request), by=request.user)
    except Refusal as refusal:
        told = {"refusal": refusal}
        response = render(request, "telephony/share/_refusal.html", told, status=422)
        return reswap(retarget(response, "#share-said"), "innerHTML")
    if "switch" in request.POST:
        return render(request, PANEL, _words(request, agent))
    return render(request, "telephony/share/_saved.html")


def _read(request: StudioRequest) -> dict[str, Any]:
    """Return the link's fields that the form holds."""
    if "switch" in request.POST:
        return {"enabled": request.POST.get("enabled") == "on"}
    found: dict[str, Any] = {}
    for name, label, *_ in FIELDS:
        text = request.POST.get(name, "").strip()
        if not (text.isascii() and text.isdigit() and len(text) < 9):
            least, most = share_links.LIMITS[name]
            raise share_links.Invalid(
                f"{label}: a whole number from {least} to {most:,}."
            )
        least, most = share_links.LIMITS[name]
        if not least <= int(text) <= most:
            raise share_links.Invalid(f"{label}: {least} to {most:,}.")
        found[name] = int(text)
    return found


@require_POST
@studio("edit")
def renewal(request: StudioRequest, agent_id: UUID) -> HttpResponse:
    """Give the link another address."""
    agent = _agent(request, agent_id)
    share_links.regenerate(agent, by=request.user)
    response = render(request, PANEL, _words(request, agent))
    said = {"text": "The link has another address. The old one stopped."}
    return trigger_client_event(response, "toast", said)


@sensitive_variables("link")
@require_http_methods(["GET", "POST"])
@studio("edit")
def invite(request: StudioRequest, agent_id: UUID) -> HttpResponse:
    """Ask whom to invite; answer with the link that was sent."""
    agent = _agent(request, agent_id)
    told: dict[str, Any] = {"agent": agent, "email": request.POST.get("email", "")}
    status = 200
    if request.method == "POST":
        try:
            tester, link = testers.invite(agent, email=told["email"], by=request.user)
            told |= {"tester": tester, "link": link}
        except Refusal as refusal:
            told["refusal"], status = refusal, 422
    response = render(request, "telephony/share/_invite.html", told, status=status)
    if request.method == "POST":
        trigger_client_event(response, "share:changed")
    return response


@require_POST
@studio("edit")
def again(request: StudioRequest, agent_id: UUID, tester_id: UUID) -> HttpResponse:
    """Send the letter once more, with a fresh link."""
    agent = _agent(request, agent_id)
    tester = testers.of(agent, tester_id)
    testers.send_again(tester, by=request.user)
    response = render(request, PANEL, _words(request, agent))
    said = {"text": f"Sent again to {tester.email}. The old link stopped."}
    return trigger_client_event(response, "toast", said)


@require_POST
@studio("edit")
def removal(request: StudioRequest, agent_id: UUID, tester_id: UUID) -> HttpResponse:
    """Take a tester's link back."""
    agent = _agent(request, agent_id)
    testers.revoke(testers.of(agent, tester_id), by=request.user)
    return render(request, PANEL, _words(request, agent))
