"""Settings → BYO Providers: keys go in, and never come out."""

from dataclasses import dataclass
from typing import Any, Literal

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import (
    require_GET,
    require_http_methods,
    require_POST,
)
from django_htmx.http import reswap, retarget, trigger_client_event

from accounts.access import StudioRequest, studio
from agents import catalogue, provider_keys
from agents.models import ProviderKey
from common.errors import Refusal
from common.htmx import wants_fragment

LONG = ("credentials_json", "private_key")  # fields of many lines
# What an endpoint of one's own is asked, behind the address that is given.
ASKED = {
    "custom-llm": "/chat/completions",
    "custom-transcriber": "/audio/transcriptions",
    "custom-voice": "/audio/speech",
}
State = Literal["works", "failing", "untested", "platform", "none"]
_STATES: dict[str, State] = {
    ProviderKey.Verdict.OK: "works",
    ProviderKey.Verdict.REFUSED: "failing",
}


@dataclass(frozen=True, slots=True)
class Tile:
    """A provider in the list, with the key that calls would use."""

    provider: catalogue.Provider
    key: ProviderKey | None

    @property
    def state(self) -> State:
        if self.key is None:
            own = provider_keys.is_on_the_platform(self.provider.id)
            return "platform" if own else "none"
        return _STATES.get(self.key.verdict, "untested")


@dataclass(frozen=True, slots=True)
class Group:
    """Providers of one trade."""

    title: str
    tiles: list[Tile]


@require_GET
@studio("administer")
def page(request: StudioRequest) -> HttpResponse:
    """List the providers a key can be used for, connected ones first."""
    words = _listing(request)
    if wants_fragment(request):
        return render(request, "agents/providers.html#providers", words)
    wanted = request.GET.get("open", "")
    words["open"] = wanted if wanted in catalogue.load().providers else ""
    return render(request, "agents/providers.html", words)


@sensitive_post_parameters()
@never_cache
@require_http_methods(["GET", "POST"])
@studio("administer")
def key(request: StudioRequest, provider: str) -> HttpResponse:
    """Ask for a provider's key; try it, then keep it."""
    known = _offered(provider)
    if not request.htmx:
        return redirect("agents:provider-list")
    if request.method == "GET":
        return _form(request, known)
    given = {field.name: request.POST.get(field.name, "") for field in known.fields}
    try:
        kept = provider_keys.connect(
            workspace=request.workspace,
            provider=known.id,
            credentials=given,
            by=request.user,
        )
    except Refusal as refusal:
        words = {"title": f"{known.name} was not connected", "detail": refusal.message}
        response = render(request, "agents/_provider_said.html", words, status=422)
        return reswap(retarget(response, "#provider-said"), "innerHTML")
    said = {
        "ok": f"{known.name} accepts the key.",
        "unreachable": f"Kept, but not tried: {kept.test_error}",
        "untested": f"Kept. {kept.test_error}",
    }[kept.verdict]
    return _done(said)


@require_POST
@studio("administer")
def test(request: StudioRequest, provider: str) -> HttpResponse:
    """Try the key that is kept."""
    known = _offered(provider)
    kept = get_object_or_404(request.workspace.provider_keys, provider=known.id)
    result = provider_keys.test_again(kept)
    is_good = result.verdict == "ok"
    words = {
        "title": f"{known.name} accepts the key"
        if is_good
        else f"{known.name}: the key could not be confirmed",
        "detail": result.detail,
        "tone": "ok" if is_good else "bad",
    }
    response = render(request, "agents/_provider_said.html", words)
    return trigger_client_event(response, "providers:changed")


@require_POST
@studio("administer")
def removal(request: StudioRequest, provider: str) -> HttpResponse:
    """Forget a key."""
    known = _offered(provider)
    provider_keys.disconnect(
        workspace=request.workspace, provider=known.id, by=request.user
    )
    return _done(f"{known.name} is disconnected, and its key is deleted.")


def _offered(name: str) -> catalogue.Provider:
    for each in provider_keys.offered():
        if each.id == name:
            return each
    raise Http404


def _listing(request: StudioRequest) -> dict[str, Any]:
    keys = {key.provider: key for key in request.workspace.provider_keys.all()}
    tiles = [Tile(each, keys.get(each.id)) for each in provider_keys.offered()]
    tiles.sort(key=lambda tile: tile.key is None)  # connected first; names stay sorted
    own = [tile for tile in tiles if tile.provider.id.startswith("custom-")]
    rest = [tile for tile in tiles if tile not in own]
    speech = [tile for tile in rest if "llm" not in tile.provider.channels]
    minds = [tile for tile in rest if "llm" in tile.provider.channels]
    return {
        "groups": [
            Group("Language models", minds),
            Group("Speech and voice", speech),
            Group("Your own endpoints", own),
        ],
        "without": provider_keys.without_adapter(),
        "failing": [tile for tile in tiles if tile.state == "failing"],
        "connected": sum(tile.key is not None for tile in tiles),
        "total": len(tiles),
    }


def _form(request: StudioRequest, known: catalogue.Provider) -> HttpResponse:
    own = request.workspace.provider_keys.filter(provider=known.id).first()
    kept = own.credentials if own else {}
    words = {
        "provider": known,
        "key": own,
        "tile": Tile(known, own),
        # What is not secret may be seen and need not be typed again.
        "fields": [
            (
                field,
                "" if field.secret else kept.get(field.name, ""),
                field.name in LONG,
            )
            for field in known.fields
        ],
        "asked": ASKED.get(known.id),
        "used_by": provider_keys.used_by(request.workspace, known.id) if own else [],
    }
    return render(request, "agents/_provider.html", words)


def _done(said: str) -> HttpResponse:
    response = HttpResponse(headers={"HX-Reswap": "none"})
    trigger_client_event(response, "dialog:close")
    trigger_client_event(response, "providers:changed")
    return trigger_client_event(response, "toast", {"text": said})
