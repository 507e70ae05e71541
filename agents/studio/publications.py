"""Validate, publish, withdraw."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods
from django_htmx.http import trigger_client_event

from accounts.access import NotAllowed, StudioRequest, studio
from agents import authoring, publishing
from agents import config as configs
from agents.models import Agent
from agents.studio import drafts, history, sections
from agents.studio.editor import Editor, find
from agents.studio.sections import SECTIONS


@require_http_methods(["GET", "POST", "DELETE"])
@studio()
def publication(request: StudioRequest, agent_id: UUID) -> HttpResponse:
    """Show what stands between the draft and callers; publish it; take it back."""
    agent = find(request, agent_id)
    if request.method == "GET":
        return _drawer(request, agent)
    if not request.may("edit"):
        raise NotAllowed("Your role in this workspace does not allow publishing.")
    if request.method == "DELETE":
        publishing.withdraw(agent, by=request.user)
        return _done(request, agent, f"{agent.name} takes no more phone calls.")
    try:
        snapshot = publishing.publish(agent, by=request.user)
    except publishing.Blocked:  # something changed since the drawer was drawn
        return _drawer(request, agent)
    agent.refresh_from_db()
    return _done(request, agent, f"v{snapshot.number} is live.")


def _drawer(request: StudioRequest, agent: Agent) -> HttpResponse:
    editor = Editor(request, agent)
    words = {
        "editor": editor,
        "blockers": _titled(editor.report.blockers),
        "warnings": _titled(editor.report.warnings),
        "differences": differences(agent),
    }
    return render(request, "agents/_publication.html", words)


def _titled(issues: list[publishing.Issue]) -> list[tuple[publishing.Issue, str]]:
    return [
        (issue, sections.BY_NAME[issue.section].title)
        for issue in issues
        if issue.section in sections.BY_NAME
    ]


def differences(agent: Agent) -> list[history.Entry]:
    """Return what callers will notice: the draft against what is live."""
    if agent.published is None:
        return []
    live = configs.parse(agent.published.config).document()
    draft = configs.parse(agent.config).document()
    paths = dict.fromkeys(
        path
        for path in (*(p for one in SECTIONS for p in one.paths), *history.LABELS)
        if path != "name"
    )
    return [
        history.difference(path, *values)
        for path in paths
        if (values := _values(path, live, draft))
    ]


def _values(
    path: str, live: dict[str, Any], draft: dict[str, Any]
) -> tuple[Any, Any] | None:
    one, other = authoring.get(live, path), authoring.get(draft, path)
    return None if one == other else (one, other)


def _done(request: StudioRequest, agent: Agent, told: str) -> HttpResponse:
    response = drafts.around(request, find(request, agent.id))
    trigger_client_event(response, "toast", {"text": told})
    trigger_client_event(response, "dialog:close")
    return trigger_client_event(response, "draft:replaced")
