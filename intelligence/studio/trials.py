"""The try-it of the editor's Post-call section."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_http_methods

from accounts.access import StudioRequest, studio
from common import ids
from intelligence import trials
from intelligence.conclusions import SENTIMENTS, STATUSES


@require_http_methods(["GET", "POST"])
@studio()
def trial(request: StudioRequest, agent_id: UUID) -> HttpResponse:
    """Offer past calls; work one out as the draft asks."""
    own = request.workspace.agents.filter(deleted_at=None)
    agent = get_object_or_404(own, pk=agent_id)
    agent.workspace = request.workspace
    words = {"agent": agent, "calls": trials.offered(agent)}
    if request.method == "POST":
        chosen = request.workspace.calls.filter(agent=agent)
        call = get_object_or_404(chosen, pk=ids.read(request.POST.get("call", "")))
        made = trials.run(agent, call)
        words |= {
            "trial": made,
            "chosen": call.pk,
            "sentiment": SENTIMENTS.get(made.columns.get("sentiment", "")),
            "fields": [
                {**each, "word": STATUSES[each["status"]]}
                for each in made.columns.get("fields", [])
            ],
        }
    return render(request, "intelligence/analysis/_trial.html", words)
