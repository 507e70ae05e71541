"""Google's voices over REST: a request for each sentence.

https://cloud.google.com/text-to-speech/docs/reference/rest/v1/text/synthesize (2026-11):
the answer is JSON with a WAV file in base64.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import orjson

from providers.account import Account
from providers.google import hosts, voices
from providers.ports import TtsEvent, TtsRequest, TtsStream
from providers.sentence_voice import SPOKEN, HttpSpeech, PackedVoice


def build(account: Account) -> "GoogleSpeech":
    """Return the voice engine; no connection is made yet."""
    return GoogleSpeech(account, GoogleVoice)


class GoogleSpeech(HttpSpeech):
    """A ``TextToSpeech`` that must name one of Google's voices."""

    async def open(
        self, request: TtsRequest, on_event: Callable[[TtsEvent], None]
    ) -> TtsStream:
        """Open a stream; a connection is opened ahead, in the background."""
        voice = await voices.pick(self._account, request)
        return await super().open(replace(request, voice=voice), on_event)


class GoogleVoice(PackedVoice):
    """One call's mouth."""

    @staticmethod
    def headers_for(account: Account) -> dict[str, str]:
        return hosts.headers(account)

    def _post(self, sentence: str) -> tuple[str, bytes]:
        url = f"{self._account.http_url}/v1/text:synthesize"
        return url, orjson.dumps(self._body(sentence))

    def _body(self, sentence: str) -> dict[str, object]:
        voice, speed = self._request.voice, self._request.speed
        sound: dict[str, object] = {
            "audioEncoding": "LINEAR16",
            "sampleRateHertz": SPOKEN.sample_rate,
        }
        if speed != 1.0:
            sound["speakingRate"] = speed
        return {
            "input": {"text": sentence},
            "voice": {"languageCode": voices.locale(voice), "name": voice},
            "audioConfig": sound,
        }

    @staticmethod
    def _packed(answer: Any) -> str:
        return str(answer["audioContent"])
