"""Google's Gemini Live API: https://ai.google.dev/api/live (2026-11)."""

import asyncio
import base64
import json
from dataclasses import dataclass, field

from aiohttp import web

from tests.doubles.realtime import WORD_MS, Session, SpeechToSpeech, Wrong, known
from tests.doubles.server import Socket, converse
from tests.doubles.voices import tone

LIVE_PATH = "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent"  # fmt: skip
SETUP = {"model", "generationConfig", "systemInstruction", "tools", "realtimeInputConfig", "sessionResumption", "contextWindowCompression", "inputAudioTranscription", "outputAudioTranscription", "proactivity", "historyConfig"}  # fmt: skip
GENERATION = {"responseModalities", "speechConfig", "temperature", "maxOutputTokens", "topP", "topK", "thinkingConfig", "enableAffectiveDialog"}  # fmt: skip
ACTIVITY = {"disabled", "startOfSpeechSensitivity", "endOfSpeechSensitivity", "prefixPaddingMs", "silenceDurationMs"}  # fmt: skip
LIVE_VOICES = {"Puck", "Charon", "Kore", "Fenrir", "Aoede", "Leda", "Orus", "Zephyr"}
ONE_OF = {"setup", "clientContent", "realtimeInput", "toolResponse"}


class BinarySocket(Socket):
    """Google sends JSON in binary messages."""

    async def send(self, message):
        if self.double.fault in ("garbage", "cut", "half_open"):
            await super().send(message)
        elif not self.ws.closed:
            await self.ws.send_bytes(json.dumps(message).encode())


@dataclass
class Gemini(SpeechToSpeech):
    handle: str = "handle-1"
    resumed: list = field(default_factory=list)

    def routes(self):
        return [web.get(LIVE_PATH, self.talk)]

    def wrong_key(self, request):
        return False  # told in a closing, as Google does

    async def talk(self, request):
        self.requests.append(dict(request.query))
        right = request.headers.get("x-goog-api-key") == self.key
        return await converse(
            self,
            request,
            lambda socket: GeminiSession(
                self, BinarySocket(self, request, socket.ws), right
            ),
        )


