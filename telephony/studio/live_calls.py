"""Calls that are under way: the board, listening in, adding somebody."""

from dataclasses import dataclass
from uuid import UUID

from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_htmx.http import trigger_client_event

from accounts.access import StudioRequest, studio
from common import clock
from common.errors import Refusal
from common.htmx import wants_fragment
from telephony import listing, participants, reports, supervising
from telephony.listing import ListedCall
from telephony.models import Participant
from telephony.participants import Wanted
from telephony.studio.test_calls import media_url


@dataclass(frozen=True, slots=True)
class BoardRow:
    """A live call as the board draws it."""

    call: ListedCall
    said: str
    by_agent: bool
    said_by: str
    people: int
    can_listen: bool


@require_GET
@studio()
def live_board(request: StudioRequest) -> HttpResponse:
    """Show who is on the line just now; to htmx the rows alone."""
    template = "telephony/call/board.html"
    if wants_fragment(request):
        template += "#rows"
    return render(request, template, {"rows": _rows(request)})


def _rows(request: StudioRequest) -> list[BoardRow]:
    found = reports.board(request.workspace)
    listed = listing.listed([each.row for each in found], clock.now())
    return [
        BoardRow(
            call=call,
            said=each.said,
            by_agent=each.speaker == "agent",
            said_by=each.said_by,
            people=each.people,
            can_listen=each.row.status == "in_progress" and each.row.channel != "text",
        )
        for call, each in zip(listed, found, strict=True)
    ]


@require_POST
@studio("supervise")
def call_supervision(request: StudioRequest, call_id: UUID) -> HttpResponse:
    """Let somebody listen: a token for the browser's socket."""
    call = get_object_or_404(request.workspace.calls, id=call_id)
    try:
        ticket = supervising.listen(
            call, by=request.user, origin=request.headers.get("Origin", "")
        )
    except Refusal as refusal:
        return JsonResponse(
            {"error": refusal.message, "code": refusal.code}, status=refusal.status
        )
    told = {"token": ticket.token, "url": media_url(request), "call_id": str(call.id)}
    return JsonResponse(told, status=201)


@require_http_methods(["GET", "POST"])
@studio("talk")
def call_participants(request: StudioRequest, call_id: UUID) -> HttpResponse:
    """Show the form for adding somebody by phone, and add them."""
    call = get_object_or_404(request.workspace.calls, id=call_id)
    context: dict[str, object] = {"call": call}
    if request.method == "GET":
        return render(request, "telephony/call/_add.html", context)
    number = request.POST.get("number", "").strip()
    try:
        wanted = Wanted(Participant.Transport.PSTN, number)
        participants.invite_all(call, [wanted], by=request.user)
    except Refusal as refusal:
        context |= {"number": number, "error": refusal.message}
        return render(request, "telephony/call/_add.html", context, status=422)
    response = HttpResponse(status=204)
    trigger_client_event(response, "dialog:close", {})
    told = {"text": f"Calling {number}. They join when they answer.", "tone": "ok"}
    return trigger_client_event(response, "toast", told)
