"""Rime's voices over HTTP: a request for each sentence, its audio streamed.

https://docs.rime.ai/api-reference/endpoint/streaming-pcm (2026-11).
"""

import orjson

from providers.account import Account
from providers.sentence_voice import SPOKEN, HttpSpeech, HttpVoice

DEFAULT_MODEL = "coda"
DEFAULT_VOICE = "lyra"
LANGUAGES = {"en": "eng", "es": "spa", "fr": "fra", "de": "ger", "hi": "hin"}


def build(account: Account) -> HttpSpeech:
    """Return the voice engine; no connection is made yet."""
    return HttpSpeech(account, RimeVoice)


class RimeVoice(HttpVoice):
    """One call's mouth."""

    @staticmethod
    def headers_for(account: Account) -> dict[str, str]:
        return {
            "Authorization": f"Bearer {account.secret()}",
            "Accept": "audio/pcm",
            "Content-Type": "application/json",
        }

    def _post(self, sentence: str) -> tuple[str, bytes]:
        url = f"{self._account.base_url}/v1/rime-tts"
        return url, orjson.dumps(self._body(sentence))

    def _body(self, sentence: str) -> dict[str, object]:
        request = self._request
        body: dict[str, object] = {
            "text": sentence,
            "speaker": request.voice or DEFAULT_VOICE,
            "modelId": request.model or self._account.model or DEFAULT_MODEL,
            "samplingRate": SPOKEN.sample_rate,
        }
        if lang := LANGUAGES.get(request.language.split("-")[0]):
            body["lang"] = lang
        if request.speed != 1.0:
            body["speedAlpha"] = 1 / request.speed
        return body
