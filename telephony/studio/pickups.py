"""Who picked up a call that we placed: shown, and corrected."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET, require_POST

from accounts.access import StudioRequest, studio
from common import clock
from telephony import pickup_words, pickups
from telephony.models import Call, Pickup


@require_GET
@studio()
def call_pickup(request: StudioRequest, call_id: UUID) -> HttpResponse:
    """Show the judgement of one call."""
    call = get_object_or_404(request.workspace.calls, id=call_id)
    pickup = Pickup.objects.filter(call=call).select_related("reviewed_by").first()
    return _panel(request, call, pickup)


@require_POST
@studio("talk")
def call_pickup_review(request: StudioRequest, call_id: UUID) -> HttpResponse:
    """Take a person's word for who it was."""
    call = get_object_or_404(request.workspace.calls, id=call_id)
    pickup = get_object_or_404(Pickup, call=call)
    pickups.review(
        pickup, request.POST.get("who", ""), by=request.user, now=clock.now()
    )
    return _panel(request, call, pickup, saved=True)


def _panel(
    request: HttpRequest, call: Call, pickup: Pickup | None, *, saved: bool = False
) -> HttpResponse:
    if pickup is None:
        return HttpResponse()
    who, meaning = pickup_words.WHO[pickup.who]
    words = {
        "call": call,
        "pickup": pickup,
        "who": who,
        "meaning": meaning,
        "judged": pickup_words.WHO[pickup.judged][0],
        "done": pickup_words.ACTIONS.get(pickup.action, ""),
        "signals": [
            (pickup_words.KINDS.get(str(each.get("kind")), ""), each)
            for each in pickup.signals
        ],
        "choices": [(value, pickup_words.WHO[value][0]) for value in Pickup.Who.values],
        "record": pickups.record_of(pickup.workspace, clock.now()),
        "saved": saved,
    }
    return render(request, "telephony/call/_pickup.html", words)
