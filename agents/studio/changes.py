"""Taking back a change, or all since a version."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_POST
from django_htmx.http import trigger_client_event

from accounts.access import StudioRequest, studio
from agents import authoring
from agents.models import Agent
from agents.studio import drafts, history
from agents.studio.editor import find


@require_POST
@studio("edit")
def undo(request: StudioRequest, agent_id: UUID, change_id: UUID) -> HttpResponse:
    """Put one field back, and draw anew what shows it."""
    agent = find(request, agent_id)
    change = get_object_or_404(agent.changes, pk=change_id)
    authoring.undo(change, by=request.user)
    return _done(request, agent, f"Took back: {history.label(change.field_path)}")


@require_POST
@studio("edit")
def go_back(request: StudioRequest, agent_id: UUID, snapshot_id: UUID) -> HttpResponse:
    """Make the draft what a version was."""
    agent = find(request, agent_id)
    version = get_object_or_404(agent.snapshots, pk=snapshot_id)
    changed = len(authoring.go_back(agent, version, by=request.user))
    if not changed:
        return _done(request, agent, f"The draft is what v{version.number} was.")
    settings = "1 setting" if changed == 1 else f"{changed} settings"
    return _done(request, agent, f"Back to v{version.number}: {settings} changed.")


def _done(request: StudioRequest, agent: Agent, told: str) -> HttpResponse:
    agent.refresh_from_db()
    response = drafts.around(request, agent)
    trigger_client_event(response, "toast", {"text": told})
    return trigger_client_event(response, "draft:replaced")
