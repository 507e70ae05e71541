"""OpenAI's HTTP API: chat completions, speech, transcriptions, embeddings, models.

https://platform.openai.com/docs/api-reference (2026-11).
"""

import asyncio
import io
import json
import wave
from collections.abc import Callable
from dataclasses import dataclass, field

from aiohttp import web

from tests.doubles.server import Double
from tests.doubles.voices import tone

CHAT_FIELDS = {
    "model", "messages", "stream", "stream_options", "temperature", "max_tokens", "max_completion_tokens", "tools",
    "tool_choice", "response_format", "reasoning_effort", "parallel_tool_calls", "seed", "top_p", "stop", "user",
}  # fmt: skip


@dataclass
class OpenAI(Double):
    words: str = "Sure, I can help you with that. When would you like to come?"
    tool: tuple = ()  # name, arguments: called instead of words
    answer: dict | None = None  # given when a JSON schema was asked for
    answer_to: Callable | None = None  # the same, from the request's body; None: words
    heard: str = "Hello there."
    seen_audio: list = field(default_factory=list)  # (rate, seconds)
    ignores_stream: bool = False
    token_every: float = 0.002
    thinks: float = 0.0  # s before the first token

    def routes(self):
        return [
            web.post("/v1/chat/completions", self.chat),
            web.post("/v1/audio/speech", self.speech),
            web.post("/v1/audio/transcriptions", self.transcription),
            web.post("/v1/embeddings", self.embeddings),
            web.get("/v1/models", self.models),
            web.head("/v1", self.warm),
        ]

    def wrong_key(self, request):
        return request.headers.get("Authorization") != f"Bearer {self.key}"

    def error(self, status, message):
        body = {"error": {"message": message, "type": "invalid_request_error", "param": None, "code": None}}  # fmt: skip
        headers = {"Retry-After": "1"} if status == 503 else {}
        return web.json_response(body, status=status, headers=headers)

    async def warm(self, request):
        return web.Response(status=404)

    async def models(self, request):
        return await self.guard(request) or web.json_response({"object": "list", "data": []})  # fmt: skip

    # ---- chat

    async def chat(self, request):
        if answer := await self.guard(request):
            return answer
        body = await request.json()
        self.requests.append(body)
        if problem := self.chat_problem(body):
            self.complaints.append(problem)
            return self.error(400, problem)
        if self.ignores_stream:
            return web.json_response({"choices": [{"index": 0, "message": {"role": "assistant", "content": self.words}, "finish_reason": "stop"}], "usage": USAGE})  # fmt: skip
        return await self.stream(request, self.pieces(body))

    def chat_problem(self, body):
        return chat_problem(body)

    def pieces(self, body):
        answer = self.answer_to(body) if self.answer_to else self.answer
        if body.get("response_format") and answer is not None:
            text = json.dumps(answer)
            return [{"content": text[i : i + 7]} for i in range(0, len(text), 7)]
        if self.tool:
            return tool_pieces(*self.tool)
        return word_pieces(self.words)

    async def stream(self, request, pieces):
        response = web.StreamResponse(headers={"content-type": "text/event-stream"})
        await response.prepare(request)
        try:
            await asyncio.sleep(self.thinks)
            await self.send_pieces(request, response, pieces)
        except (ConnectionResetError, asyncio.CancelledError):
            self.disconnected += 1
            raise
        return response

    async def send_pieces(self, request, response, pieces):
        for number, delta in enumerate(pieces):
            if number == 3 and self.fault == "cut":
                self.cut(request)
                return
            if number == 3 and self.fault == "half_open":
                await asyncio.sleep(60)
            if number == 3 and self.fault == "garbage":
                await response.write(b'data: {"choices": [{]}\n\n')
                return
            await self.send(response, {"choices": [{"index": 0, "delta": delta, "finish_reason": None}]})  # fmt: skip
            await asyncio.sleep(self.token_every)
        reason = "tool_calls" if self.tool else "stop"
        await self.send(response, {"choices": [{"index": 0, "delta": {}, "finish_reason": reason}]})  # fmt: skip
        await self.send(response, {"choices": [], "usage": USAGE})
        await response.write(b"data: [DONE]\n\n")
        await response.write_eof()

    async def send(self, response, chunk):
        body = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "m", **chunk}  # fmt: skip
        data = b"data: " + json.dumps(body).encode() + b"\n\n"
        half = len(data) // 2  # what is one event need not be one read
        await response.write(data[:half])
        await response.write(data[half:])

    # ---- audio

    async def speech(self, request):
        if answer := await self.guard(request):
            return answer
        body = await request.json()
        self.requests.append(body)
        if set(body) - {"model", "input", "voice", "response_format", "speed", "instructions"}:  # fmt: skip
            self.complaints.append(f"unknown fields in {body}")
            return self.error(400, "unknown fields")
        if body.get("response_format") != "pcm" or not body.get("input"):
            return self.error(400, "wants pcm and input")
        response = web.StreamResponse(headers={"content-type": "audio/pcm"})
        await response.prepare(request)
        try:
            for number, _ in enumerate(body["input"].split()):
                if number == 1 and self.fault == "cut":
                    self.cut(request)
                    return response
                if number == 1 and self.fault == "half_open":
                    await asyncio.sleep(60)
                sound = tone("pcm", 24000)
                await response.write(sound[:1001])  # odd on purpose
                await response.write(sound[1001:])
                await asyncio.sleep(0.002)
        except (ConnectionResetError, asyncio.CancelledError):
            self.disconnected += 1
            raise
        return response

    async def transcription(self, request):
        if answer := await self.guard(request):
            return answer
        if self.fault == "half_open":
            await asyncio.sleep(60)
        form = await request.post()
        self.requests.append({k: v for k, v in form.items() if k != "file"})
        with wave.open(io.BytesIO(form["file"].file.read())) as sound:
            seconds = sound.getnframes() / sound.getframerate()
            self.seen_audio.append((sound.getframerate(), seconds))
        if self.fault == "garbage":
            return web.Response(text="<html>")
        if self.fault == "cut":
            self.cut(request)
        if seconds < 0.1:
            self.complaints.append("audio too short")
            return self.error(400, "Audio file is too short.")
        return web.json_response({"text": self.heard, "usage": {"type": "duration", "seconds": 1}})  # fmt: skip

    async def embeddings(self, request):
        if answer := await self.guard(request):
            return answer
        body = await request.json()
        self.requests.append(body)
        if self.fault == "garbage":
            return web.json_response({"data": [{"index": 0}]})
        texts = body["input"]
        data = [{"object": "embedding", "index": i, "embedding": [float(len(text)), 1.0, 2.0]} for i, text in enumerate(texts)]  # fmt: skip
        return web.json_response({"object": "list", "data": data[::-1], "model": body["model"]})  # fmt: skip


