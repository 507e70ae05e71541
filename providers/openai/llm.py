"""OpenAI's chat completions, streamed; the one adapter for all who speak them.

https://platform.openai.com/docs/api-reference/chat (2026-11).
"""

import re
from collections.abc import AsyncIterator, Iterator
from typing import Any
from urllib.parse import urlsplit

import orjson

from providers import faults, web
from providers.account import Account
from providers.errors import Unavailable
from providers.openai import dialects
from providers.ports import (
    LlmCapabilities,
    LlmEvent,
    LlmRequest,
    Message,
    TextDelta,
    ToolCall,
    Usage,
)
from providers.sse import Patience, events

DEFAULT_MODEL = "gpt-4o-mini"
_CITATION = re.compile(r"\[\d+\]")


def build(account: Account) -> "ChatCompletions":
    """Return the language model; no connection is made yet."""
    return ChatCompletions(account)


class ChatCompletions:
    """A ``LanguageModel``."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._dialect = dialects.of(account)
        self._headers = {
            "content-type": "application/json",
            **dialects.headers(account),
        }
        self._url = _endpoint(account)
        self.capabilities = LlmCapabilities(tools=self._dialect.tools)

    async def prewarm(self, request: LlmRequest | None = None) -> None:
        """Open a connection ahead of need."""
        await web.prewarm(self._account, self._headers)

    async def reply(self, request: LlmRequest) -> AsyncIterator[LlmEvent]:
        """Stream one reply."""
        patience = Patience(unhurried=bool(request.options.get("unhurried")))
        async with web.request(
            self._account,
            "POST",
            self._url,
            headers=self._headers,
            within=patience.to_answer,
            body=orjson.dumps(self._body(request)),
        ) as answer:
            reader = _Reader(self._account.provider, self._dialect.citations)
            if answer.is_json:
                reader.read_whole(await answer.json(within=patience.left))
            else:
                async for data in events(answer, patience):
                    if data == b"[DONE]":
                        reader.is_whole = True
                        continue
                    for event in reader.read(data):
                        yield event
                    if reader.speaks:
                        patience.has_spoken()
            for event in reader.rest(request):
                yield event

    def _body(self, request: LlmRequest) -> dict[str, Any]:
        dialect = self._dialect
        # On Azure the name is the customer's own deployment's.
        deployment = self._account.credentials.get("deployment", "")
        model = deployment or request.model or self._account.model or DEFAULT_MODEL
        body: dict[str, Any] = {
            "model": model,
            "messages": [_message(message) for message in request.messages],
            "stream": True,
            dialect.max_tokens: request.max_tokens,
            **dialect.extra,
            **dialects.reasoning(model),
        }
        if dialects.takes_temperature(model):
            body["temperature"] = max(dialect.least_temperature, request.temperature)
        if dialect.usage_option:
            body["stream_options"] = {"include_usage": True}
        if request.tools and dialect.tools:
            body["tools"] = [
                {
                    "type": "function",
                    "function": {
                        "name": tool.name,
                        "description": tool.description,
                        "parameters": tool.parameters,
                    },
                }
                for tool in request.tools
            ]
        if request.json_schema is not None:
            self._ask_for_json(body, request.json_schema)
        return body | dict(request.options.get("body", {}))

    def _ask_for_json(self, body: dict[str, Any], schema: dict[str, Any]) -> None:
        if self._dialect.json_schema:
            body["response_format"] = {
                "type": "json_schema",
                "json_schema": {"name": "answer", "schema": schema},
            }
            return
        body["response_format"] = {"type": "json_object"}
        wanted = orjson.dumps(schema).decode()
        body["messages"].append(
            {
                "role": "system",
                "content": f"Answer with one JSON object that fits this JSON Schema: {wanted}",
            }
        )


class _Reader:
    """Puts a reply together from its pieces."""

    def __init__(self, provider: str, citations: bool) -> None:
        self._provider = provider
        self._citations = citations
        self._calls: dict[int, dict[str, str]] = {}
        self._usage: Usage | None = None
        self._signs = 0  # of text, to guess at usage that is not told
        self._whole: list[LlmEvent] = []
        self.is_whole = False

    @property
    def speaks(self) -> bool:
        """Tell whether words or a tool call have begun."""
        return self._signs > 0 or bool(self._calls)

    def read(self, data: bytes) -> Iterator[LlmEvent]:
        """Read one event's data."""
        try:
            chunk = orjson.loads(data)
            yield from self._read(chunk)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise faults.garbage(self._provider) from error

    def read_whole(self, body: Any) -> None:
        """Read a reply that was not streamed although that was asked for."""
        try:
            choice = body["choices"][0]
            self._whole = list(
                self._read(
                    {
                        "choices": [
                            {"delta": choice["message"], "finish_reason": "stop"}
                        ],
                        "usage": body.get("usage"),
                    }
                )
            )
        except (KeyError, IndexError, TypeError, AttributeError) as error:
            raise faults.garbage(self._provider) from error

    def rest(self, request: LlmRequest) -> Iterator[LlmEvent]:
        """Return what is told at the end: tool calls and usage."""
        if not self.is_whole:
            raise faults.lost(self._provider, "in the middle of a reply")
        yield from self._whole
        for number in sorted(self._calls):
            yield self._tool_call(number)
        asked = sum(len(message.text) for message in request.messages)
        yield self._usage or Usage(asked // 4, self._signs // 4)

    def _read(self, chunk: dict[str, Any]) -> Iterator[LlmEvent]:
        if error := chunk.get("error"):
            words = error.get("message", "") if isinstance(error, dict) else str(error)
            raise Unavailable(
                f"{self._provider} broke off: {words[:200]}", provider=self._provider
            )
        if usage := chunk.get("usage"):
            self._usage = _usage(usage)
        for choice in chunk.get("choices") or ():
            delta = choice.get("delta") or {}
            if text := delta.get("content"):
                self._signs += len(text)
                if text := _CITATION.sub("", text) if self._citations else text:
                    yield TextDelta(text)
            for piece in delta.get("tool_calls") or ():
                self._add(piece)
            if choice.get("finish_reason"):
                self.is_whole = True

    def _add(self, piece: dict[str, Any]) -> None:
        """Add a piece of a tool call; some vendors send whole calls without index."""
        number = piece.get("index")
        number = len(self._calls) if number is None else number
        call = self._calls.setdefault(number, {"id": "", "name": "", "arguments": ""})
        function = piece.get("function") or {}
        call["id"] += piece.get("id") or ""
        call["name"] += function.get("name") or ""
        call["arguments"] += function.get("arguments") or ""

    def _tool_call(self, number: int) -> ToolCall:
        call = self._calls[number]
        try:
            arguments = orjson.loads(call["arguments"] or b"{}")
        except orjson.JSONDecodeError as error:
            raise faults.garbage(self._provider) from error
        if not isinstance(arguments, dict) or not call["name"]:
            raise faults.garbage(self._provider)
        return ToolCall(call["id"] or f"call_{number}", call["name"], arguments)


def _message(message: Message) -> dict[str, Any]:
    if message.role == "tool":
        return {
            "role": "tool",
            "tool_call_id": message.tool_call_id,
            "content": message.text,
        }
    out: dict[str, Any] = {"role": message.role, "content": message.text}
    if message.tool_calls:
        out["tool_calls"] = [
            {
                "id": call.id,
                "type": "function",
                "function": {
                    "name": call.name,
                    "arguments": orjson.dumps(call.arguments).decode(),
                },
            }
            for call in message.tool_calls
        ]
    return out


def _usage(usage: dict[str, Any]) -> Usage:
    details = usage.get("prompt_tokens_details") or {}
    return Usage(
        usage.get("prompt_tokens") or 0,
        usage.get("completion_tokens") or 0,
        details.get("cached_tokens") or 0,
    )


def _endpoint(account: Account) -> str:
    """Return the URL to post to: a custom LLM's is whole, unless it ends like a base."""
    path = urlsplit(account.base_url).path.rstrip("/")
    if path.endswith("/chat/completions"):
        return account.base_url
    own = account.provider == "custom-llm" and path and not re.search(r"/v\d+$", path)
    return account.base_url if own else f"{account.base_url}/chat/completions"
