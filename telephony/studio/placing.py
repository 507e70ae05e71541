"""Placing one call: to somebody's phone, or to a phone that rings in this browser."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import StudioRequest, studio
from common.errors import Refusal
from telephony import connections, phone_calls, simulating
from telephony.models import Leg
from telephony.studio import agents
from telephony.studio.test_calls import media_url

ANSWERS = ("busy", "no_answer")


@require_http_methods(["GET", "POST"])
@studio("talk")
def call_new(request: StudioRequest) -> HttpResponse:
    """Let a published agent call one person."""
    if not request.htmx:
        return redirect("telephony:call-list")
    if request.method == "GET":
        return _form(request)
    try:
        call, _ = phone_calls.place(
            phone_calls.Wanted(
                agent=agents.chosen(request),
                to=request.POST.get("to", ""),
                from_number=request.POST.get("from") or None,
                by=request.user,
            )
        )
    except Refusal as refusal:
        return _form(request, refusal=refusal.message, status=422)
    there = reverse("telephony:call-detail", args=[call.pk])
    return HttpResponse(headers={"HX-Redirect": there})


@require_POST
@studio("talk")
def simulation_new(request: StudioRequest) -> HttpResponse:
    """Let a published agent call a phone that rings in this browser."""
    try:
        leg = simulating.call_me(
            agents.chosen(request),
            to=request.POST.get("to", ""),
            by=request.user,
            from_number=request.POST.get("from") or None,
        )
    except Refusal as refusal:
        return _refused(refusal)
    answer_url = reverse("telephony:simulation", args=[leg.call_id])
    told = {
        "call_id": str(leg.call_id),
        "from": leg.from_number,
        "answer_url": answer_url,
        "page": reverse("telephony:call-detail", args=[leg.call_id]),
    }
    return JsonResponse(told, status=201)


@require_POST
@studio("talk")
def simulation(request: StudioRequest, call_id: UUID) -> HttpResponse:
    """Answer the phone in the browser, or do not."""
    leg = get_object_or_404(
        Leg.objects.select_related("call__workspace", "participant"),
        workspace=request.workspace,
        call_id=call_id,
        provider=simulating.CARRIER,
        direction="outbound",
    )
    answer = request.POST.get("answer", "")
    if answer in ANSWERS:
        simulating.turn_down(leg, "busy" if answer == "busy" else "no_answer")
        return JsonResponse({"state": answer})
    try:
        origin = request.headers.get("Origin", "")
        ticket = simulating.pick_up(leg, origin=origin)
    except Refusal as refusal:
        return _refused(refusal)
    return JsonResponse(
        {
            "call_id": str(call_id),
            "token": ticket.token,
            "url": media_url(request),
        },
        status=201,
    )


def _refused(refusal: Refusal) -> JsonResponse:
    return JsonResponse(
        {"error": refusal.message, "code": refusal.code}, status=refusal.status
    )


def _form(
    request: StudioRequest, *, refusal: str = "", status: int = 200
) -> HttpResponse:
    words: dict[str, Any] = {
        "agents": agents.published(request.workspace),
        "numbers": request.workspace.numbers.order_by("id")[:200],
        "connection": connections.active(request.workspace),
        "given": request.POST,
        "refusal": refusal,
    }
    return render(request, "telephony/call/_new.html", words, status=status)
