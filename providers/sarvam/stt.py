"""Sarvam's recognition over HTTP: a request for each segment.

https://docs.sarvam.ai/api-reference-docs/speech-to-text/transcribe (2026-11).
"""

from collections.abc import Callable

import aiohttp

from providers import faults, limits, segments, web
from providers.account import Account
from providers.ports import SttEvent, SttRequest, SttStream
from providers.sarvam import hosts
from providers.segments import SegmentStream

DEFAULT_MODEL = "saarika:v2.5"


def build(account: Account) -> "SarvamRecognition":
    """Return the recogniser; no connection is made yet."""
    return SarvamRecognition(account)


class SarvamRecognition:
    """A ``SpeechToText``."""

    capabilities = segments.CAPABILITIES

    def __init__(self, account: Account) -> None:
        self._account = account

    async def open(
        self, request: SttRequest, on_event: Callable[[SttEvent], None]
    ) -> SttStream:
        """Open a stream; a connection is opened ahead, in the background."""
        return SarvamRecognitionStream(self._account, request, on_event)


class SarvamRecognitionStream(SegmentStream):
    """One call's ear."""

    def __init__(
        self,
        account: Account,
        request: SttRequest,
        on_event: Callable[[SttEvent], None],
    ) -> None:
        self._headers = hosts.headers(account)
        super().__init__(request, on_event, web.prewarm(account, self._headers))
        self._account = account

    async def _ask(self, segment: bytes) -> str:
        form = aiohttp.FormData()
        form.add_field(
            "file",
            segments.wave_of(segment, self._request.format),
            filename="speech.wav",
            content_type="audio/wav",
        )
        form.add_field(
            "model", self._request.model or self._account.model or DEFAULT_MODEL
        )
        form.add_field("language_code", self._request.language or "unknown")
        async with web.request(
            self._account,
            "POST",
            f"{hosts.of(self._account)}/speech-to-text",
            headers=self._headers,
            within=limits.STT_SILENCE,
            body=form,
        ) as reply:
            answer = await reply.json(within=limits.STT_SILENCE)
        if isinstance(answer, dict) and isinstance(answer.get("transcript"), str):
            return str(answer["transcript"]).strip()
        raise faults.garbage(self._account.provider)
