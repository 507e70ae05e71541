"""AssemblyAI (v3), Speechmatics (v2), Gladia (v2) and Soniox, listening live.

https://www.assemblyai.com/docs/streaming/message-sequence,
https://docs.speechmatics.com/api-ref/realtime-transcription-websocket,
https://docs.gladia.io/api-reference/v2/live/init,
https://soniox.com/docs/api-reference/stt/websocket-api (2026-11). Loud audio is speech, as
for Deepgram's double; time is counted in audio.
"""

import asyncio
from dataclasses import dataclass, field

from aiohttp import web

from tests.doubles.deepgram import Hearing
from tests.doubles.server import Double, converse

PARTIAL_EVERY = 0.3  # s of speech
ENCODINGS = {"pcm_s16le": "linear16", "pcm_mulaw": "mulaw", "mulaw": "mulaw", "alaw": "alaw", "wav/pcm": "linear16", "wav/ulaw": "mulaw", "wav/alaw": "alaw"}  # fmt: skip


@dataclass
class Ears(Double):
    phrases: list = field(default_factory=lambda: ["Hello there.", "My name is Ann."])
    heard_bytes: int = 0
    commands: list = field(default_factory=list)


class Ear(Hearing):
    """Finds phrases; ends one after ``quiet_s`` of silence, if there is one."""

    def __init__(self, double, socket, encoding="pcm_s16le", rate=16000, quiet_s=0.0):
        query = {"encoding": ENCODINGS[encoding], "sample_rate": rate}
        super().__init__(double, socket, query)
        self.quiet_s = quiet_s
        self.next_partial = 0.0

    async def listen(self, loud):
        if loud:
            self.loud_to = self.now
            if not self.phrase:
                self.begin()
                self.next_partial = self.now + PARTIAL_EVERY
            elif self.now >= self.next_partial:
                self.next_partial += PARTIAL_EVERY
                await self.partial(self.so_far())
        elif self.phrase and self.quiet_s and self.now - self.loud_to >= self.quiet_s:
            await self.end()

    async def end(self):
        words, self.phrase = self.phrase.split(), ""
        await self.final(words)

    def timed(self, words):
        """Return words with their times in seconds."""
        each = (self.loud_to - self.loud_from) / max(1, len(words))
        return [(word, self.loud_from + i * each, self.loud_from + (i + 1) * each) for i, word in enumerate(words)]  # fmt: skip

    async def unknown(self, message):
        self.double.complaints.append(f"unknown message {message}")
        await self.socket.refuse(1008, "unknown message")


# ---------------------------------------------------------------- AssemblyAI

QUERY = {"speech_model", "sample_rate", "encoding", "format_turns", "end_of_turn_confidence_threshold", "min_turn_silence", "max_turn_silence", "keyterms_prompt", "language_detection", "inactivity_timeout"}  # fmt: skip


@dataclass
class AssemblyAI(Ears):
    def routes(self):
        return [web.get("/v3/ws", self.listen)]

    def wrong_key(self, request):
        return request.headers.get("Authorization") != self.key

    async def listen(self, request):
        query = dict(request.query)
        self.requests.append(query)
        wrong = set(query) - QUERY or query["encoding"] not in ("pcm_s16le", "pcm_mulaw")  # fmt: skip
        if wrong or not query.get("speech_model"):
            self.complaints.append(f"bad query {query}")
            return self.error(400, "bad query")
        return await converse(self, request, lambda socket: AssemblyAIEar(self, socket, query))  # fmt: skip


class AssemblyAIEar(Ear):
    def __init__(self, double, socket, query):
        own = query.get("end_of_turn_confidence_threshold") != "1.0"
        super().__init__(double, socket, query["encoding"], int(query["sample_rate"]), 0.4 if own else 10.0)  # fmt: skip
        self.order = 0
        # Faults strike in mid-stream, so not here.
        greeting = self.socket.ws.send_json(
            {"type": "Begin", "id": "s1", "expires_at": 1}
        )
        self.greeting = asyncio.ensure_future(greeting)

    async def binary(self, data):
        size = self.rate // 1000 * self.width
        if not 50 <= len(data) / size <= 1000:
            self.double.complaints.append(f"{len(data) / size} ms of audio")
            await self.socket.refuse(3007, "Input duration violation")
        await super().binary(data)

    async def text(self, message):
        kind = message.get("type")
        self.double.commands.append(kind)
        if kind == "ForceEndpoint":
            if self.phrase:
                await self.end()
        elif kind == "Terminate":
            await self.socket.send({"type": "Termination", "audio_duration_seconds": 1, "session_duration_seconds": 1})  # fmt: skip
            await self.socket.ws.close()
        else:
            await self.unknown(message)

    async def partial(self, words):
        await self.turn(words, False, False)

    async def final(self, words):
        await self.turn(words, True, False)
        await self.turn(words, True, True)
        self.order += 1

    async def turn(self, words, ended, formatted):
        text = " ".join(words)
        if not formatted:
            text = text.lower().replace(".", "")
        timed = [{"text": w, "start": round(a * 1000), "end": round(b * 1000), "confidence": 0.9, "word_is_final": ended} for w, a, b in self.timed(text.split())]  # fmt: skip
        await self.socket.send({"type": "Turn", "turn_order": self.order, "turn_is_formatted": formatted, "end_of_turn": ended, "transcript": text, "end_of_turn_confidence": 0.5, "words": timed})  # fmt: skip


