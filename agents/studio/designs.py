"""A new agent: a description or a template, a few questions, and the designer at work."""

import json
import logging
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any

from asgiref.sync import sync_to_async
from django.http import HttpResponse, JsonResponse, QueryDict, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from accounts.access import StudioRequest, studio
from agents import authoring, drafting, gallery, stacks
from agents import config as configs
from agents.drafting import Draft, Step
from agents.gallery import Template
from agents.models import Agent
from agents.setup_questions import Answer, SetupQuestion
from common.errors import Refusal

STEPS = {
    "reading": "Your description",
    "template": "A template to begin with",
    "business": "Business profile",
    "persona": "Persona",
    "playbook": "Playbook",
    "languages": "Languages",
    "voice": "Voice and models",
    "checks": "Checks",
}
# Beginnings of sentences that people forget.
PROMPTS = {
    "who calls": "The callers are ",
    "opening hours": "We are open ",
    "when to hand over": "Hand over to a person when ",
    "what it must never do": "It must never ",
    "languages": "It speaks ",
}
ANSWER = "answers."
OTHER = ".other"

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question of a template as its form shows it."""

    question: SetupQuestion
    answer: str

    @property
    def chosen(self) -> list[str]:
        return self.question.chosen({self.question.id: self.answer})

    @property
    def other(self) -> str:
        """What was answered that is no option."""
        labels = {option.label for option in self.question.options}
        return ", ".join(each for each in self.chosen if each not in labels)


@require_GET
@studio("edit")
def new(request: StudioRequest) -> HttpResponse:
    """Ask what should happen on the phone; with a template, ask its questions, too."""
    wanted = request.GET.get("template", "")
    template = gallery.find(wanted) if wanted else None
    description = request.GET.get("description", "").strip()
    words: dict[str, Any] = {
        "template": template,
        "description": description,
        "questions": _asked(template, description) if template else [],
        "prompts": PROMPTS.items(),
        "is_scripted": stacks.resolve(
            configs.defaults(), request.workspace
        ).is_scripted,
    }
    if request.htmx:
        return render(request, "agents/new.html#compose", words)
    words |= {"templates": gallery.load().values(), "steps": STEPS.items()}
    return render(request, "agents/new.html", words)


def _asked(template: Template, description: str) -> list[Asked]:
    known = drafting.prefilled(description, template)
    return [Asked(each, known.get(each.id, "")) for each in template.setupQuestions]


@require_POST
@studio("edit")
def design(request: StudioRequest) -> HttpResponse | StreamingHttpResponse:
    """Stream the designer's steps; the last one says where the new agent is."""
    wanted = request.POST.get("template", "")
    try:
        template = gallery.find(wanted) if wanted else None
        steps = drafting.stream(
            request.workspace,
            request.POST.get("description", ""),
            _answers(template, request.POST) if template else {},
            wanted,
        )
    except Refusal as refusal:
        return JsonResponse(
            {"error": refusal.message, "code": refusal.code}, status=refusal.status
        )
    return StreamingHttpResponse(
        _events(request, steps),
        content_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


def _answers(template: Template, data: QueryDict) -> dict[str, Answer]:
    answers: dict[str, Answer] = {}
    for question in template.setupQuestions:
        name = ANSWER + question.id
        other = data.get(name + OTHER, "").strip()
        chosen = [each.strip() for each in data.getlist(name) if each.strip()]
        if question.multiSelect:
            given = [*chosen, *([other] if other else [])]
        else:
            given = [other] if other else chosen[:1]
        if given:
            answers[question.id] = given
    return answers


async def _events(request: StudioRequest, steps: Iterator[Step]) -> AsyncIterator[str]:
    """Write server-sent events. The designer waits for a model, so it runs in a thread."""
    pull, save = sync_to_async(_next), sync_to_async(_save)
    try:
        while (step := await pull(steps)) is not None:
            is_done = not (step.draft and (step.draft.blockers or step.draft.missing))
            yield _event(
                "step",
                name=step.name,
                title=step.title,
                detail=step.detail,
                state="done" if is_done else "open",
            )
            if step.draft is not None:
                agent = await save(request, step.draft)
                yield _event("done", **_done(agent, step.draft))
    except Exception:  # the reply has begun: only an event can still say it
        log.exception("designing an agent failed")
        yield _event(
            "failed",
            message="The designer broke off, and nothing was saved. Your description is"
            " still here: try again, or begin with a template.",
        )


def _next(steps: Iterator[Step]) -> Step | None:
    return next(steps, None)


def _save(request: StudioRequest, draft: Draft) -> Agent:
    return authoring.create(
        workspace=request.workspace,
        name=draft.name,
        config=draft.config,
        template=draft.template,
        by=request.user,
    )


def _done(agent: Agent, draft: Draft) -> dict[str, Any]:
    headers = {q.id: q.header for q in gallery.find(draft.template).setupQuestions}
    return {
        "name": agent.name,
        "url": reverse("agents:agent-detail", args=(agent.id,)),
        "how": draft.how,
        "note": draft.note,
        "missing": [headers[each] for each in draft.missing if each in headers],
        "blockers": draft.blockers,
    }


def _event(kind: str, **content: Any) -> str:
    return f"event: {kind}\ndata: {json.dumps(content)}\n\n"
