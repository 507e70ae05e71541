"""Which languages an agent speaks."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import trigger_client_event

from accounts.access import StudioRequest, studio
from agents import authoring
from agents import config as configs
from agents.models import Agent
from agents.studio import drafts, speech
from agents.studio.editor import Editor, find


@require_GET
@studio()
def search(request: StudioRequest, agent_id: UUID) -> HttpResponse:
    """Find languages to add."""
    editor = Editor(request, find(request, agent_id))
    found = speech.find_languages(
        request.GET.get("q", ""), taken=editor.config.supported_languages
    )
    return render(
        request, "agents/_languages_found.html", {"editor": editor, "found": found}
    )


@require_POST
@studio("edit")
def choose(request: StudioRequest, agent_id: UUID) -> HttpResponse:
    """Add a language, remove one, or make one the primary."""
    agent = find(request, agent_id)
    verb, tag = request.POST.get("verb", ""), request.POST.get("tag", "")
    if changes := _changes(agent, verb, tag):
        authoring.edit(agent, changes=changes, by=request.user)
        agent.refresh_from_db()
    response = drafts.around(request, agent)
    return trigger_client_event(response, "draft:replaced")


def _changes(agent: Agent, verb: str, tag: str) -> dict[str, object]:
    config = configs.parse(agent.config)
    spoken = config.supported_languages
    if verb == "add" and tag not in spoken:
        return {"supported_languages": [*spoken, tag]}
    if verb == "remove" and tag != config.language:
        return {"supported_languages": [one for one in spoken if one != tag]}
    if verb == "primary" and tag != config.language:
        rest = [one for one in spoken if one != tag]
        return {"language": tag, "supported_languages": [tag, *rest]}
    return {}
