"""Home, jumping, and health."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views import defaults
from django.views.decorators.http import require_GET

from accounts.access import StudioRequest, studio
from common.api import errors as api_errors

FOUND = 6  # of each kind; who wants more goes to the list


@require_GET
@studio()
def home(request: StudioRequest) -> HttpResponse:
    """Show whether it will pick up, and what happened today."""
    return render(request, "studio/home.html")


@require_GET
@studio()
def jump(request: StudioRequest) -> HttpResponse:
    """Find agents by name and a call by its id, for the palette."""
    wanted = request.GET.get("q", "").strip()
    agents = request.workspace.agents.filter(name__icontains=wanted).order_by("name")
    try:
        call = request.workspace.calls.filter(id=UUID(wanted)).first()
    except ValueError:
        call = None
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
