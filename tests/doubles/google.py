"""Google's speech over REST, version 1, as its documents have it; strict about requests.

https://cloud.google.com/text-to-speech/docs/reference/rest/v1/text/synthesize and
.../voices/list, https://cloud.google.com/speech-to-text/docs/reference/rest/v1/speech/recognize
(2026-11). A word is 200 ms of a tone at 24 kHz.
"""

import base64
from dataclasses import dataclass, field

from aiohttp import web

from tests.doubles.speech_http import RATE, WORDS, SpeechOverHttp, packed_wave

MODELS = ("latest_long", "latest_short", "telephony", "telephony_short", "default")
VOICES = (
    "en-US-Chirp3-HD-Charon",
    "en-US-Chirp3-HD-Kore",
    "en-US-Neural2-C",
    "de-DE-Chirp3-HD-Achernar",
    "de-DE-Chirp3-HD-Charon",
    "de-DE-Wavenet-G",
    "cmn-CN-Chirp3-HD-Charon",
)
TTS_FIELDS = {
    "input": {"text"},
    "voice": {"languageCode", "name"},
    "audioConfig": {"audioEncoding", "sampleRateHertz", "speakingRate"},
}
STT_FIELDS = {
    "config": {
        "encoding",
        "sampleRateHertz",
        "languageCode",
        "model",
        "enableAutomaticPunctuation",
        "profanityFilter",
        "speechContexts",
    },
    "audio": {"content"},
}


@dataclass
class Google(SpeechOverHttp):
    configs: list = field(default_factory=list)  # of what was heard
    listed: list = field(default_factory=list)  # languages asked about
    results: list | None = None  # instead of the words

    def routes(self):
        return [
            web.post("/v1/text:synthesize", self._tts),
            web.get("/v1/voices", self._voices),
            web.post("/v1/speech:recognize", self._stt),
        ]

    def error(self, status, message):
        names = {401: "UNAUTHENTICATED", 429: "RESOURCE_EXHAUSTED"}
        told = {"code": status, "message": message, "status": names.get(status, "")}
        return web.json_response({"error": told}, status=status)

    def wrong_key(self, request):
        return request.headers.get("x-goog-api-key") != self.key

    async def guard(self, request):
        if not self.fault and self.wrong_key(request):
            told = {
                "code": 400,
                "message": "API key not valid. Please pass a valid API key.",
                "status": "INVALID_ARGUMENT",
                "details": [{"reason": "API_KEY_INVALID"}],
            }
            return web.json_response({"error": told}, status=400)
        return await super().guard(request)

    async def _voices(self, request):
        if answer := await self.guard(request):
            return answer
        if answer := await self.broken(request):
            return answer
        language = request.query.get("languageCode", "")
        self.listed.append(language)
        spelled = language.replace("zh", "cmn")
        fit = [name for name in VOICES if name.startswith(spelled)]
        voices = [
            {"languageCodes": ["-".join(name.split("-")[:2])], "name": name}
            for name in fit
        ]
        return web.json_response({"voices": voices} if voices else {})

    async def _tts(self, request):
        if answer := await self.guard(request):
            return answer
        body = await request.json()
        if unknown := _unknown(body, TTS_FIELDS):
            return self.refuse(f"unknown or missing {unknown}")
        voice, sound = body["voice"], body["audioConfig"]
        if voice["name"] not in VOICES:
            return self.refuse(f"Voice '{voice['name']}' does not exist.")
        if not voice["name"].startswith(voice["languageCode"] + "-"):
            return self.refuse("the language code does not match the voice")
        if (sound["audioEncoding"], sound["sampleRateHertz"]) != ("LINEAR16", RATE):
            return self.refuse("another format")
        if not 0.25 <= sound.get("speakingRate", 1.0) <= 2.0:
            return self.refuse("no such speed")
        self.requests.append({**body, "input": body["input"]["text"]})
        if answer := await self.broken(request):
            return answer
        packed = packed_wave(body["input"]["text"])
        return web.json_response({"audioContent": packed})

    async def _stt(self, request):
        if answer := await self.guard(request):
            return answer
        body = await request.json()
        if unknown := _unknown(body, STT_FIELDS):
            return self.refuse(f"unknown or missing {unknown}")
        config = body["config"]
        if config["encoding"] != "LINEAR16" or not config["languageCode"]:
            return self.refuse("another encoding, or no language")
        if config["model"] not in MODELS:
            return self.refuse(f"there is no model {config['model']}")
        sound = base64.b64decode(body["audio"]["content"], validate=True)
        if answer := await self.broken(request):
            return answer
        self.configs.append(config)
        seconds = len(sound) / 2 / config["sampleRateHertz"]
        self.seen_audio.append((config["sampleRateHertz"], seconds))
        said = [{"alternatives": [{"transcript": WORDS, "confidence": 0.93}]}]
        results = said if self.results is None else self.results
        told = {"totalBilledTime": "2s", "requestId": "1"}
        heard = seconds > 0.1 and results
        return web.json_response({**told, "results": results} if heard else told)


def _unknown(body, fields):
    """Name what is no field, or is missing as a whole."""
    wrong = set(body) ^ set(fields)
    for name in set(body) & set(fields):
        wrong |= set(body[name]) - fields[name]
    return sorted(wrong)
