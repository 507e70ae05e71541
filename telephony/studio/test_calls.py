"""The door of the test panel: start a call to the draft, and its receipt."""

from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_http_methods

from accounts.access import StudioRequest, studio
from agents.models import Agent
from common.errors import Refusal
from telephony import calls
from telephony.models import Call

RECENT = 3
VARIABLE = "variables."


@require_http_methods(["GET", "POST"])
@studio("talk")
def test_calls(request: StudioRequest, agent_id: UUID) -> HttpResponse:
    """Start a test call, or show the last few."""
    agent = get_object_or_404(
        Agent, workspace=request.workspace, id=agent_id, deleted_at=None
    )
    return (
        _create(request, agent) if request.method == "POST" else _list(request, agent)
    )


@require_http_methods(["GET"])
@studio("talk")
def test_call_detail(
    request: StudioRequest, agent_id: UUID, call_id: UUID
) -> HttpResponse:
    """Show what an ended test cost and how quick it was."""
    call = get_object_or_404(
        Call, workspace=request.workspace, agent_id=agent_id, id=call_id
    )
    return render(request, "telephony/test_call/_receipt.html", {"call": call})


def _create(request: StudioRequest, agent: Agent) -> HttpResponse:
    try:
        call, token = calls.start_test(
            agent=agent,
            by=request.user,
            mode="text" if request.POST.get("mode") == "text" else "voice",
            origin=request.headers.get("Origin", ""),
            variables={
                name.removeprefix(VARIABLE): value
                for name, value in request.POST.items()
                if name.startswith(VARIABLE) and isinstance(value, str)
            },
        )
    except Refusal as refusal:
        return JsonResponse(
            {"error": refusal.message, "code": refusal.code}, status=refusal.status
        )
    return JsonResponse(
        {"call_id": str(call.id), "token": token, "url": media_url(request)},
        status=201,
    )


def media_url(request: HttpRequest) -> str:
    """Return where a browser opens its media socket: the page's own host, unless the
    operator has set another one."""
    if settings.MEDIA_BASE_URL != settings.PUBLIC_BASE_URL:
        scheme, _, rest = settings.MEDIA_BASE_URL.partition("://")
    else:
        scheme, rest = request.scheme or "http", request.get_host()
    return f"{'wss' if scheme == 'https' else 'ws'}://{rest}/media/browser/"


def _list(request: StudioRequest, agent: Agent) -> HttpResponse:
    recent = agent.calls.filter(
        workspace=request.workspace, direction=Call.Direction.TEST
    ).order_by("-id")[:RECENT]
    return render(request, "telephony/test_call/_list.html", {"calls": recent})
