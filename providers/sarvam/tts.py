"""Sarvam's voices over HTTP: a request for each sentence.

https://docs.sarvam.ai/api-reference-docs/text-to-speech/convert (2026-11): the answer is
JSON with WAV files in base64.
"""

from typing import Any

import orjson

from providers.account import Account
from providers.sarvam import hosts
from providers.sentence_voice import SPOKEN, HttpSpeech, PackedVoice

DEFAULT_MODEL = "bulbul:v3"
DEFAULT_VOICE = "shubh"


def build(account: Account) -> HttpSpeech:
    """Return the voice engine; no connection is made yet."""
    return HttpSpeech(account, SarvamVoice)


class SarvamVoice(PackedVoice):
    """One call's mouth."""

    @staticmethod
    def headers_for(account: Account) -> dict[str, str]:
        return {"content-type": "application/json", **hosts.headers(account)}

    def _post(self, sentence: str) -> tuple[str, bytes]:
        url = f"{hosts.of(self._account)}/text-to-speech"
        return url, orjson.dumps(self._body(sentence))

    def _body(self, sentence: str) -> dict[str, object]:
        request = self._request
        return {
            "text": sentence,
            "target_language_code": request.language,
            "speaker": request.voice or DEFAULT_VOICE,
            "model": request.model or self._account.model or DEFAULT_MODEL,
            "speech_sample_rate": SPOKEN.sample_rate,
            "pace": request.speed,
        }

    @staticmethod
    def _packed(answer: Any) -> str:
        [packed] = answer["audios"]
        return str(packed)
