"""Language models for work with nobody on the line: whole answers, long patience."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import orjson

from providers import limits, web
from providers.errors import ProviderError, Unavailable
from providers.ports import (
    Embedder,
    LanguageModel,
    LlmRequest,
    TextDelta,
    ToolCall,
    Usage,
)

_sleep = asyncio.sleep
_TRIES = 3
_REST = 1.0  # s before the second try, twice that before the third


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole reply."""

    text: str
    tool_calls: tuple[ToolCall, ...] = ()
    usage: Usage = Usage(0, 0)

    def json(self) -> Any:
        """Parse the text, or raise ``Unavailable``: another try may do better."""
        text = self.text.strip()
        if text.startswith("```"):  # some models cannot help it
            text = text.strip("`").removeprefix("json").strip()
        try:
            return orjson.loads(text)
        except orjson.JSONDecodeError as error:
            raise Unavailable("The model's answer is not JSON.") from error


async def ask(model: LanguageModel, request: LlmRequest) -> Answer:
    """Get a whole reply; failures that may pass are tried three times."""
    request = replace(request, options={**request.options, "unhurried": True})
    for number in range(1, _TRIES):
        try:
            return await _ask(model, request)
        except ProviderError as error:
            asked = error.retry_after or 0.0
            if error.permanent or asked > limits.TEXT_RETRY_AFTER:
                raise
        await _sleep(max(_REST * number, asked))
    return await _ask(model, request)


def complete(model: LanguageModel, request: LlmRequest) -> Answer:
    """Do the same from code that is not asynchronous: a task, a command."""
    return web.run(ask(model, request))


def embed(embedder: Embedder, texts: Sequence[str]) -> list[list[float]]:
    """Embed from code that is not asynchronous."""
    return web.run(embedder.embed(texts))


async def _ask(model: LanguageModel, request: LlmRequest) -> Answer:
    text, calls, usage = [], [], Usage(0, 0)
    async for event in model.reply(request):
        if isinstance(event, TextDelta):
            text.append(event.text)
        elif isinstance(event, ToolCall):
            calls.append(event)
        else:
            usage = event
    if request.json_schema is None and not text and not calls:
        raise Unavailable("The model gave no answer.")
    return Answer("".join(text), tuple(calls), usage)
