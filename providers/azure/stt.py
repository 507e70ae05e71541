"""Azure's recognition of short audio over HTTP: a request for each segment.

https://learn.microsoft.com/azure/ai-services/speech-service/rest-speech-to-text-short
(2026-11): at most 60 s a request.
"""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from providers import faults, limits, segments, web
from providers.account import Account
from providers.azure import hosts
from providers.ports import SttEvent, SttRequest, SttStream
from providers.segments import SegmentStream

_PATH = "/speech/recognition/conversation/cognitiveservices/v1"
_NO_WORDS = ("NoMatch", "InitialSilenceTimeout", "BabbleTimeout")


def build(account: Account) -> "AzureRecognition":
    """Return the recogniser; no connection is made yet."""
    return AzureRecognition(account)


class AzureRecognition:
    """A ``SpeechToText``."""

    capabilities = segments.CAPABILITIES

    def __init__(self, account: Account) -> None:
        self._account = account

    async def open(
        self, request: SttRequest, on_event: Callable[[SttEvent], None]
    ) -> SttStream:
        """Open a stream; a connection is opened ahead, in the background."""
        return AzureRecognitionStream(self._account, request, on_event)


class AzureRecognitionStream(SegmentStream):
    """One call's ear."""

    def __init__(
        self,
        account: Account,
        request: SttRequest,
        on_event: Callable[[SttEvent], None],
    ) -> None:
        self._headers = {
            **hosts.headers(account),
            "Accept": "application/json",
            "Content-Type": "audio/wav; codecs=audio/pcm;"
            f" samplerate={request.format.sample_rate}",
        }
        super().__init__(request, on_event, web.prewarm(account, self._headers))
        self._account = account

    async def _ask(self, segment: bytes) -> str:
        query = {"language": self._request.language or "en-US", "format": "simple"}
        if self._request.options.get("profanity_filter") is False:
            query["profanity"] = "raw"
        async with web.request(
            self._account,
            "POST",
            f"{hosts.of(self._account, 'stt')}{_PATH}?{urlencode(query)}",
            headers=self._headers,
            within=limits.STT_SILENCE,
            body=segments.wave_of(segment, self._request.format),
        ) as reply:
            return self._words(await reply.json(within=limits.STT_SILENCE))

    def _words(self, answer: Any) -> str:
        status = answer.get("RecognitionStatus") if isinstance(answer, dict) else None
        if status == "Success" and isinstance(answer.get("DisplayText"), str):
            return str(answer["DisplayText"]).strip()
        if status in _NO_WORDS:
            return ""
        raise faults.garbage(self._account.provider)