USAGE = {
    "prompt_tokens": 20,
    "completion_tokens": 12,
    "total_tokens": 32,
    "prompt_tokens_details": {"cached_tokens": 5},
}


def word_pieces(text):
    """Stream a sentence, word by word."""
    return [{"content": word + " "} for word in text.split()]


def tool_pieces(name, arguments):
    text = json.dumps(arguments)
    first = {"index": 0, "id": "call_9", "type": "function", "function": {"name": name, "arguments": ""}}  # fmt: skip
    rest = [{"index": 0, "function": {"arguments": text[i : i + 5]}} for i in range(0, len(text), 5)]  # fmt: skip
    return [{"role": "assistant", "content": None, "tool_calls": [piece]} for piece in (first, *rest)]  # fmt: skip


def chat_problem(body):
    """Tell what OpenAI would refuse."""
    if unknown := set(body) - CHAT_FIELDS:
        return f"Unrecognized request arguments: {unknown}"
    if not body.get("model") or not body.get("messages"):
        return "model and messages are required"
    answered = set()
    for message in body["messages"]:
        if message["role"] not in ("system", "user", "assistant", "tool"):
            return f"unknown role {message['role']}"
        if not isinstance(message.get("content"), str):
            return "content must be a string"
        for call in message.get("tool_calls", ()):
            json.loads(call["function"]["arguments"])
            answered.add(call["id"])
        if message["role"] == "tool" and message["tool_call_id"] not in answered:
            return "a tool message must follow its call"
    for tool in body.get("tools", ()):
        if tool["type"] != "function" or "parameters" not in tool["function"]:
            return "bad tool"
    return ""
