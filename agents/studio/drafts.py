"""The agent editor: a section at a time, saved as it is typed."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from accounts.access import StudioRequest, studio
from agents.models import Agent
from agents.studio import (
    autosave,
    fields,
    history,
    knowledge,
    sections,
    speech,
    tool_lines,
)
from agents.studio.editor import Editor, find, section_or_first
from agents.studio.sections import Section


@require_GET
@studio()
def page(request: StudioRequest, agent_id: UUID) -> HttpResponse:
    """Open the editor, or one of its sections."""
    agent = find(request, agent_id)
    section = section_or_first(request.GET.get("section", ""))
    editor = Editor(request, agent)
    template = section.template if request.htmx else "agents/editor.html"
    if request.htmx and request.GET.get("before"):
        template += "#entries"
    return render(request, template, {**_words(editor, section), "editor": editor})


def _words(editor: Editor, section: Section) -> dict[str, Any]:
    words: dict[str, Any] = {
        "section": section,
        "groups": editor.groups(section),
        "base": editor.stored(section.paths),
    }
    if section.name == "voice":
        words["speech"] = speech.of(editor.agent, editor.config, editor.stack)
    elif section.name == "languages":
        words["languages"] = speech.languages(editor.agent, editor.config)
        words["speakable"] = speech.speakable()
    elif section.name == "routing":
        words["hand_over"] = tool_lines.hand_over(editor.agent, editor.config)
    elif section.name == "knowledge":
        words |= knowledge.words(editor.agent)
    elif section.name == "tools":
        words |= tool_lines.words(editor.agent, editor.config)
    elif section.name == "history":
        words["page"] = history.page(editor.agent, editor.request.GET.get("before", ""))
    return words


@require_POST
@studio("edit")
def save(request: StudioRequest, agent_id: UUID, name: str) -> HttpResponse:
    """Save what a section's form holds; answer only with what changed around it."""
    agent = find(request, agent_id)
    section = sections.BY_NAME.get(name)
    if section is None or not section.paths:
        raise Http404
    outcome = autosave.save(
        agent,
        fields.read(section.paths, request.POST),
        base=autosave.read_base(request.POST.get("_base", "")),
        mine=request.POST.get("_mine", ""),
        by=request.user,
    )
    return around(request, agent, section=section, outcome=outcome)


def around(request: StudioRequest, agent: Agent, **more: Any) -> HttpResponse:
    """Answer with the parts around the sections: state, lamps, undo, the stack."""
    words = {"editor": Editor(request, agent), **more}
    return render(request, "agents/_around.html", words)
