"""Home, jumping, and health."""

from django.contrib.auth.decorators import login_required
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views import defaults
from django.views.decorators.http import require_GET, require_POST

from accounts.access import StudioRequest, studio
from billing import reports as billing_reports
from common import clock, ids
from common.api import errors as api_errors
from rymi_site import checklist, circuits
from rymi_site.checklist import Step
from rymi_site.circuits import Circuit
from rymi_site.context import shell_of
from telephony import listing, reports
from telephony.reports import Filters

LATEST = 8  # calls on Home
FOUND = 6  # of each kind; who wants more goes to the list
HIDDEN = "setup_hidden"  # in the session: steps missing when it was hidden, a workspace


@require_GET
@studio()
def home(request: StudioRequest) -> HttpResponse:
    """Show whether it will pick up, and what happened today."""
    shell = shell_of(request)
    now = clock.now()
    live = reports.live(request.workspace)
    recent = reports.call_page(request.workspace, Filters(), size=LATEST)
    shell.live = len(live)  # the sidebar need not ask again
    wires = circuits.of(request.workspace, shell.balance)
    steps = _steps(request, wires)
    context = {
        "wires": wires,
        "ready": sum(wire.is_closed() for wire in wires),
        "steps": steps,
        "next_step": next((step.key for step in steps if not step.is_done), None),
        "live": listing.listed(live, now),
        "recent": listing.listed(recent.rows, now),
        **_money(request),
    }
    return render(request, "studio/home.html", context)


@require_GET
@studio()
def home_wires(request: StudioRequest) -> HttpResponse:
    """Draw the wires anew."""
    wires = circuits.of(request.workspace, shell_of(request).balance)
    return render(request, "studio/home.html#wires", {"wires": wires})


@require_GET
@studio()
def home_live(request: StudioRequest) -> HttpResponse:
    """List the calls that are under way."""
    live = listing.listed(reports.live(request.workspace), clock.now())
    return render(request, "studio/home.html#live", {"live": live})


@require_POST
@studio("edit")
def setup_hidden(request: StudioRequest) -> HttpResponse:
    """Hide the checklist until something else is missing."""
    wires = circuits.of(request.workspace, shell_of(request).balance)
    missing = [step.key for step in _steps(request, wires) if not step.is_done]
    hidden = request.session.get(HIDDEN, {})
    request.session[HIDDEN] = {**hidden, str(request.workspace.pk): missing}
    return redirect("home")


def _steps(request: StudioRequest, wires: list[Circuit]) -> list[Step]:
    """Return the checklist; nothing when it is done, or hidden as it stands."""
    if not request.may("edit"):
        return []
    balance = shell_of(request).balance
    steps = checklist.of(request.workspace, wires, balance)
    steps = [step for step in steps if request.may(step.right)]
    missing = {step.key for step in steps if not step.is_done}
    hidden = request.session.get(HIDDEN, {}).get(str(request.workspace.pk), [])
    return steps if missing - set(hidden) else []


def _money(request: StudioRequest) -> dict[str, object]:
    now = timezone.localtime(clock.now())
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    days = billing_reports.daily(request.workspace, now.date())
    return {
        "today": reports.figures(request.workspace, midnight, now),
        "now": now,
        "days": days,
        "average_micros": sum(day.spent_micros for day in days) // len(days),
    }


@require_GET
@studio()
def jump(request: StudioRequest) -> HttpResponse:
    """Find agents by name and a call by its id, for the palette."""
    wanted = request.GET.get("q", "").strip()
    agents = request.workspace.agents.filter(
        deleted_at=None, name__icontains=wanted
    ).order_by("name")
    call_id = ids.read(wanted)
    call = request.workspace.calls.filter(id=call_id).first() if call_id else None
    found = {"agents": agents[:FOUND] if wanted else [], "call": call}
    return render(request, "studio/_jump.html", found)


@require_GET
def health(request: HttpRequest) -> JsonResponse:
    """Answer a load balancer: the process runs and reaches its database."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return JsonResponse({"status": "ok"})


@login_required
def account(request: HttpRequest) -> HttpResponse:
    """Lead to the one page about how one signs in."""
    return redirect("accounts:profile")


def server_error(request: HttpRequest) -> HttpResponse:
    """Say that we failed: to programs in their shape, to people as a page."""
    if request.path.startswith("/v1/"):
        return api_errors.server_error(request)
    return defaults.server_error(request)
