"""Where vendors differ who speak OpenAI's protocol. Data, each line with its reason."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from providers.account import Account


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a vendor's chat completions differ from the common form."""

    key_header: str = ""  # instead of ``Authorization: Bearer``
    max_tokens: str = "max_tokens"
    usage_option: bool = True  # takes ``stream_options``
    json_schema: bool = True  # else any JSON object, and the schema goes in the prompt
    tools: bool = True
    least_temperature: float = 0.0
    extra: Mapping[str, Any] = field(default_factory=dict)
    citations: bool = False  # puts [1] into the text, which nobody wants spoken


_GEMINI_EFFORTS = (
    ("gemini-2.5-flash", "none"),
    ("gemini-2.5-pro", "low"),
    ("gemini-3", "low"),
)
_COMMON = Dialect()
_DIALECTS: dict[str, Dialect] = {
    "openai": Dialect(max_tokens="max_completion_tokens"),
    "azure-openai": Dialect(key_header="api-key", max_tokens="max_completion_tokens"),
    "cerebras": Dialect(max_tokens="max_completion_tokens"),
    # Thinking is on by default and takes seconds.
    "deepseek": Dialect(json_schema=False, extra={"thinking": {"type": "disabled"}}),
    "qwen": Dialect(json_schema=False, extra={"enable_thinking": False}),
    "minimax": Dialect(json_schema=False, least_temperature=0.01),
    # Refuses fields it does not know, and sends usage unasked.
    "mistral": Dialect(usage_option=False),
    "perplexity": Dialect(tools=False, citations=True),
    "sarvam": Dialect(key_header="api-subscription-key", json_schema=False),
    "sambanova": Dialect(json_schema=False),
    "inception": Dialect(json_schema=False),
}


def of(account: Account) -> Dialect:
    """Return a vendor's dialect."""
    return _DIALECTS.get(account.provider, _COMMON)


def headers(account: Account) -> dict[str, str]:
    """Return the headers that carry the key; an own endpoint may need none."""
    if account.provider == "ollama":
        return {}
    if account.provider.startswith("custom-"):
        token = account.credentials.get("bearer_token", "")
        return {"Authorization": f"Bearer {token}"} if token else {}
    key, header = account.secret(), of(account).key_header
    found = {header: key} if header else {"Authorization": f"Bearer {key}"}
    for name in ("organization", "project"):
        if value := account.credentials.get(name, ""):
            found[f"OpenAI-{name.capitalize()}"] = value
    return found


def reasoning(model: str) -> dict[str, Any]:
    """Keep a reasoning model from thinking aloud while somebody waits.

    GPT-5 knows "minimal", 5.1 and later "none" (OpenAI, model pages, seen 2026-11);
    Gemini 2.5 Flash can be told "none", later ones cannot be stopped from thinking a
    little (Google, OpenAI compatibility page, seen 2026-11).
    """
    for name, effort in _GEMINI_EFFORTS:
        if name in model:
            return {"reasoning_effort": effort}
    if match := re.match(r"(?:.*/)?gpt-5(?:\.(\d+))?", model):
        return {"reasoning_effort": "none" if match.group(1) else "minimal"}
    return {"reasoning_effort": "low"} if re.match(r"o\d", model) else {}


def takes_temperature(model: str) -> bool:
    """Tell whether a model takes any temperature but its default."""
    return not re.match(r"(?:.*/)?(?:o\d|gpt-5(?!\.))", model)