# ---------------------------------------------------------------- Speechmatics

CONFIG = {"language", "operating_point", "enable_partials", "max_delay", "max_delay_mode", "output_locale", "additional_vocab", "conversation_config", "diarization", "punctuation_overrides"}  # fmt: skip


@dataclass
class Speechmatics(Ears):
    def routes(self):
        return [web.get("/v2", self.listen)]

    def wrong_key(self, request):
        return request.headers.get("Authorization") != f"Bearer {self.key}"

    async def listen(self, request):
        return await converse(self, request, lambda socket: SpeechmaticsEar(self, socket))  # fmt: skip


class SpeechmaticsEar(Ear):
    def __init__(self, double, socket):
        super().__init__(double, socket)
        self.started = False
        self.sequence = 0

    async def text(self, message):
        kind = message.get("message")
        self.double.commands.append(kind)
        if kind == "StartRecognition" and not self.started:
            await self.start(message)
        elif kind == "ForceEndOfUtterance" and self.started:
            if self.phrase:
                await self.end()
            await self.socket.send({"message": "EndOfUtterance", "metadata": {"start_time": self.now, "end_time": self.now}})  # fmt: skip
        elif kind == "EndOfStream":
            if message["last_seq_no"] != self.sequence:
                self.double.complaints.append(f"{message} after {self.sequence}")
            await self.socket.send({"message": "EndOfTranscript"})
            await self.socket.ws.close()
        else:
            await self.unknown(message)

    async def start(self, message):
        audio, config = message["audio_format"], message["transcription_config"]
        self.double.requests.append(config)
        bad = set(config) - CONFIG or set(audio) != {"type", "encoding", "sample_rate"}
        if bad or audio["encoding"] not in ("pcm_s16le", "mulaw") or not 0.7 <= config["max_delay"] <= 4:  # fmt: skip
            self.double.complaints.append(f"bad start {message}")
            await self.socket.send({"message": "Error", "type": "invalid_config", "reason": "bad start"})  # fmt: skip
            return
        trigger = config.get("conversation_config", {})
        quiet = trigger.get("end_of_utterance_silence_trigger", 0.0)
        Ear.__init__(self, self.double, self.socket, audio["encoding"], audio["sample_rate"], quiet)  # fmt: skip
        self.started = True
        await self.socket.ws.send_json({"message": "RecognitionStarted", "id": "r1"})

    async def binary(self, data):
        if not self.started:
            await self.unknown("audio before the start")
            return
        self.sequence += 1
        await self.socket.send({"message": "AudioAdded", "seq_no": self.sequence})
        await super().binary(data)

    async def partial(self, words):
        await self.transcript("AddPartialTranscript", words)

    async def final(self, words):
        await self.transcript("AddTranscript", words)
        if self.quiet_s and self.now - self.loud_to >= self.quiet_s:
            await self.socket.send({"message": "EndOfUtterance", "metadata": {"start_time": self.loud_to, "end_time": self.loud_to}})  # fmt: skip

    async def transcript(self, kind, words):
        results = [{"type": "word", "start_time": a, "end_time": b, "alternatives": [{"content": w, "confidence": 0.9, "language": "en"}]} for w, a, b in self.timed(words)]  # fmt: skip
        await self.socket.send({"message": kind, "format": "2.9", "metadata": {"transcript": " ".join(words) + " ", "start_time": self.loud_from, "end_time": max(self.loud_to, self.loud_from)}, "results": results})  # fmt: skip


# ---------------------------------------------------------------- Gladia

