"""The list of agents, and what is done to a whole one."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.db.models import Count, Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import HttpResponseClientRedirect

from accounts.access import StudioRequest, studio
from agents import authoring, publishing
from agents import config as configs
from agents.config import AgentConfig
from agents.models import Agent
from agents.studio import speech
from agents.studio.editor import find
from common import ids

PAGE = 30
LANGUAGES_TOLD = 4
STATES = {"published": Q(published__isnull=False), "draft": Q(published__isnull=True)}


@dataclass(frozen=True, slots=True)
class Row:
    """One agent in the list."""

    agent: Agent
    config: AgentConfig

    @property
    def tone(self) -> str:
        return "warn" if publishing.has_changes(self.agent) else "ok"

    @property
    def state(self) -> str:
        live = self.agent.published
        if live is None:
            return "Draft"
        ahead = publishing.has_changes(self.agent)
        return (
            f"Draft ahead of v{live.number}" if ahead else f"Published v{live.number}"
        )

    @property
    def about(self) -> str:
        """Its spoken name and what it is there for."""
        persona = self.config.persona
        return " · ".join(filter(None, (persona.name, persona.role)))

    @property
    def languages(self) -> str:
        tags = self.config.supported_languages
        names = [speech.language_names(tag)[0] for tag in tags[:LANGUAGES_TOLD]]
        more = len(tags) - len(names)
        return ", ".join(names) + (f" and {more} more" if more else "")


@require_GET
@studio()
def page(request: StudioRequest) -> HttpResponse:
    """List the workspace's agents, last changed first."""
    own = request.workspace.agents.filter(deleted_at=None)
    found = _matching(own, request.GET.get("q", ""), request.GET.get("state", ""))
    rows, older = _page(found, request.GET.get("before", ""))
    words = {
        "rows": rows,
        "older": older,
        "search": request.GET.get("q", ""),
        "state": request.GET.get("state", ""),
        "is_first": not request.GET.get("before"),
    }
    if request.htmx and not request.htmx.history_restore_request:
        part = "rows" if request.GET.get("before") else "list"
        return render(request, f"agents/list.html#{part}", words)
    words["counts"] = own.aggregate(
        all=Count("id"), published=Count("id", filter=STATES["published"])
    )
    words["deleted"] = _deleted(request)
    return render(request, "agents/list.html", words)


def _matching(agents: QuerySet[Agent], search: str, state: str) -> QuerySet[Agent]:
    for word in search.split()[:6]:
        agents = agents.filter(
            Q(name__icontains=word)
            | Q(config__persona__name__icontains=word)
            | Q(config__persona__role__icontains=word)
            | Q(config__persona__companyName__icontains=word)
        )
    return agents.filter(STATES[state]) if state in STATES else agents


def _page(agents: QuerySet[Agent], before: str) -> tuple[list[Row], str]:
    """Cut a page by key: when an agent was changed, and which it is."""
    agents = agents.select_related("published").order_by("-updated_at", "-id")
    if edge := _edge(before):
        moment, last = edge
        agents = agents.filter(
            Q(updated_at__lt=moment) | Q(updated_at=moment, id__lt=last)
        )
    found = list(agents[: PAGE + 1])
    rows = [Row(agent, configs.parse(agent.config)) for agent in found[:PAGE]]
    if len(found) <= PAGE:
        return rows, ""
    last_row = rows[-1].agent
    return rows, f"{last_row.updated_at.isoformat()}~{last_row.id}"


def _edge(before: str) -> tuple[datetime, UUID] | None:
    moment, _, last = before.partition("~")
    try:
        return datetime.fromisoformat(moment), UUID(last)
    except ValueError:
        return None


def _deleted(request: StudioRequest) -> Agent | None:
    """Return the agent that was deleted a moment ago, to offer it back."""
    wanted = ids.read(request.GET.get("deleted", ""))
    gone = request.workspace.agents.exclude(deleted_at=None)
    agent: Agent | None = gone.filter(pk=wanted).first() if wanted else None
    return agent


@require_POST
@studio("edit")
def copy(request: StudioRequest, agent_id: UUID) -> HttpResponse:
    """Make a second one just like it, and open that."""
    agent = authoring.clone(find(request, agent_id), by=request.user)
    messages.success(request, f"This is {agent.name}. It is a draft of its own.")
    return redirect("agents:agent-detail", agent.id)


@require_POST
@studio("edit")
def deletion(request: StudioRequest, agent_id: UUID) -> HttpResponse:
    """Take an agent out of use; its calls stay, and it can be brought back."""
    agent = find(request, agent_id)
    authoring.delete(agent, by=request.user)
    return HttpResponseClientRedirect(
        f"{reverse('agents:agent-list')}?deleted={agent.id}"
    )


@require_POST
@studio("edit")
def restoration(request: StudioRequest, agent_id: UUID) -> HttpResponse:
    """Bring a deleted agent back, as a draft."""
    gone = request.workspace.agents.exclude(deleted_at=None)
    agent = get_object_or_404(gone, pk=agent_id)
    authoring.restore(agent, by=request.user)
    messages.success(request, f"{agent.name} is back, as a draft.")
    return redirect("agents:agent-detail", agent.id)
