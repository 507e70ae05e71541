"""OpenAI's Realtime API (general availability).

https://developers.openai.com/api/reference/resources/realtime/client-events and
server-events (2026-11).
"""

import asyncio
import audioop
import base64
import json
from dataclasses import dataclass

from aiohttp import web

from tests.doubles.realtime import WORD_MS, Session, SpeechToSpeech, Wrong, known
from tests.doubles.server import converse
from tests.doubles.voices import tone

FORMATS = {"audio/pcm": ("pcm", 24_000), "audio/pcmu": ("mulaw", 8000), "audio/pcma": ("alaw", 8000)}  # fmt: skip
VOICES = {"alloy", "ash", "ballad", "coral", "echo", "sage", "shimmer", "verse", "marin", "cedar"}  # fmt: skip
SESSION = {"type", "instructions", "output_modalities", "max_output_tokens", "tools", "tool_choice", "audio", "tracing", "truncation", "include", "prompt"}  # fmt: skip
INPUT = {"format", "transcription", "turn_detection", "noise_reduction"}
OUTPUT = {"format", "voice", "speed"}
DETECTION = {
    "semantic_vad": {"type", "eagerness", "create_response", "interrupt_response"},
    "server_vad": {"type", "threshold", "prefix_padding_ms", "silence_duration_ms", "create_response", "interrupt_response", "idle_timeout_ms"},
}  # fmt: skip
CONTENT = {"user": {"input_text", "input_audio"}, "assistant": {"output_text", "output_audio"}, "system": {"input_text"}}  # fmt: skip


@dataclass
class OpenAI(SpeechToSpeech):
    fails: dict | None = None  # the next response fails with this error

    def routes(self):
        return [
            web.get("/v1/realtime", self.talk),
            web.get("/v1/models", self.models),
        ]

    async def models(self, request):
        return await self.guard(request) or web.json_response({"data": []})

    def wrong_key(self, request):
        return request.headers.get("Authorization") != f"Bearer {self.key}"

    async def talk(self, request):
        self.requests.append(dict(request.query))
        if "OpenAI-Beta" in request.headers:
            self.complaints.append("the beta's header")
        if set(request.query) != {"model"}:
            return self.error(400, "You must provide a model parameter.")
        return await converse(self, request, lambda socket: OpenAISession(self, socket))


