"""Azure, Sarvam and Rime over HTTP, as their documents have it; strict about requests.

https://learn.microsoft.com/azure/ai-services/speech-service/rest-text-to-speech and
rest-speech-to-text-short, https://docs.sarvam.ai/api-reference-docs,
https://docs.rime.ai/api-reference/endpoint/streaming-pcm (2026-11). A word is 200 ms of
a tone at 24 kHz.
"""

import asyncio
import base64
import io
import re
import wave
from dataclasses import dataclass, field
from xml.etree import ElementTree

from aiohttp import web

from tests.doubles.server import Double
from tests.doubles.voices import tone

RATE = 24_000
WORDS = "Hello there."


def packed_wave(text):
    """Return a tone a word as a WAV file in base64."""
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(tone("pcm", RATE) * len(text.split()))
    return base64.b64encode(out.getvalue()).decode()


@dataclass
class SpeechOverHttp(Double):
    seen_audio: list = field(default_factory=list)  # (rate, seconds)

    async def speak(self, request, text) -> web.StreamResponse:
        """Stream the words' audio, with the faults that strike in mid-stream."""
        response = web.StreamResponse(headers={"Content-Type": "audio/pcm"})
        await response.prepare(request)
        try:
            for number, _ in enumerate(text.split()):
                if number == 2 and self.fault == "cut":
                    self.cut(request)
                    return response
                if number == 2 and self.fault == "half_open":
                    await asyncio.sleep(60)
                await response.write(tone("pcm", RATE))
                await asyncio.sleep(0.005)
        except (ConnectionError, asyncio.CancelledError):
            self.disconnected += 1
            raise
        return response

    def hear(self, content: bytes) -> bool:
        """Look at a WAV file; tell whether there is anything in it."""
        with wave.open(io.BytesIO(content)) as file:
            assert file.getnchannels() == 1
            assert file.getsampwidth() == 2
            seconds = file.getnframes() / file.getframerate()
            self.seen_audio.append((file.getframerate(), seconds))
        return seconds > 0.1

    async def broken(self, request) -> web.StreamResponse | None:
        if self.fault == "cut":
            self.cut(request)
        if self.fault == "half_open":
            await asyncio.sleep(60)
        if self.fault == "garbage":
            return web.Response(text="{not json", content_type="application/json")
        return None

    def refuse(self, why: str) -> web.Response:
        self.complaints.append(why)
        return self.error(400, why)


@dataclass
class Azure(SpeechOverHttp):
    def routes(self):
        return [
            web.post("/cognitiveservices/v1", self._tts),
            web.post(
                "/speech/recognition/conversation/cognitiveservices/v1", self._stt
            ),
        ]

    def wrong_key(self, request):
        return request.headers.get("Ocp-Apim-Subscription-Key") != self.key

    async def _tts(self, request):
        if answer := await self.guard(request):
            return answer
        if (
            request.headers.get("X-Microsoft-OutputFormat")
            != "raw-24khz-16bit-mono-pcm"
        ):
            return self.refuse("another format")
        if request.headers.get("Content-Type") != "application/ssml+xml":
            return self.refuse("no SSML")
        speak = ElementTree.fromstring(await request.text())
        voice = speak.find("{http://www.w3.org/2001/10/synthesis}voice")
        text = "".join(voice.itertext())
        self.requests.append({"voice": voice.get("name"), "input": text})
        if self.fault == "garbage":
            return self.error(502, "garbage")
        return await self.speak(request, text)

    async def _stt(self, request):
        if answer := await self.guard(request):
            return answer
        if not re.match(
            r"audio/wav; codecs=audio/pcm; samplerate=\d+$",
            request.headers["Content-Type"],
        ):
            return self.refuse("another kind of audio")
        if not request.query.get("language"):
            return self.refuse("no language")
        content = await request.read()
        if answer := await self.broken(request):
            return answer
        heard = self.hear(content)
        return web.json_response(
            {
                "RecognitionStatus": "Success",
                "DisplayText": WORDS,
                "Offset": 0,
                "Duration": 1,
            }
            if heard
            else {"RecognitionStatus": "NoMatch", "Offset": 0, "Duration": 0}
        )


@dataclass
class Sarvam(SpeechOverHttp):
    def routes(self):
        return [
            web.post("/text-to-speech", self._tts),
            web.post("/speech-to-text", self._stt),
        ]

    def wrong_key(self, request):
        return request.headers.get("api-subscription-key") != self.key

    async def _tts(self, request):
        if answer := await self.guard(request):
            return answer
        body = await request.json()
        missing = {"text", "target_language_code", "speaker", "model"} - set(body)
        if missing or body.get("speech_sample_rate") != RATE:
            return self.refuse(f"missing {missing}")
        self.requests.append({**body, "input": body["text"]})
        if answer := await self.broken(request):
            return answer
        packed = packed_wave(body["text"])
        return web.json_response({"request_id": "r1", "audios": [packed]})

    async def _stt(self, request):
        if answer := await self.guard(request):
            return answer
        form = await request.post()
        if not form.get("model") or not form.get("language_code"):
            return self.refuse("model or language is missing")
        content = form["file"].file.read()
        if answer := await self.broken(request):
            return answer
        heard = self.hear(content)
        return web.json_response(
            {
                "request_id": "r1",
                "transcript": WORDS if heard else "",
                "language_code": "en-IN",
            }
        )


@dataclass
class Rime(SpeechOverHttp):
    def routes(self):
        return [web.post("/v1/rime-tts", self._tts)]

    def wrong_key(self, request):
        return request.headers.get("Authorization") != f"Bearer {self.key}"

    async def _tts(self, request):
        if answer := await self.guard(request):
            return answer
        body = await request.json()
        if request.headers.get("Accept") != "audio/pcm":
            return self.refuse("another format")
        missing = {"text", "speaker", "modelId", "samplingRate"} - set(body)
        if missing:
            return self.refuse(f"missing {missing}")
        self.requests.append({**body, "input": body["text"]})
        if self.fault == "garbage":
            return self.error(502, "garbage")
        return await self.speak(request, body["text"])
