"""The public page of a shared agent: anybody with the link may talk, nobody signs in."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_GET, require_POST

from agents import share_links, testers
from agents.models import ShareLink, Tester
from common.api.limits import count
from common.errors import Refusal
from telephony import shared_calls
from telephony.studio.test_calls import media_url

A_MINUTE = 30  # requests of one address
GONE = "This link does not work any more. Ask whoever gave it to you for another."


@never_cache
@ensure_csrf_cookie
@require_GET
def page(request: HttpRequest, token: str) -> HttpResponse:
    """Show who can be talked to."""
    link, tester = _opened(token)
    if link is None:
        return render(request, "telephony/talk/gone.html", {"told": GONE}, status=404)
    if tester:
        testers.opened(tester)
    persona = link.agent.config.get("persona", {})
    return render(
        request,
        "telephony/talk/page.html",
        {
            "token": token,
            "tester": tester,
            "name": persona.get("name") or link.agent.name,
            "company": persona.get("companyName", ""),
            "role": persona.get("role", ""),
            "minutes": max(1, round(link.max_call_seconds / 60)),
            "is_used_up": shared_calls.seconds_left(link) < shared_calls.SHORTEST_S,
            "is_recorded": link.agent.config.get("features", {}).get(
                "recording_enabled", True
            ),
        },
    )


@never_cache
@require_POST
def call(request: HttpRequest, token: str) -> JsonResponse:
    """Start a call by the link. A page of somebody else's that has LiveKit's library asks
    with ``access=room``, and gets a room's address and token where there is a server."""
    address = request.META.get("REMOTE_ADDR", "")
    if count(f"talk:{address}") > A_MINUTE:
        return _refused("Too many tries. Wait a minute.", "rate_limited", 429)
    link, tester = _opened(token)
    if link is None:
        return _refused(GONE, "not_found", 404)
    try:
        started, [seat] = shared_calls.start(
            link,
            address=address,
            origin=request.headers.get("Origin", ""),
            tester=tester,
            by_room=request.POST.get("access") == "room",
        )
    except Refusal as refusal:
        return _refused(_for_visitors(refusal), refusal.code, refusal.status)
    access = {"url": seat.url or media_url(request), "token": seat.token}
    body = {"call_id": str(started.id), **access, "access": access}
    return JsonResponse(body, status=201)


def _opened(token: str) -> tuple[ShareLink | None, Tester | None]:
    """Return the link whose limits count, and whose own link it is."""
    if tester := testers.find(token):
        return share_links.of(tester.agent, with_agent=True), tester
    return share_links.find(token), None


def _for_visitors(refusal: Refusal) -> str:
    """Say it without the workspace's affairs: balances and plans are not theirs."""
    if refusal.code.startswith("share_link_"):
        return refusal.message
    return "This agent cannot take calls just now. Try again later."


def _refused(sentence: str, code: str, status: int) -> JsonResponse:
    return JsonResponse({"error": sentence, "code": code}, status=status)