class OpenAISession(Session):
    def __init__(self, double, socket):
        super().__init__(double, socket)
        self.count = 0
        self.created = False
        self.session = {}
        self.active = None
        self.sound_of = {}  # item -> ms
        self.calls = set()
        self.start_of_speech = ""

    def name(self, kind):
        self.count += 1
        return f"{kind}_{id(self) % 9999}_{self.count}"

    async def send(self, kind, **content):
        await self.socket.send({"type": kind, "event_id": self.name("event"), **content})  # fmt: skip

    async def error(self, message, code=None, kind="invalid_request_error"):
        await self.send("error", error={"type": kind, "code": code, "message": message, "param": None, "event_id": None})  # fmt: skip

    async def binary(self, data):
        await self.socket.refuse(1003, "binary message")

    async def text(self, message):
        if not self.created:
            self.created = True
            await self.send("session.created", session={"type": "realtime", "object": "realtime.session", "id": self.name("sess")})  # fmt: skip
        handle = getattr(self, message["type"].replace(".", "_"), None)
        try:
            if handle is None or "_" not in message["type"].replace(".", "_"):
                raise Wrong(f"Invalid value: '{message['type']}'.")
            await handle(message)
        except (Wrong, KeyError, ValueError, TypeError) as wrong:
            self.double.complaints.append(f"{type(wrong).__name__}: {wrong}")
            await self.error(str(wrong))

    # ---- the session

    async def session_update(self, message):
        told = message["session"]
        known(told, SESSION, "session")
        if told["type"] != "realtime":
            raise Wrong("session.type")
        if "audio" in told:
            self.check_audio(told["audio"])
        for tool in told.get("tools", ()):
            known(tool, {"type", "name", "description", "parameters"}, "tools")
            if tool["type"] != "function" or tool["parameters"]["type"] != "object":
                raise Wrong("tools")
        self.session.update(told)
        self.double.instructions.append(told.get("instructions", ""))
        await self.send("session.updated", session=self.session)

    def check_audio(self, audio):
        known(audio, {"input", "output"}, "session.audio")
        known(audio["input"], INPUT, "session.audio.input")
        known(audio["output"], OUTPUT, "session.audio.output")
        for side in (audio["input"], audio["output"]):
            wide = side["format"]["type"] == "audio/pcm"
            if side["format"] != {"type": side["format"]["type"], **({"rate": 24_000} if wide else {})}:  # fmt: skip
                raise Wrong(f"format {side['format']}")
        detection = audio["input"]["turn_detection"]
        known(detection, DETECTION[detection["type"]], "turn_detection")
        known(audio["input"]["transcription"], {"model", "language", "prompt"}, "transcription")  # fmt: skip
        if audio["output"]["voice"] not in VOICES:
            raise Wrong(f"Invalid value: '{audio['output']['voice']}'.")
        encoding, self.rate = FORMATS[audio["input"]["format"]["type"]]
        self.decode = {"mulaw": audioop.ulaw2lin, "alaw": audioop.alaw2lin}.get(encoding)  # fmt: skip
        self.width = 1 if self.decode else 2

    # ---- hearing

    async def input_audio_buffer_append(self, message):
        known(message, {"type", "audio", "event_id"}, "append")
        await self.hear(base64.b64decode(message["audio"], validate=True))

    async def began(self):
        self.start_of_speech = self.name("item")
        await self.send("input_audio_buffer.speech_started", audio_start_ms=1, item_id=self.start_of_speech)  # fmt: skip

    async def ended(self, phrase):
        item = self.start_of_speech
        await self.send("input_audio_buffer.speech_stopped", audio_end_ms=2, item_id=item)  # fmt: skip
        await self.send("input_audio_buffer.committed", item_id=item, previous_item_id=None)  # fmt: skip
        added = {"id": item, "type": "message", "role": "user", "content": [{"type": "input_audio", "transcript": None}]}  # fmt: skip
        await self.send("conversation.item.added", item=added, previous_item_id=None)
        await self.send("conversation.item.done", item=added, previous_item_id=None)
        first, _, rest = phrase.partition(" ")
        kind = "conversation.item.input_audio_transcription"
        for delta in (first, f" {rest}"):
            await self.send(f"{kind}.delta", item_id=item, content_index=0, delta=delta)
        await self.send(f"{kind}.completed", item_id=item, content_index=0, transcript=phrase, usage={"type": "duration", "seconds": 1})  # fmt: skip

    # ---- the conversation

    async def conversation_item_create(self, message):
        item = message["item"]
        if item["type"] == "message":
            for part in item["content"]:
                if part["type"] not in CONTENT[item["role"]]:
                    raise Wrong(f"{part['type']} in {item['role']}")
                self.double.history.append((item["role"], part["text"]))
        elif item["type"] == "function_call":
            json.loads(item["arguments"])
            self.calls.add(item["call_id"])
            self.double.history.append(("call", item["name"]))
        elif item["type"] == "function_call_output":
            if item["call_id"] not in self.calls:
                raise Wrong(f"no call {item['call_id']}")
            self.double.tool_results.append(item["output"])
        else:
            raise Wrong(item["type"])
        await self.send("conversation.item.added", item=item, previous_item_id=None)

    async def conversation_item_truncate(self, message):
        known(message, {"type", "item_id", "content_index", "audio_end_ms", "event_id"}, "truncate")  # fmt: skip
        ms = message["audio_end_ms"]
        if not isinstance(ms, int) or not 0 <= ms <= self.sound_of[message["item_id"]]:
            raise Wrong(f"Audio content of {self.sound_of} is already shorter than {ms}ms")  # fmt: skip
        self.double.truncated.append(ms)
        await self.send("conversation.item.truncated", item_id=message["item_id"], content_index=0, audio_end_ms=ms)  # fmt: skip

    # ---- replying

    async def response_create(self, message):
        if self.active:
            self.double.complaints.append("a second response")
            await self.error("Conversation already has an active response", "conversation_already_has_active_response")  # fmt: skip
            return
        options = message.get("response", {})
        known(options, {"instructions", "output_modalities", "tools", "tool_choice", "metadata", "max_output_tokens", "conversation", "input"}, "response")  # fmt: skip
        if options:
            self.double.instructions.append(options["instructions"])
        self.active = self.name("resp")
        self.start(
            self.respond(self.active, self.wanted(options.get("instructions", "")))
        )

    async def response_cancel(self, message):
        known(message, {"type", "response_id", "event_id"}, "cancel")
        if not self.active or message.get("response_id", self.active) != self.active:
            await self.error("Cancellation failed: no active response found", "response_cancel_not_active")  # fmt: skip
            return
        response = self.active
        await self.stop()
        await self.done(response, "cancelled", [])

    async def respond(self, response, words):
        await self.send("response.created", response={"id": response, "status": "in_progress", "output": []})  # fmt: skip
        if failure := self.double.fails:
            self.double.fails = None
            await self.done(response, "failed", [], {"type": "failed", "error": failure})  # fmt: skip
            return
        if tool := self.double.tool:
            self.double.tool = None
            call = self.name("call")
            self.calls.add(call)
            item = {"id": self.name("item"), "type": "function_call", "name": tool[0], "call_id": call, "arguments": json.dumps(tool[1])}  # fmt: skip
            await self.send("response.output_item.added", response_id=response, output_index=0, item=item)  # fmt: skip
            await self.send("response.function_call_arguments.done", response_id=response, item_id=item["id"], output_index=0, call_id=call, arguments=item["arguments"])  # fmt: skip
            await self.done(response, "completed", [item])
            return
        await self.say(response, words)

    async def say(self, response, words):
        item = self.name("item")
        self.sound_of[item] = 0
        place = {"response_id": response, "item_id": item, "output_index": 0, "content_index": 0}  # fmt: skip
        encoding, rate = FORMATS[self.session["audio"]["output"]["format"]["type"]]
        for number, word in enumerate(words.split()):
            await self.send("response.output_audio_transcript.delta", delta=word if not number else f" {word}", **place)  # fmt: skip
            self.sound_of[item] += WORD_MS
            sound = base64.b64encode(tone(encoding, rate)).decode()
            await self.send("response.output_audio.delta", delta=sound, **place)
            await asyncio.sleep(self.double.word_every)
        await self.send("response.output_audio.done", **place)
        await self.send("response.output_audio_transcript.done", transcript=words, **place)  # fmt: skip
        await self.done(response, "completed", [{"id": item, "type": "message"}])

    async def done(self, response, status, output, details=None):
        self.active = None
        usage = {
            "total_tokens": 160,
            "input_tokens": 100,
            "output_tokens": 60,
            "input_token_details": {"text_tokens": 40, "audio_tokens": 60, "cached_tokens": 30, "cached_tokens_details": {"text_tokens": 20, "audio_tokens": 10}},
            "output_token_details": {"text_tokens": 10, "audio_tokens": 50},
        }  # fmt: skip
        await self.send("response.done", response={"id": response, "status": status, "status_details": details, "output": output, "usage": usage})  # fmt: skip

    async def expire(self):
        """End the session as after its longest time."""
        await self.error("Your session hit the maximum duration of 60 minutes.", "session_expired")  # fmt: skip
