"""Settings → Retention: how long calls stay, what is masked, holds, and one person."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import (
    require_GET,
    require_http_methods,
    require_POST,
)
from django_htmx.http import trigger_client_event

from accounts.access import StudioRequest, studio
from agents.models import Agent
from common import clock
from common.errors import Refusal
from common.streaming import streamed
from common.wording import number as spoken_number
from intelligence import people, retention
from intelligence.models import LegalHold, Redaction, RetentionPolicy
from intelligence.retention import Window

ARTEFACTS = {
    "recording": ("Recordings", "Both channels"),
    "transcript": ("Transcripts", "What was said, line by line"),
    "detail": ("Events and reply times", "Tools, keypad entries, interruptions"),
    "analysis": (
        "Summaries and extracted fields",
        "What was worked out after the call",
    ),
    "webhook": ("Webhook payloads", "Copies of what was sent"),
    "call": ("Call rows", "Who, when, how long, what it cost"),
}
DAYS = {
    1: "1 day", 7: "7 days", 14: "14 days", 30: "30 days", 60: "60 days", 90: "90 days",
    180: "180 days", 365: "1 year", 730: "2 years", 1_825: "5 years", 2_555: "7 years",
}  # fmt: skip
MASKED = {
    "card": ("Card numbers", "Sixteen digits or so, spoken or typed"),
    "bank": ("Account numbers", "IBANs with the right sum"),
    "birth": ("Dates of birth", "Where the talk is of a birthday"),
    "code": ("Codes and PINs", "Where one was asked for"),
    "keypad": ("Everything typed on the keypad", "Shown as ••••"),
    "phone": ("Phone numbers", "Masked in what was said, not in the call’s row"),
    "email": ("E-mail addresses", "Written or spelt"),
    "name": ("Names", "Those by which callers introduce themselves"),
}
HOURS = {0: "Never", 24: "For 1 day", 72: "For 3 days", 720: "For 30 days"}


@require_GET
@studio("administer")
def page(request: StudioRequest) -> HttpResponse:
    """Show how long calls stay."""
    return render(request, "intelligence/retention/page.html", _words(request))


@require_POST
@studio("administer")
def keep(request: StudioRequest) -> HttpResponse:
    """Set how long each part of a call stays in the workspace."""
    retention.change(request.workspace, days=_days(request), by=request.user)
    return _part(request, "keep", saved=True)


@require_POST
@studio("administer")
def masked(request: StudioRequest) -> HttpResponse:
    """Set what is masked, and how long the original is kept."""
    hours = request.POST.get("original_hours", "0")
    retention.mask(
        request.workspace,
        kinds=[kind for kind in MASKED if request.POST.get(kind)],
        original_hours=int(hours) if hours in map(str, HOURS) else 0,
        by=request.user,
    )
    return _part(request, "masked", saved=True)


@require_http_methods(["GET", "POST"])
@studio("administer")
def agent(request: StudioRequest, agent_id: UUID) -> HttpResponse:
    """Give one agent's calls windows of their own, or the workspace's again."""
    own = request.workspace.agents.filter(deleted_at=None)
    found: Agent = get_object_or_404(own, pk=agent_id)
    if request.method == "GET":
        words = {"agent": found, **_windows(request, found)}
        return render(request, "intelligence/retention/_agent.html", words)
    if request.POST.get("follow"):
        retention.follow_workspace(found, by=request.user)
    else:
        days = _days(request)
        retention.change(request.workspace, days=days, by=request.user, agent=found)
    return trigger_client_event(_part(request, "agents"), "dialog:close")


@require_POST
@studio("administer")
def hold(request: StudioRequest) -> HttpResponse:
    """Keep everything, whatever the policy says."""
    retention.hold(
        request.workspace, reason=request.POST.get("reason", ""), by=request.user
    )
    return _part(request, "holds")


@require_POST
@studio("administer")
def release(request: StudioRequest, hold_id: UUID) -> HttpResponse:
    """Let the policy count again."""
    found = get_object_or_404(LegalHold, pk=hold_id, workspace=request.workspace)
    retention.release(found, by=request.user, now=clock.now())
    return _part(request, "holds")


@require_POST
@studio("administer")
def person(request: StudioRequest) -> HttpResponse:
    """Show what is kept of one person."""
    try:
        number = people.number_of(request.POST.get("number", ""))
    except Refusal as refusal:
        words = {"refusal": refusal, "number": request.POST.get("number", "")}
        return render(request, "intelligence/retention/_lookup.html", words, status=422)
    return _person(request, number)


@require_POST
@studio("administer")
def export(request: StudioRequest) -> HttpResponseBase:
    """Send everything that is kept of one person."""
    number = people.number_of(request.POST.get("number", ""))
    pieces = people.export(request.workspace, number, by=request.user)
    response = streamed(request, pieces, content_type="application/zip")
    name = f"person-{timezone.localdate():%Y-%m-%d}.zip"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@require_POST
@studio("administer")
def erase(request: StudioRequest) -> HttpResponse:
    """Erase one person, once their last four digits were typed."""
    number = people.number_of(request.POST.get("number", ""))
    if request.POST.get("confirmed", "").strip() != number[-4:]:
        return _person(request, number, wrong=True, status=422)
    receipt = people.erase(request.workspace, number, by=request.user, now=clock.now())
    response = render(
        request, "intelligence/retention/_erased.html", {"receipt": receipt}
    )
    return trigger_client_event(response, "person:erased")


@require_GET
@studio("administer")
def receipts(request: StudioRequest) -> HttpResponse:
    """List what was erased."""
    return _part(request, "receipts")


# ---------------------------------------------------------------- the parts


def _person(
    request: StudioRequest, number: str, *, wrong: bool = False, status: int = 200
) -> HttpResponse:
    words = {
        "number": number,
        "spoken": spoken_number(number),
        "found": people.find(request.workspace, number),
        "wrong": wrong,
    }
    return render(request, "intelligence/retention/_person.html", words, status=status)


def _part(request: StudioRequest, name: str, **more: Any) -> HttpResponse:
    template = f"intelligence/retention/page.html#{name}"
    return render(request, template, {**_words(request), **more})


def _words(request: StudioRequest) -> dict[str, Any]:
    workspace = request.workspace
    policy = retention.policy_of(workspace)
    own = set(
        RetentionPolicy.objects.filter(workspace=workspace)
        .exclude(agent=None)
        .values_list("agent_id", flat=True)
    )
    agents = workspace.agents.filter(deleted_at=None).order_by("name")[:200]
    return {
        **_windows(request, None),
        "policy": policy,
        "masked": [
            (kind, *told, kind in policy.masked) for kind, told in MASKED.items()
        ],
        "hours": HOURS.items(),
        "masked_lately": _masked_lately(request),
        "agents": [(each, each.pk in own) for each in agents],
        "holds": retention.held_calls(workspace).select_related("created_by")[:50],
        "receipts": workspace.erasure_receipts.select_related("erased_by").order_by(
            "-created_at"
        )[:20],
    }


def _windows(request: StudioRequest, agent: Agent | None) -> dict[str, Any]:
    cap = retention.cap_of(request.workspace)
    found = retention.windows(retention.policy_of(request.workspace, agent), cap)
    return {
        "cap": cap,
        "rows": [
            (name, *ARTEFACTS[name], _choices(window)) for name, window in found.items()
        ],
    }


def _choices(window: Window) -> list[tuple[int, str, bool]]:
    """Return what may be chosen: nothing beyond the plan, and what stands."""
    days = {d for d in DAYS if window.cap is None or d <= window.cap} | {window.days}
    return [
        (each, DAYS.get(each, f"{each} days"), each == window.days)
        for each in sorted(days)
    ]


def _days(request: StudioRequest) -> Mapping[str, int | None]:
    found: dict[str, int | None] = {}
    for name in ARTEFACTS:
        text = request.POST.get(name, "")
        if text.isdigit() and len(text) < 6:
            found[name] = int(text)
    return found


def _masked_lately(request: StudioRequest) -> int:
    """Count what was masked in the last calls in which anything was."""
    latest = Redaction.objects.filter(workspace=request.workspace).order_by(
        "-created_at"
    )
    return sum(
        sum(row.values()) for row in latest.values_list("counts", flat=True)[:500]
    )
