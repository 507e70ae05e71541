"""Cartesia and ElevenLabs: voices over WebSockets with contexts.

https://docs.cartesia.ai/api-reference/tts/websocket,
https://docs.cartesia.ai/use-the-api/tts-websocket/contexts,
https://elevenlabs.io/docs/api-reference/text-to-speech/v-1-text-to-speech-voice-id-multi-stream-input
(2026-11). A word is 200 ms of a tone; nothing is timed.
"""

import asyncio
import audioop
import base64
import math
import struct
from dataclasses import dataclass, field

from aiohttp import web

from tests.doubles.server import Double, converse

WORD_MS = 200
SPEECH_EVERY = 0.02  # s between two words' audio


def tone(encoding, rate):
    pcm = b"".join(
        struct.pack("<h", int(9000 * math.sin(2 * math.pi * 300 * n / rate)))
        for n in range(rate * WORD_MS // 1000)
    )
    encode = {"mulaw": audioop.lin2ulaw, "ulaw": audioop.lin2ulaw, "alaw": audioop.lin2alaw}  # fmt: skip
    return encode[encoding](pcm, 2) if encoding in encode else pcm


@dataclass
class Voices(Double):
    spoken: dict = field(default_factory=dict)  # context → all text
    cancelled: list = field(default_factory=list)
    expires: float = 1.0  # s after the last audio of a Cartesia context
    hangs_up: bool = False  # between utterances, as both do when idle

    async def socket(self, request, session):
        self.requests.append((request.path, dict(request.query)))
        return await converse(self, request, lambda socket: session(self, socket, request))  # fmt: skip


class Speaking:
    """Speaks the words of each context, in the background."""

    def __init__(self, double, socket, request):
        self.double, self.socket, self.request = double, socket, request
        self.tasks = {}
        self.words = {}  # context → words not spoken
        self.open = {}  # context → more text may come

    def bye(self):
        for task in self.tasks.values():
            task.cancel()

    async def binary(self, data):
        await self.socket.refuse(1003, "no binary messages")

    def start(self, context):
        self.words[context] = []
        self.open[context] = True
        self.tasks[context] = asyncio.create_task(self.speak(context))

    async def speak(self, context):
        spoken = 0
        idle = 0.0
        while True:
            if self.words[context]:
                word = self.words[context].pop(0)
                await self.word(context, word, spoken)
                spoken += 1
                idle = 0.0
            elif not self.open[context]:
                break
            elif spoken and idle >= self.double.expires:
                self.forget(context)
                return
            else:
                idle += SPEECH_EVERY
            await asyncio.sleep(SPEECH_EVERY)
        self.forget(context)
        await self.done(context)
        if self.double.hangs_up and not self.tasks:
            await self.socket.ws.close(code=1000)

    def forget(self, context):
        for table in (self.words, self.open, self.tasks):
            table.pop(context, None)

    def stop(self, context):
        if context in self.tasks:
            self.tasks[context].cancel()
            self.forget(context)


class Cartesia(Voices):
    def routes(self):
        return [
            web.get("/tts/websocket", self.speak),
            web.get("/voices", self.voices),
        ]

    def wrong_key(self, request):
        return request.headers.get("X-API-Key") != self.key

    def error(self, status, message):
        return web.json_response({"title": "Error", "message": message, "error_code": "x"}, status=status)  # fmt: skip

    async def speak(self, request):
        return await self.socket(request, CartesiaSession)

    async def voices(self, request):
        return await self.guard(request) or web.json_response({"data": []})


CARTESIA_FIELDS = {
    "model_id", "transcript", "voice", "language", "context_id", "output_format", "add_timestamps",
    "continue", "max_buffer_delay_ms", "generation_config", "flush", "duration", "add_phoneme_timestamps",
}  # fmt: skip
CARTESIA_ENCODINGS = {"pcm_s16le": "pcm", "pcm_mulaw": "mulaw", "pcm_alaw": "alaw"}


class CartesiaSession(Speaking):
    def __init__(self, double, socket, request):
        super().__init__(double, socket, request)
        self.first = {}  # context → its first message: the others must agree
        self.expired = set()

    async def text(self, message):
        context = message.get("context_id", "")
        if message.get("cancel"):
            self.double.cancelled.append(context)
            self.stop(context)
            return
        if problem := self.problem(message, context):
            self.double.complaints.append(problem)
            await self.fail(context, 400, problem)
            return
        if context not in self.tasks:
            if context in self.first:
                self.double.complaints.append(f"context {context} has expired")
                await self.fail(context, 400, "context has expired")
                return
            self.first[context] = {k: v for k, v in message.items() if k not in ("transcript", "continue", "duration")}  # fmt: skip
            self.start(context)
        self.double.spoken[context] = self.double.spoken.get(context, "") + message["transcript"]  # fmt: skip
        self.words[context] += message["transcript"].split()
        self.open[context] = message.get("continue", False)

    def problem(self, message, context):
        if unknown := set(message) - CARTESIA_FIELDS:
            return f"unknown fields {unknown}"
        output = message.get("output_format", {})
        if output.get("container") != "raw" or output.get("encoding") not in CARTESIA_ENCODINGS:  # fmt: skip
            return "bad output_format"
        if not message.get("model_id") or message.get("voice", {}).get("mode") != "id":
            return "bad model or voice"
        same = {k: v for k, v in message.items() if k not in ("transcript", "continue", "duration")}  # fmt: skip
        if context in self.first and self.first[context] != same:
            return "fields of a context must stay the same"
        spoken = self.double.spoken.get(context, "")
        if spoken and message["transcript"] and not spoken.endswith(" "):
            return "words run together"
        return ""

    async def fail(self, context, status, words):
        await self.socket.send({"type": "error", "done": True, "title": "Bad", "message": words, "error_code": "bad", "status_code": status, "context_id": context})  # fmt: skip

    async def word(self, context, word, number):
        output = self.first[context]["output_format"]
        audio = tone(CARTESIA_ENCODINGS[output["encoding"]], output["sample_rate"])
        start = number * WORD_MS / 1000
        if self.first[context].get("add_timestamps"):
            await self.socket.send({"type": "timestamps", "done": False, "status_code": 206, "context_id": context, "word_timestamps": {"words": [word], "start": [start], "end": [start + WORD_MS / 1000]}})  # fmt: skip
        await self.socket.send({"type": "chunk", "data": base64.b64encode(audio).decode(), "done": False, "status_code": 206, "step_time": 1.0, "context_id": context})  # fmt: skip

    async def done(self, context):
        await self.socket.send({"type": "done", "done": True, "status_code": 200, "context_id": context})  # fmt: skip


class ElevenLabs(Voices):
    def routes(self):
        path = "/v1/text-to-speech/{voice}/multi-stream-input"
        return [
            web.get(path, self.checked),
            web.get("/v1/models", self.models),
        ]

    def wrong_key(self, request):
        return request.headers.get("xi-api-key") != self.key

    def error(self, status, message):
        return web.json_response({"detail": {"status": "error", "message": message}}, status=status)  # fmt: skip

    async def models(self, request):
        return await self.guard(request) or web.json_response([])

    async def checked(self, request):
        known = {"model_id", "output_format", "auto_mode", "sync_alignment", "inactivity_timeout", "language_code"}  # fmt: skip
        codec, _, rate = request.query.get("output_format", "").partition("_")
        allowed = {"pcm": ("8000", "16000", "22050", "24000", "44100"), "ulaw": ("8000",), "alaw": ("8000",)}  # fmt: skip
        if set(request.query) - known or rate not in allowed.get(codec, ()):
            self.complaints.append(f"bad query {dict(request.query)}")
            return self.error(400, "bad query")
        return await self.socket(request, ElevenLabsSession)


class ElevenLabsSession(Speaking):
    MOST_CONTEXTS = 5

    def __init__(self, double, socket, request):
        super().__init__(double, socket, request)
        codec, _, rate = request.query["output_format"].partition("_")
        self.audio = tone(codec, int(rate))
        self.pending = {}  # context → text that is not spoken yet

    async def text(self, message):
        unknown = set(message) - {"text", "context_id", "voice_settings", "flush", "close_context", "close_socket"}  # fmt: skip
        if unknown:
            await self.complain("invalid_message", f"unknown fields {unknown}")
            return
        if message.get("close_socket"):
            await self.socket.ws.close()
            return
        context = message.get("context_id", "default")
        if context not in self.tasks:
            if message.get("close_context"):
                return
            if message.get("text") != " ":
                await self.complain("invalid_message", "the first text must be a space")
                return
            if len(self.tasks) >= self.MOST_CONTEXTS:
                await self.complain("max_active_conversations", "Maximum simultaneous contexts exceeded (5).")  # fmt: skip
                return
            self.pending[context] = ""
            self.start(context)
            return
        if text := message.get("text"):
            if not text.endswith(" "):
                self.double.complaints.append("text must end with a space")
            self.pending[context] += text
            self.double.spoken[context] = self.double.spoken.get(context, "") + text
        # auto_mode: a piece is spoken as it comes
        if self.request.query.get("auto_mode") == "true" or message.get("flush") or message.get("close_context"):  # fmt: skip
            self.words[context] += self.pending[context].split()
            self.pending[context] = ""
        if message.get("close_context"):
            self.double.cancelled.append(context)
            self.open[context] = False

    async def complain(self, kind, words):
        self.double.complaints.append(words)
        await self.socket.send({"message": words, "error": kind, "code": 1008})
        await self.socket.ws.close(code=1008, message=words[:100].encode())

    async def word(self, context, word, number):
        letters = list(word + " ")
        length = WORD_MS / len(letters)
        await self.socket.send({
            "audio": base64.b64encode(self.audio).decode(),
            "isFinal": None,
            "contextId": context,
            "normalizedAlignment": None,
            "alignment": {
                "chars": letters,
                "charStartTimesMs": [int(i * length) for i in range(len(letters))],
                "charDurationsMs": [int(length)] * len(letters),
            },
        })  # fmt: skip

    async def done(self, context):
        await self.socket.send({"isFinal": True, "contextId": context})


@dataclass
class Aura(Voices):
    """Deepgram's /v1/speak.

    https://developers.deepgram.com/reference/text-to-speech/speak-streaming (2026-11).
    """

    commands: list = field(default_factory=list)

    def routes(self):
        return [web.get("/v1/speak", self.speak)]

    def wrong_key(self, request):
        return request.headers.get("Authorization") != f"Token {self.key}"

    def error(self, status, message):
        return web.json_response({"err_code": "X", "err_msg": message}, status=status)

    async def speak(self, request):
        query = request.query
        known = {"model", "encoding", "sample_rate", "speed"}
        if set(query) - known or query.get("encoding") not in ("linear16", "mulaw", "alaw"):  # fmt: skip
            self.complaints.append(f"bad query {dict(query)}")
            return self.error(400, "bad query")
        return await self.socket(request, AuraSession)


class AuraSession:
    """One queue: text waits for a flush, flushed text is spoken in order."""

    def __init__(self, double, socket, request):
        self.double, self.socket = double, socket
        query = request.query
        self.audio = tone(query["encoding"], int(query["sample_rate"]))
        self.waiting = ""
        self.queue = asyncio.Queue()
        self.task = asyncio.create_task(self.work())

    def bye(self):
        self.task.cancel()

    async def binary(self, data):
        await self.socket.refuse(1003, "no binary messages")

    async def text(self, message):
        kind = message.get("type")
        self.double.commands.append(kind)
        if kind == "Speak":
            if not message["text"].strip():
                self.double.complaints.append("empty text")
            self.waiting += message["text"]
        elif kind == "Flush":
            if not self.waiting:
                self.double.complaints.append("a flush of nothing")
                return
            self.queue.put_nowait(self.waiting.split())
            self.waiting = ""
        elif kind == "Clear":
            self.waiting = ""
            self.task.cancel()
            self.queue = asyncio.Queue()
            await self.socket.send({"type": "Cleared", "sequence_id": 0})
            self.task = asyncio.create_task(self.work())
        elif kind == "Close":
            await self.socket.ws.close()
        else:
            await self.socket.refuse(1008, f"unknown message {message}")

    async def work(self):
        while True:
            for _ in await self.queue.get():
                await self.speak()
                await asyncio.sleep(SPEECH_EVERY)
            await self.socket.send({"type": "Flushed", "sequence_id": 0})
            if self.double.hangs_up and self.queue.empty():
                await self.socket.ws.close(code=1000)

    async def speak(self):
        if self.double.fault == "cut":
            self.double.cut(self.socket.request)
        elif not self.socket.ws.closed:
            await self.socket.ws.send_bytes(self.audio)