class GeminiSession(Session):
    def __init__(self, double, socket, has_key):
        super().__init__(double, socket)
        self.has_key = has_key
        self.is_set_up = False
        self.waits_for_history = False
        self.playing_until = 0.0
        self.calls = {}

    async def binary(self, data):
        await self.text(json.loads(data))

    async def text(self, message):
        if not self.has_key:
            await self.socket.ws.close(code=1007, message=b"API key not valid. Please pass a valid API key.")  # fmt: skip
            return
        try:
            (kind,) = message
            if kind not in ONE_OF or (kind == "setup") == self.is_set_up:
                raise Wrong(f"{kind} is out of place")
            await getattr(self, kind)(message[kind])
        except (Wrong, KeyError, ValueError, TypeError) as wrong:
            await self.socket.refuse(1007, f"Request contains an invalid argument. {wrong}"[:120])  # fmt: skip

    async def setup(self, told):
        known(told, SETUP, "setup")
        known(told["generationConfig"], GENERATION, "generationConfig")
        if not told["model"].startswith("models/"):
            raise Wrong("model")
        if told["generationConfig"]["responseModalities"] != ["AUDIO"]:
            raise Wrong("responseModalities")
        voice = told["generationConfig"]["speechConfig"]["voiceConfig"]["prebuiltVoiceConfig"]["voiceName"]  # fmt: skip
        if voice not in LIVE_VOICES:
            raise Wrong(f"voice {voice}")
        known(told["realtimeInputConfig"], {"automaticActivityDetection", "activityHandling", "turnCoverage"}, "realtimeInputConfig")  # fmt: skip
        known(told["realtimeInputConfig"]["automaticActivityDetection"], ACTIVITY, "activity")  # fmt: skip
        self.interrupts = told["realtimeInputConfig"]["activityHandling"] == "START_OF_ACTIVITY_INTERRUPTS"  # fmt: skip
        for tool in told.get("tools", ()):
            for declared in tool["functionDeclarations"]:
                known(declared, {"name", "description", "parameters", "parametersJsonSchema", "behavior"}, "tool")  # fmt: skip
        if handle := told.get("sessionResumption", {}).get("handle"):
            if handle != self.double.handle:
                raise Wrong("handle")
            self.double.resumed.append(handle)
        self.waits_for_history = told.get("historyConfig", {}).get("initialHistoryInClientContent", False)  # fmt: skip
        self.double.instructions.append(told["systemInstruction"]["parts"][0]["text"])
        self.is_set_up = True
        await self.socket.send({"setupComplete": {}})
        await self.socket.send({"sessionResumptionUpdate": {"newHandle": self.double.handle, "resumable": True}})  # fmt: skip

    async def clientContent(self, content):
        if not self.waits_for_history:
            raise Wrong("clientContent only begins a session")
        self.waits_for_history = not content["turnComplete"]
        for turn in content["turns"]:
            if turn["role"] not in ("user", "model"):
                raise Wrong(turn["role"])
            for part in turn["parts"]:
                known(part, {"text", "functionCall", "functionResponse"}, "part")
                self.double.history.append((turn["role"], part.get("text", "tool")))

    async def realtimeInput(self, given):
        if self.waits_for_history:
            raise Wrong("history comes first")
        known(given, {"audio", "text", "activityStart", "activityEnd", "audioStreamEnd"}, "realtimeInput")  # fmt: skip
        if audio := given.get("audio"):
            kind, _, rate = audio["mimeType"].partition(";rate=")
            if kind != "audio/pcm":
                raise Wrong(kind)
            self.rate = int(rate)
            await self.hear(base64.b64decode(audio["data"], validate=True))
        if text := given.get("text"):
            self.double.history.append(("user", text))
            await self.reply(text)

    async def toolResponse(self, given):
        for answer in given["functionResponses"]:
            if self.calls.pop(answer["id"]) != answer["name"]:
                raise Wrong("another tool's answer")
            self.double.tool_results.append(answer["response"]["result"])
        if not self.calls:
            await self.reply()

    async def began(self):
        loop = asyncio.get_running_loop()
        if self.interrupts and (self.speaking or loop.time() < self.playing_until):
            await self.stop()
            self.playing_until = 0.0
            await self.content(interrupted=True)
            await self.content(turnComplete=True)

    async def ended(self, phrase):
        first, _, rest = phrase.partition(" ")
        await self.content(inputTranscription={"text": first})
        await self.content(inputTranscription={"text": f" {rest}"})
        await self.reply()

    async def reply(self, instructions=""):
        await self.stop()
        self.start(self.respond(self.wanted(instructions)))

    async def content(self, **content):
        await self.socket.send({"serverContent": content})

    async def respond(self, words):
        if tool := self.double.tool:
            self.double.tool = None
            call = f"call{len(self.double.requests)}{id(self) % 999}"
            self.calls[call] = tool[0]
            await self.socket.send({"toolCall": {"functionCalls": [{"id": call, "name": tool[0], "args": tool[1]}]}})  # fmt: skip
            return
        loop = asyncio.get_running_loop()
        for number, word in enumerate(words.split()):
            sound = base64.b64encode(tone("pcm", 24_000)).decode()
            part = {"inlineData": {"mimeType": "audio/pcm;rate=24000", "data": sound}}
            await self.content(modelTurn={"parts": [part]}, outputTranscription={"text": word if not number else f" {word}"})  # fmt: skip
            self.playing_until = max(loop.time(), self.playing_until) + WORD_MS / 1000
            await asyncio.sleep(self.double.word_every)
        await self.content(generationComplete=True)
        usage = {
            "promptTokenCount": 100, "responseTokenCount": 60, "totalTokenCount": 160,
            "promptTokensDetails": [{"modality": "TEXT", "tokenCount": 40}, {"modality": "AUDIO", "tokenCount": 60}],
            "responseTokensDetails": [{"modality": "TEXT", "tokenCount": 10}, {"modality": "AUDIO", "tokenCount": 50}],
        }  # fmt: skip
        await self.socket.send({"usageMetadata": usage, "serverContent": {"turnComplete": True}})  # fmt: skip

    async def go_away(self, left="5s"):
        """Say that the connection ends soon."""
        await self.socket.send({"goAway": {"timeLeft": left}})
