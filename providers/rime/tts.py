"""Rime's voices over HTTP: a request for each sentence, its audio streamed.

https://docs.rime.ai/api-reference/endpoint/streaming-pcm (2026-11).
"""

from collections.abc import Callable

import orjson

from providers import sentence_voice
from providers.account import Account
from providers.ports import AudioFormat, TtsEvent, TtsRequest, TtsStream
from providers.sentence_voice import HttpVoice

DEFAULT_MODEL = "coda"
DEFAULT_VOICE = "lyra"
LANGUAGES = {"en": "eng", "es": "spa", "fr": "fra", "de": "ger", "hi": "hin"}
_SPOKEN = AudioFormat("pcm_s16le", 24000)


def build(account: Account) -> "RimeSpeech":
    """Return the voice engine; no connection is made yet."""
    return RimeSpeech(account)


class RimeSpeech:
    """A ``TextToSpeech``."""

    capabilities = sentence_voice.CAPABILITIES

    def __init__(self, account: Account) -> None:
        self._account = account
        self._headers = {
            "Authorization": f"Bearer {account.secret()}",
            "Accept": "audio/pcm",
            "Content-Type": "application/json",
        }

    async def open(
        self, request: TtsRequest, on_event: Callable[[TtsEvent], None]
    ) -> TtsStream:
        """Open a stream; a connection is opened ahead, in the background."""
        return RimeSpeechStream(
            self._account, self._headers, request, on_event, _SPOKEN
        )


class RimeSpeechStream(HttpVoice):
    """One call's mouth."""

    def _post(self, sentence: str) -> tuple[str, bytes]:
        url = f"{self._account.base_url}/v1/rime-tts"
        return url, orjson.dumps(self._body(sentence))

    def _body(self, sentence: str) -> dict[str, object]:
        request = self._request
        body: dict[str, object] = {
            "text": sentence,
            "speaker": request.voice or DEFAULT_VOICE,
            "modelId": request.model or self._account.model or DEFAULT_MODEL,
            "samplingRate": _SPOKEN.sample_rate,
        }
        if lang := LANGUAGES.get(request.language.split("-")[0]):
            body["lang"] = lang
        if request.speed != 1.0:
            body["speedAlpha"] = 1 / request.speed
        return body
