"""A language model on a server of the operator's own, if one answers."""

import time
from typing import Any

from django.conf import settings

from providers import web
from providers.account import Account
from providers.errors import ProviderError

PROVIDER = "ollama"  # what speaks as it does, and needs no key
WITHIN = 0.5  # s; a page waits for it
KEPT = 30.0  # s that an answer is believed, whichever it was

_asked: dict[str, tuple[float, str]] = {}  # address → when, and which model


def found() -> str:
    """Return the model to ask for, or "" where no server is set or none answers."""
    url = settings.LOCAL_LLM_URL
    if not url:
        return ""
    now = time.monotonic()
    at, model = _asked.get(url, (0.0, ""))
    if not at or now - at > KEPT:
        model = _ask(url)
        _asked[url] = (now, model)
    return model


def _ask(url: str) -> str:
    try:
        listed = web.run(_models(url))
    except ProviderError:
        return ""
    return str(settings.LOCAL_LLM_MODEL or _first(listed))


async def _models(url: str) -> Any:
    account = Account(PROVIDER, {}, url)
    async with web.request(
        account, "GET", f"{url}/models", headers={}, within=WITHIN
    ) as reply:
        return await reply.json(within=WITHIN)


def _first(listed: Any) -> str:
    try:
        return str(listed["data"][0]["id"])
    except (LookupError, TypeError):
        return ""
