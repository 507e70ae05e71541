"""OpenAI's voices over HTTP: a request for each sentence, its audio streamed.

https://platform.openai.com/docs/api-reference/audio/createSpeech (2026-11): ``pcm`` is
16-bit at 24 kHz.
"""

import orjson

from providers.account import Account
from providers.openai import dialects
from providers.sentence_voice import HttpSpeech, HttpVoice

DEFAULT_MODEL = "gpt-4o-mini-tts"
DEFAULT_VOICE = "alloy"


def build(account: Account) -> HttpSpeech:
    """Return the voice engine; no connection is made yet."""
    return HttpSpeech(account, OpenAIVoice)


class OpenAIVoice(HttpVoice):
    """One call's mouth."""

    @staticmethod
    def headers_for(account: Account) -> dict[str, str]:
        return {"content-type": "application/json", **dialects.headers(account)}

    def _post(self, sentence: str) -> tuple[str, bytes]:
        url = f"{self._account.base_url}/audio/speech"
        return url, orjson.dumps(self._body(sentence))

    def _body(self, sentence: str) -> dict[str, object]:
        request = self._request
        body: dict[str, object] = {
            "model": request.model or self._account.model or DEFAULT_MODEL,
            "voice": request.voice or DEFAULT_VOICE,
            "input": sentence,
            "response_format": "pcm",
        }
        if request.speed != 1.0:
            body["speed"] = request.speed
        if "instructions" in request.options:
            body["instructions"] = request.options["instructions"]
        return body