SESSION = {"model", "encoding", "bit_depth", "sample_rate", "channels", "endpointing", "maximum_duration_without_endpointing", "language_config", "messages_config", "realtime_processing", "pre_processing"}  # fmt: skip


@dataclass
class Gladia(Ears):
    def routes(self):
        return [web.post("/v2/live", self.open), web.get("/v2/live", self.listen)]

    def wrong_key(self, request):
        return (
            request.method == "POST" and request.headers.get("X-Gladia-Key") != self.key
        )

    async def open(self, request):
        if answer := await self.guard(request):
            return answer
        body = await request.json()
        depth = 16 if body["encoding"] == "wav/pcm" else 8
        if set(body) - SESSION or body["bit_depth"] != depth or not 0.01 <= body["endpointing"] <= 10:  # fmt: skip
            self.complaints.append(f"bad session {body}")
            return self.error(400, "bad session")
        self.requests.append(body)
        socket = self.url.replace("http", "ws", 1)
        return web.json_response({"id": "s1", "created_at": "2026-11-26", "url": f"{socket}/v2/live?token=t1"}, status=201)  # fmt: skip

    async def listen(self, request):
        if request.query.get("token") != "t1":
            return self.error(401, "no token")
        asked = self.requests[-1]
        return await converse(self, request, lambda socket: GladiaEar(self, socket, asked["encoding"], asked["sample_rate"], asked["endpointing"]))  # fmt: skip


class GladiaEar(Ear):
    async def text(self, message):
        self.double.commands.append(message.get("type"))
        if message.get("type") == "stop_recording":
            await self.socket.ws.close()
        else:
            await self.unknown(message)

    async def partial(self, words):
        await self.transcript(words, False)

    async def final(self, words):
        await self.transcript(words, True)

    async def transcript(self, words, is_final):
        timed = [{"word": f" {w}", "start": a, "end": b, "confidence": 0.9} for w, a, b in self.timed(words)]  # fmt: skip
        said = {"text": " ".join(words), "start": self.loud_from, "end": self.loud_to, "confidence": 0.9, "language": "en", "channel": 0, "words": timed}  # fmt: skip
        await self.socket.send({"type": "transcript", "session_id": "s1", "created_at": "2026-11-26", "data": {"id": "u1", "is_final": is_final, "utterance": said}})  # fmt: skip


# ---------------------------------------------------------------- Soniox

START = {"model", "audio_format", "sample_rate", "num_channels", "language_hints", "context", "enable_endpoint_detection", "enable_language_identification", "enable_speaker_diarization"}  # fmt: skip


@dataclass
class Soniox(Ears):
    def routes(self):
        return [web.get("/transcribe-websocket", self.listen)]

    def wrong_key(self, request):
        return request.headers.get("Authorization") != f"Bearer {self.key}"

    async def listen(self, request):
        return await converse(self, request, lambda socket: SonioxEar(self, socket))


class SonioxEar(Ear):
    def __init__(self, double, socket):
        super().__init__(double, socket)
        self.started = False

    async def text(self, message):
        if not self.started:
            self.double.requests.append(message)
            if set(message) - START or message["num_channels"] != 1:
                self.double.complaints.append(f"bad start {message}")
                await self.socket.send({"error_code": 400, "error_message": "bad start"})  # fmt: skip
                return
            quiet = 0.3 if message["enable_endpoint_detection"] else 0.0
            Ear.__init__(self, self.double, self.socket, message["audio_format"], message["sample_rate"], quiet)  # fmt: skip
            self.started = True
            return
        kind = message.get("type")
        self.double.commands.append(kind)
        if kind == "finalize":
            words, self.phrase = self.phrase.split(), ""
            await self.tokens(words, True, "<fin>")
        elif kind != "keepalive":
            await self.unknown(message)

    async def partial(self, words):
        await self.tokens(words, False)

    async def final(self, words):
        await self.tokens(words, True, "<end>")

    async def tokens(self, words, is_final, mark=""):
        tokens = [{"text": w if not i else f" {w}", "start_ms": round(a * 1000), "end_ms": round(b * 1000), "confidence": 0.9, "is_final": is_final} for i, (w, a, b) in enumerate(self.timed(words))]  # fmt: skip
        if mark:
            tokens.append({"text": mark, "is_final": True})
        ms = round(self.now * 1000)
        await self.socket.send({"tokens": tokens, "final_audio_proc_ms": ms, "total_audio_proc_ms": ms})  # fmt: skip
