"""Choosing what hears, thinks and speaks."""

from typing import Any, cast, get_args
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST
from django_htmx.http import trigger_client_event

from accounts.access import NotAllowed, StudioRequest, studio
from agents import authoring, stacks
from agents.catalogue import Channel
from agents.config import AgentConfig
from agents.stack import REALTIME
from agents.studio import drafts, speech
from agents.studio.editor import Editor, find
from billing import skus


@require_http_methods(["GET", "POST"])
@studio()
def channel(request: StudioRequest, agent_id: UUID, name: str) -> HttpResponse:
    """Offer the models of one channel; take the choice."""
    if name not in get_args(Channel):
        raise Http404
    wanted = cast(Channel, name)
    agent = find(request, agent_id)
    editor = Editor(request, agent)
    if request.method == "POST":
        if not request.may("edit"):
            raise NotAllowed("Your role in this workspace does not allow changes.")
        changes = _choice(request, wanted, editor.config)
        authoring.edit(agent, changes=changes, by=request.user)
        agent.refresh_from_db()
        return _chosen(request, editor)
    found = speech.options(agent, editor.config, wanted)
    words = {
        "editor": editor,
        "channel": wanted,
        "title": speech.title(wanted),
        "options": found,
        "fallbacks": _providers(found),
        **_now(editor, wanted),
    }
    return render(request, "agents/_channel.html", words)


@require_POST
@studio("edit")
def kind(request: StudioRequest, agent_id: UUID) -> HttpResponse:
    """Take a managed stack, or one's own again."""
    agent = find(request, agent_id)
    sku_id = request.POST.get("sku", "")
    if sku_id and skus.find(sku_id) not in skus.to_choose_from():
        raise Http404
    authoring.edit(agent, changes={"managed_sku_id": sku_id or None}, by=request.user)
    agent.refresh_from_db()
    return _chosen(request, Editor(request, agent))


def _now(editor: Editor, wanted: Channel) -> dict[str, Any]:
    """Tell what is chosen."""
    if wanted == REALTIME:
        return {"is_automatic": not _has_head(editor.config)}
    return {
        "is_automatic": not getattr(editor.config, f"{wanted}_provider"),
        "fallback": getattr(editor.config, f"{wanted}_fallback_provider") or "",
        "resolved": editor.stack.choice(wanted),
    }


def _has_head(config: AgentConfig) -> bool:
    return stacks.is_realtime(config.llm_provider, config.llm_model)


def _head(provider: str, model: str, config: AgentConfig) -> dict[str, Any]:
    """Choose a model that hears and speaks, or none; the language model that was chosen
    stays as the one that takes over."""
    has_head = _has_head(config)
    if not model:
        if not has_head:
            return {}
        return {
            "llm_provider": config.llm_fallback_provider or "",
            "llm_model": config.llm_fallback_model or "",
            "llm_fallback_provider": None,
            "llm_fallback_model": None,
        }
    changes: dict[str, Any] = {"llm_provider": provider, "llm_model": model}
    if not has_head and config.llm_provider:
        changes |= {
            "llm_fallback_provider": config.llm_provider,
            "llm_fallback_model": config.llm_model or None,
        }
    return changes


def _choice(
    request: StudioRequest, wanted: Channel, config: AgentConfig
) -> dict[str, Any]:
    provider, _, model = request.POST.get("model", "").partition("/")
    if wanted == REALTIME:
        return _head(provider, model, config)
    fallback = request.POST.get("fallback", "")
    changes: dict[str, Any] = {
        f"{wanted}_fallback_provider": fallback or None,
        f"{wanted}_fallback_model": None,
    }
    if "model" in request.POST:
        changes |= {f"{wanted}_provider": provider, f"{wanted}_model": model}
    return changes


def _providers(options: list[speech.Option]) -> list[tuple[str, str]]:
    return list(dict.fromkeys((o.provider, o.provider_name) for o in options))


def _chosen(request: StudioRequest, editor: Editor) -> HttpResponse:
    response = drafts.around(request, editor.agent)
    if told := speech.voice_reset(editor.agent):
        trigger_client_event(response, "toast", {"text": told})
    trigger_client_event(response, "dialog:close")
    return trigger_client_event(response, "draft:replaced")
