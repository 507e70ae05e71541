"""Azure's recognition of short audio over HTTP: a request for each segment.

https://learn.microsoft.com/azure/ai-services/speech-service/rest-speech-to-text-short
(2026-11): at most 60 s a request.
"""

from typing import Any
from urllib.parse import urlencode

from providers import faults, segments
from providers.account import Account
from providers.azure import hosts
from providers.ports import SttRequest
from providers.segments import HttpEar, HttpRecognition

_PATH = "/speech/recognition/conversation/cognitiveservices/v1"
_NO_WORDS = ("NoMatch", "InitialSilenceTimeout", "BabbleTimeout")


def build(account: Account) -> HttpRecognition:
    """Return the recogniser; no connection is made yet."""
    return HttpRecognition(account, AzureEar)


class AzureEar(HttpEar):
    """One call's ear."""

    @staticmethod
    def _headers_for(account: Account, request: SttRequest) -> dict[str, str]:
        return {
            **hosts.headers(account),
            "Accept": "application/json",
            "Content-Type": "audio/wav; codecs=audio/pcm;"
            f" samplerate={request.format.sample_rate}",
        }

    async def _ask(self, segment: bytes) -> str:
        query = {"language": self._request.language or "en-US", "format": "simple"}
        if self._request.options.get("profanity_filter") is False:
            query["profanity"] = "raw"
        url = f"{hosts.of(self._account, 'stt')}{_PATH}?{urlencode(query)}"
        sound = segments.wave_of(segment, self._request.format)
        return self._words(await self._post(url, sound))

    def _words(self, answer: Any) -> str:
        status = answer.get("RecognitionStatus") if isinstance(answer, dict) else None
        if status == "Success" and isinstance(answer.get("DisplayText"), str):
            return str(answer["DisplayText"]).strip()
        if status in _NO_WORDS:
            return ""
        raise faults.garbage(self._account.provider)
