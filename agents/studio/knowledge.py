"""The editor's Knowledge section: sources in, questions tried."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import (
    require_GET,
    require_http_methods,
    require_POST,
)
from django_htmx.http import reswap, retarget, trigger_client_event

from accounts.access import StudioRequest, studio
from agents.knowledge import search as searching
from agents.knowledge import sources
from agents.models import Agent, KnowledgeSource
from agents.studio.editor import Editor, find
from common.errors import Refusal

EVERY = (1, 7, 30)  # days between two readings of a page that Studio offers
SHOWN = 40  # pieces in a source's drawer


def words(agent: Agent) -> dict[str, Any]:
    """Return what the list of sources shows."""
    rows = list(agent.knowledge_sources.defer("text").order_by("-created_at", "-id"))
    return {
        "sources": rows,
        "is_busy": any(row.is_busy for row in rows),
        "usage": sources.usage(agent.workspace),
    }


@require_GET
@studio()
def page(request: StudioRequest, agent_id: UUID) -> HttpResponse:
    """List the agent's sources; asked again while one is being read."""
    agent = find(request, agent_id)
    told = {"editor": Editor(request, agent), **words(agent)}
    return render(request, "agents/_knowledge.html", told)


@require_http_methods(["GET", "POST"])
@studio("edit")
def new(request: StudioRequest, agent_id: UUID) -> HttpResponse:
    """Ask for a source, and take it in."""
    agent = find(request, agent_id)
    if request.method == "GET":
        told = {
            "agent": agent,
            "every": EVERY,
            "accept": ",".join(f".{each}" for each in sources.EXTENSIONS),
            "most": sources.FILE_MOST,
            "usage": sources.usage(agent.workspace),
        }
        return render(request, "agents/_knowledge_new.html", told)
    try:
        added = _add(request, agent)
    except Refusal as refusal:
        told = {"title": "Not added", "detail": refusal.message}
        response = render(request, "agents/_provider_said.html", told, status=422)
        return reswap(retarget(response, "#knowledge-said"), "innerHTML")
    return _done(f"“{added.title}” is being read.")


def _add(request: StudioRequest, agent: Agent) -> KnowledgeSource:
    given, title, by = request.POST, request.POST.get("title", ""), request.user
    match given.get("kind"):
        case "url":
            days = given.get("refresh_days", "")
            return sources.add_url(
                agent=agent,
                title=title,
                url=given.get("url", ""),
                refresh_days=int(days) if days.isdigit() else None,
                by=by,
            )
        case "file":
            files = request.FILES.getlist("file")
            if not files:
                raise sources.Invalid("Choose a file.")
            for file in files:
                sources.check_file(file.name or "", file.size or 0)
            added = [
                sources.add_file(
                    agent=agent,
                    title=title if len(files) == 1 else "",
                    name=file.name or "",
                    content=file.read(),
                    by=by,
                )
                for file in files
            ]
            return added[0]
        case _:
            return sources.add_text(
                agent=agent, title=title, text=given.get("text", ""), by=by
            )


@require_GET
@studio()
def detail(request: StudioRequest, agent_id: UUID, source_id: UUID) -> HttpResponse:
    """Show what was read of a source, piece by piece."""
    agent = find(request, agent_id)
    source = get_object_or_404(agent.knowledge_sources.defer("text"), pk=source_id)
    told = {
        "editor": Editor(request, agent),
        "source": source,
        "pieces": source.chunks.defer("vector").order_by("position")[:SHOWN],
        "shown": SHOWN,
    }
    return render(request, "agents/_knowledge_source.html", told)


@require_POST
@studio("edit")
def refresh(request: StudioRequest, agent_id: UUID, source_id: UUID) -> HttpResponse:
    """Read a source again."""
    agent = find(request, agent_id)
    source = sources.refresh(sources.find(agent, source_id))
    return _done(f"“{source.title}” is being read again.")


@require_POST
@studio("edit")
def deletion(request: StudioRequest, agent_id: UUID, source_id: UUID) -> HttpResponse:
    """Forget a source."""
    source = sources.find(find(request, agent_id), source_id)
    sources.delete(source, by=request.user)
    return _done(f"“{source.title}” is deleted.")


@require_GET
@studio()
def search(request: StudioRequest, agent_id: UUID) -> HttpResponse:
    """Show what a caller's question would bring up, and how well it fits."""
    agent = find(request, agent_id)
    question = request.GET.get("q", "").strip()
    told = {
        "agent": agent,
        "question": question,
        "found": searching.find(agent, question) if question else None,
    }
    return render(request, "agents/_knowledge_found.html", told)


def _done(said: str) -> HttpResponse:
    response = HttpResponse(headers={"HX-Reswap": "none"})
    trigger_client_event(response, "dialog:close")
    trigger_client_event(response, "knowledge:changed")
    return trigger_client_event(response, "toast", {"text": said})
