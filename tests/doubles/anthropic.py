"""Anthropic: /v1/messages, streamed; /v1/models.

https://platform.claude.com/docs/en/api/messages-streaming (2026-11).
"""

import asyncio
import json
from dataclasses import dataclass

from aiohttp import web

from tests.doubles.server import Double

FIELDS = {"model", "max_tokens", "messages", "system", "stream", "temperature", "tools", "tool_choice", "stop_sequences", "thinking"}  # fmt: skip


@dataclass
class Anthropic(Double):
    words: str = "Sure, I can help you with that. When would you like to come?"
    tool: tuple = ()
    answer: dict | None = None
    token_every: float = 0.002
    thinks: float = 0.0
    breaks_off: str = ""  # an error in mid-stream, by type

    def routes(self):
        return [
            web.post("/v1/messages", self.messages),
            web.get("/v1/models", self.models),
            web.head("/v1", self.warm),
        ]

    def wrong_key(self, request):
        return (
            request.headers.get("x-api-key") != self.key
            or request.headers.get("anthropic-version") != "2023-06-01"
        )

    def error(self, status, message):
        kinds = {401: "authentication_error", 404: "not_found_error", 429: "rate_limit_error"}  # fmt: skip
        kind = kinds.get(
            status, "invalid_request_error" if status < 500 else "api_error"
        )
        return web.json_response({"type": "error", "error": {"type": kind, "message": message}}, status=status)  # fmt: skip

    async def warm(self, request):
        return web.Response(status=404)

    async def models(self, request):
        return await self.guard(request) or web.json_response({"data": []})

    async def messages(self, request):
        if answer := await self.guard(request):
            return answer
        body = await request.json()
        self.requests.append(body)
        if problem := message_problem(body):
            self.complaints.append(problem)
            return self.error(400, problem)
        response = web.StreamResponse(headers={"content-type": "text/event-stream"})
        await response.prepare(request)
        try:
            await asyncio.sleep(self.thinks)
            await self.reply(request, response, body)
        except (ConnectionResetError, asyncio.CancelledError):
            self.disconnected += 1
            raise
        return response

    async def reply(self, request, response, body):
        usage = {"input_tokens": 15, "cache_read_input_tokens": 5, "cache_creation_input_tokens": 0, "output_tokens": 1}  # fmt: skip
        await self.send(response, "message_start", message={"id": "msg_1", "role": "assistant", "content": [], "usage": usage})  # fmt: skip
        await self.send(response, "ping")
        start, deltas = self.content(body)
        await self.send(response, "content_block_start", index=0, content_block=start)
        for number, delta in enumerate(deltas):
            if number == 3 and self.fault == "cut":
                self.cut(request)
                return
            if number == 3 and self.fault == "half_open":
                await asyncio.sleep(60)
            if number == 3 and self.fault == "garbage":
                await response.write(b"event: content_block_delta\ndata: {nope\n\n")
                return
            if number == 3 and self.breaks_off:
                await self.send(response, "error", error={"type": self.breaks_off, "message": "Sorry"})  # fmt: skip
                return
            await self.send(response, "content_block_delta", index=0, delta=delta)
            await asyncio.sleep(self.token_every)
        await self.send(response, "content_block_stop", index=0)
        reason = "tool_use" if start["type"] == "tool_use" else "end_turn"
        await self.send(response, "message_delta", delta={"stop_reason": reason}, usage={"output_tokens": 12})  # fmt: skip
        await self.send(response, "message_stop")

    def content(self, body):
        forced = body.get("tool_choice", {}).get("name")
        if forced:
            return self.call(forced, self.answer)
        if self.tool:
            return self.call(*self.tool)
        return {"type": "text", "text": ""}, [{"type": "text_delta", "text": word + " "} for word in self.words.split()]  # fmt: skip

    def call(self, name, arguments):
        text = json.dumps(arguments)
        pieces = [text[i : i + 5] for i in range(0, len(text), 5)]
        start = {"type": "tool_use", "id": "toolu_9", "name": name, "input": {}}
        return start, [{"type": "input_json_delta", "partial_json": piece} for piece in pieces]  # fmt: skip

    async def send(self, response, kind, **body):
        data = json.dumps({"type": kind, **body})
        await response.write(f"event: {kind}\ndata: {data}\n\n".encode())


def message_problem(body):
    """Tell what Anthropic would refuse."""
    if unknown := set(body) - FIELDS:
        return f"Extra inputs are not permitted: {unknown}"
    if not body.get("max_tokens") or not body.get("model") or not body.get("messages"):
        return "model, max_tokens and messages are required"
    if body["messages"][0]["role"] != "user":
        return "first message must use the user role"
    calls = set()
    for before, message in zip(
        [None, *body["messages"]], body["messages"], strict=False
    ):
        if before and before["role"] == message["role"]:
            return "roles must alternate"
        if not message["content"]:
            return "content must not be empty"
        for block in message["content"]:
            if block["type"] == "text" and not block["text"].strip():
                return "text content blocks must be non-empty"
            if block["type"] == "tool_use":
                calls.add(block["id"])
            if block["type"] == "tool_result" and block["tool_use_id"] not in calls:
                return "tool_result without tool_use"
    return ""
