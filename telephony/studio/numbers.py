"""Numbers: which there are, who answers them, and whether the carrier sends them here."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import (
    require_GET,
    require_http_methods,
    require_POST,
)
from django_htmx.http import trigger_client_event

from accounts import time_zones
from accounts.access import StudioRequest, studio
from billing import plans
from common import clock, ids
from common.errors import Refusal
from common.htmx import wants_fragment
from telephony import addresses, bindings, connections, hours, numbers, simulating
from telephony.models import Number
from telephony.studio import agents
from telephony.studio.test_calls import media_url

PER_PAGE = 100
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
USUAL = {"days": [0, 1, 2, 3, 4], "start": "09:00", "end": "17:00"}


@require_GET
@studio()
def number_list(request: StudioRequest) -> HttpResponse:
    """Show the carrier and the numbers, latest first."""
    words = _listing(request)
    if wants_fragment(request):
        return render(request, "telephony/number/list.html#numbers", words)
    wanted = request.GET.get("open", "")
    words["open"] = wanted if wanted in ("connect", "import", "register") else ""
    words["lines"] = plans.limits(request.workspace).concurrent_calls
    return render(request, "telephony/number/list.html", words)


@require_http_methods(["GET", "POST"])
@studio("edit")
def number_new(request: StudioRequest) -> HttpResponse:
    """Register a number by hand."""
    if not request.htmx:
        return redirect("telephony:number-list")
    words: dict[str, Any] = {"agents": _agents(request), "given": request.POST}
    if request.method == "GET":
        return render(request, "telephony/number/_register.html", words)
    agent_id = request.POST.get("agent", "")
    try:
        number, created = numbers.register(
            workspace=request.workspace,
            number=request.POST.get("number", ""),
            agent=numbers.agent_of(request.workspace, UUID(agent_id))
            if agent_id
            else None,
            by=request.user,
            label=request.POST.get("label", ""),
        )
    except (Refusal, ValueError) as refusal:
        words["refusal"] = getattr(refusal, "message", "Choose an agent of the list.")
        return render(request, "telephony/number/_register.html", words, status=422)
    said = "is registered." if created else "was registered already."
    return _done(f"{number.number} {said}")


@require_http_methods(["GET", "POST"])
@studio("edit")
def number_import(request: StudioRequest) -> HttpResponse:
    """Choose among the numbers that the account at the carrier has."""
    if not request.htmx:
        return redirect("telephony:number-list")
    connection = connections.required(request.workspace)
    if request.method == "POST":
        chosen = request.POST.getlist("number")[:200]
        for each in chosen:
            numbers.register(workspace=request.workspace, number=each, by=request.user)
        count = len(chosen)
        return _done(f"{count} number{'' if count == 1 else 's'} registered.")
    words: dict[str, Any] = {"carrier": connections.carrier(connection.provider)}
    try:
        owned = connections.numbers_at(connection)
    except connections.CarrierFailed as refusal:
        words["refusal"] = refusal.message
        return render(request, "telephony/number/_import.html", words)
    known = set(request.workspace.numbers.values_list("number", flat=True))
    here = addresses.answer_url(connection)
    words["owned"] = [
        (each, each.number in known, bool(each.answer_url) and each.answer_url != here)
        for each in owned
    ]
    return render(request, "telephony/number/_import.html", words)


@require_http_methods(["GET", "POST"])
@studio("edit")
def number_detail(request: StudioRequest, number_id: UUID) -> HttpResponse:
    """Show one number in the drawer; change who answers it and when."""
    number = _number(request, number_id)
    if request.method == "GET":
        if not request.htmx:
            return redirect("telephony:number-list")
        return _drawer(request, number)
    try:
        _change(request, number)
    except Refusal as refusal:
        return _drawer(request, number, refusal=refusal.message, status=422)
    return _done(f"{number.number} is saved.")


@require_POST
@studio("edit")
def number_binding(request: StudioRequest, number_id: UUID) -> HttpResponse:
    """Set the number up at the carrier once more, and look whether it took."""
    number = numbers.bind(_number(request, number_id))
    response = _drawer(request, number, tried=True)
    return trigger_client_event(response, "numbers:changed")


@require_POST
@studio("edit")
def number_removal(request: StudioRequest, number_id: UUID) -> HttpResponse:
    """Forget a number."""
    number = _number(request, number_id)
    numbers.remove(number, by=request.user)
    return _done(f"{number.number} is released here. At the carrier it stays yours.")


@require_http_methods(["GET", "POST"])
@studio("talk")
def number_simulation(request: StudioRequest, number_id: UUID) -> HttpResponse:
    """Call a number from the browser, by the way that real calls come in."""
    number = _number(request, number_id)
    if request.method == "GET":
        words = {"number": number, "row": bindings.of(number)}
        return render(request, "telephony/number/_phone.html", words)
    try:
        ticket = simulating.ring(
            number,
            caller=request.POST.get("from", ""),
            origin=request.headers.get("Origin", ""),
        )
    except Refusal as refusal:
        return JsonResponse(
            {"error": refusal.message, "code": refusal.code}, status=refusal.status
        )
    return JsonResponse(
        {
            "call_id": str(ticket.leg.call_id),
            "token": ticket.token,
            "url": media_url(request),
        },
        status=201,
    )


def _number(request: StudioRequest, number_id: UUID) -> Number:
    found: Number = get_object_or_404(
        request.workspace.numbers.select_related("agent__published", "workspace"),
        pk=number_id,
    )
    return found


def _listing(request: StudioRequest) -> dict[str, Any]:
    rows = request.workspace.numbers.select_related("agent__published").defer(
        "agent__config", "agent__published__config", "agent__published__compiled_prompt"
    )
    before = ids.read(request.GET.get("before", ""))
    rows = rows.filter(pk__lt=before) if before else rows
    found = list(rows.order_by("-pk")[: PER_PAGE + 1])
    page, more = found[:PER_PAGE], len(found) > PER_PAGE
    connection = connections.active(request.workspace)
    listed = [bindings.of(number) for number in page]
    return {
        "connection": connection,
        "carrier": connections.carrier(connection.provider) if connection else None,
        "answer_url": addresses.answer_url(connection) if connection else "",
        "rows": listed,
        "counts": {
            "all": len(listed),
            "bound": sum(row.kind == "bound" for row in listed),
            "free": sum(row.kind == "free" for row in listed),
            "trouble": sum(row.kind == "trouble" for row in listed),
        },
        "older": page[-1].pk if more else None,
        "is_first": not before,
    }


def _drawer(request: StudioRequest, number: Number, **more: Any) -> HttpResponse:
    connection = connections.active(request.workspace)
    kept = number.hours or {}
    words = {
        "number": number,
        "row": bindings.of(number),
        "carrier": connections.carrier(connection.provider) if connection else None,
        "answer_url": addresses.answer_url(connection) if connection else "",
        "agents": _agents(request),
        "hours": {"time_zone": request.workspace.time_zone, **USUAL, **kept},
        "days": list(enumerate(DAYS)),
        "zones": time_zones.names(),
        "refused": bindings.refused(number, clock.now()),
        **more,
    }
    status = more.get("status", 200)
    return render(request, "telephony/number/_drawer.html", words, status=status)


def _change(request: StudioRequest, number: Number) -> None:
    data = request.POST
    kept = None
    if data.get("open") == "hours":
        kept = hours.checked(
            [int(day) for day in data.getlist("day") if day.isdigit()],
            data.get("start", ""),
            data.get("end", ""),
            data.get("time_zone", ""),
        )
    agent = agents.chosen(request) if data.get("agent") else None
    numbers.change(number, label=data.get("label", ""), hours=kept, by=request.user)
    if agent is None and number.agent_id:
        numbers.detach(number, by=request.user)
    elif agent and agent.pk != number.agent_id:
        numbers.attach(number, agent, by=request.user)


def _agents(request: StudioRequest) -> Any:
    return (
        request.workspace.agents.filter(deleted_at=None)
        .select_related("published")
        .only("name", "published__number", "revision", "workspace")
        .order_by("name")[:300]
    )


def _done(said: str) -> HttpResponse:
    response = HttpResponse(headers={"HX-Reswap": "none"})
    trigger_client_event(response, "dialog:close")
    trigger_client_event(response, "numbers:changed")
    return trigger_client_event(response, "toast", {"text": said})
