"""Taking back a change."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_POST
from django_htmx.http import trigger_client_event

from accounts.access import StudioRequest, studio
from agents import authoring
from agents.studio import drafts, history
from agents.studio.editor import find


@require_POST
@studio("edit")
def undo(request: StudioRequest, agent_id: UUID, change_id: UUID) -> HttpResponse:
    """Put one field back, and draw anew what shows it."""
    agent = find(request, agent_id)
    change = get_object_or_404(agent.changes, pk=change_id)
    authoring.undo(change, by=request.user)
    agent.refresh_from_db()
    response = drafts.around(request, agent)
    told = f"Took back: {history.label(change.field_path)}"
    trigger_client_event(response, "toast", {"text": told})
    return trigger_client_event(response, "draft:replaced")
