"""Anthropic's Messages, streamed.

https://platform.claude.com/docs/en/api/messages-streaming (2026-11).
"""

import re
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any

import orjson

from providers import faults, web
from providers.account import Account
from providers.errors import ProviderError, Refused, Unavailable
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

DEFAULT_MODEL = "claude-haiku-4-5"
_VERSION = "2023-06-01"
_ANSWER = "answer"  # the tool that JSON is asked for with
_SPEECH = ("text_delta", "input_json_delta")  # and not thinking
_PERMANENT = frozenset(
    {"invalid_request_error", "authentication_error", "permission_error", "not_found_error", "billing_error"}
)  # fmt: skip


def build(account: Account) -> "Messages":
    """Return the language model; no connection is made yet."""
    return Messages(account)


class Messages:
    """A ``LanguageModel``."""

    capabilities = LlmCapabilities()

    def __init__(self, account: Account) -> None:
        self._account = account
        self._headers = {
            "content-type": "application/json",
            "x-api-key": account.secret(),
            "anthropic-version": _VERSION,
        }

    async def prewarm(self, request: LlmRequest | None = None) -> None:
        """Open a connection ahead of need."""
        await web.prewarm(self._account, self._headers)

    async def reply(self, request: LlmRequest) -> AsyncIterator[LlmEvent]:
        """Stream one reply."""
        patience = Patience(unhurried=bool(request.options.get("unhurried")))
        async with web.request(
            self._account,
            "POST",
            f"{self._account.base_url}/messages",
            headers=self._headers,
            within=patience.to_answer,
            body=orjson.dumps(self._body(request)),
        ) as answer:
            reader = _Reader(self._account.provider, request.json_schema is not None)
            async for data in events(answer, patience):
                for event in reader.read(data):
                    yield event
                if reader.speaks:
                    patience.has_spoken()
            yield reader.usage()

    def _body(self, request: LlmRequest) -> dict[str, Any]:
        model = request.model or self._account.model or DEFAULT_MODEL
        body: dict[str, Any] = {
            "model": model,
            "max_tokens": request.max_tokens,
            "messages": _messages(request.messages),
            "stream": True,
        }
        if _takes_temperature(model):
            body["temperature"] = min(1.0, request.temperature)
        if system := _system(request.messages):
            # The prompt is the same each turn; read from the cache it costs a tenth.
            body["system"] = [
                {
                    "type": "text",
                    "text": system,
                    "cache_control": {"type": "ephemeral"},
                }
            ]
        if request.json_schema is not None:
            body["tools"] = [_tool(_ANSWER, "Give the answer.", request.json_schema)]
            body["tool_choice"] = {"type": "tool", "name": _ANSWER}
        elif request.tools:
            body["tools"] = [
                _tool(tool.name, tool.description, tool.parameters)
                for tool in request.tools
            ]
        return body | dict(request.options.get("body", {}))


class _Reader:
    """Puts a reply together from its pieces."""

    def __init__(self, provider: str, wants_json: bool) -> None:
        self._provider = provider
        self._wants_json = wants_json
        self._call: dict[str, str] | None = None
        self._asked = self._cached = self._said = 0  # tokens
        self._is_whole = False
        self.speaks = False  # words or a tool call have begun

    def read(self, data: bytes) -> Iterator[LlmEvent]:
        """Read one event's data."""
        try:
            yield from self._read(orjson.loads(data))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise faults.garbage(self._provider) from error

    def usage(self) -> Usage:
        """Return what the reply cost; raise when it was cut."""
        if not self._is_whole:
            raise faults.lost(self._provider, "in the middle of a reply")
        return Usage(self._asked, self._said, self._cached)

    def _read(self, event: dict[str, Any]) -> Iterator[LlmEvent]:
        match event["type"]:
            case "content_block_delta":
                self.speaks = self.speaks or event["delta"]["type"] in _SPEECH
                yield from self._delta(event["delta"])
            case "content_block_start":
                block = event["content_block"]
                if block["type"] == "tool_use":
                    self._call = {"id": block["id"], "name": block["name"], "json": ""}
            case "content_block_stop":
                yield from self._end_of_block()
            case "message_start":
                usage = event["message"]["usage"]
                self._cached = usage.get("cache_read_input_tokens") or 0
                written = usage.get("cache_creation_input_tokens") or 0
                self._asked = usage["input_tokens"] + self._cached + written
            case "message_delta":
                self._said = (event.get("usage") or {}).get("output_tokens", self._said)
            case "message_stop":
                self._is_whole = True
            case "error":
                raise self._failure(event["error"])

    def _delta(self, delta: dict[str, Any]) -> Iterator[LlmEvent]:
        if delta["type"] == "text_delta":
            yield TextDelta(delta["text"])
        elif delta["type"] == "input_json_delta" and self._call is not None:
            self._call["json"] += delta["partial_json"]
            if self._wants_json:
                yield TextDelta(delta["partial_json"])

    def _end_of_block(self) -> Iterator[LlmEvent]:
        call, self._call = self._call, None
        if call and not self._wants_json:
            arguments = orjson.loads(call["json"] or b"{}")
            yield ToolCall(call["id"], call["name"], arguments)

    def _failure(self, error: dict[str, Any]) -> ProviderError:
        kind = Refused if error.get("type") in _PERMANENT else Unavailable
        words = str(error.get("message", ""))[:200]
        return kind(f"{self._provider} broke off: {words}", provider=self._provider)


def _tool(name: str, description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "description": description, "input_schema": schema}


def _system(messages: Sequence[Message]) -> str:
    return "\n\n".join(message.text for message in messages if message.role == "system")


def _messages(messages: Sequence[Message]) -> list[dict[str, Any]]:
    """Turn a history into turns that alternate and begin with the user's, as wanted."""
    turns: list[dict[str, Any]] = []
    for message in messages:
        if message.role == "system":
            continue
        role = "assistant" if message.role == "assistant" else "user"
        if blocks := _blocks(message):
            if turns and turns[-1]["role"] == role:
                turns[-1]["content"] += blocks
            else:
                turns.append({"role": role, "content": blocks})
    if not turns or turns[0]["role"] == "assistant":
        connected = {"type": "text", "text": "(The call is connected.)"}
        turns.insert(0, {"role": "user", "content": [connected]})
    return turns


def _blocks(message: Message) -> list[dict[str, Any]]:
    if message.role == "tool":
        return [
            {
                "type": "tool_result",
                "tool_use_id": message.tool_call_id,
                "content": message.text,
            }
        ]
    blocks: list[dict[str, Any]] = []
    if text := message.text.strip():  # empty text is refused
        blocks.append({"type": "text", "text": text})
    for call in message.tool_calls:
        blocks.append(
            {
                "type": "tool_use",
                "id": call.id,
                "name": call.name,
                "input": call.arguments,
            }
        )
    return blocks


_GENERATION = re.compile(r"claude-(opus|[a-z]+)-(\d+)(?:-(\d{1,2}))?(?:-|@|$)")


def _takes_temperature(model: str) -> bool:
    """Opus 4.7 and the generations after 4 refuse one (Anthropic's notes, 2026)."""
    match = _GENERATION.search(model)
    if match is None:
        return True
    family, generation, minor = match[1], int(match[2]), int(match[3] or 0)
    return generation < 4 or (generation == 4 and not (family == "opus" and minor >= 7))
