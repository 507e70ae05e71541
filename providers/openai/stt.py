"""OpenAI's transcription over HTTP: a request for each segment.

https://platform.openai.com/docs/api-reference/audio/createTranscription (2026-11).
"""

from collections.abc import Callable

import aiohttp

from providers import faults, limits, segments, web
from providers.account import Account
from providers.openai import dialects
from providers.ports import SttEvent, SttRequest, SttStream
from providers.segments import SegmentStream

DEFAULT_MODELS = {"groq": "whisper-large-v3-turbo"}
DEFAULT_MODEL = "gpt-4o-mini-transcribe"


def build(account: Account) -> "Transcriptions":
    """Return the recogniser; no connection is made yet."""
    return Transcriptions(account)


class Transcriptions:
    """A ``SpeechToText``."""

    capabilities = segments.CAPABILITIES

    def __init__(self, account: Account) -> None:
        self._account = account
        self._headers = dialects.headers(account)

    async def open(
        self, request: SttRequest, on_event: Callable[[SttEvent], None]
    ) -> SttStream:
        """Open a stream; a connection is opened ahead, in the background."""
        return TranscriptionStream(self._account, self._headers, request, on_event)


class TranscriptionStream(SegmentStream):
    """One call's ear."""

    def __init__(
        self,
        account: Account,
        headers: dict[str, str],
        request: SttRequest,
        on_event: Callable[[SttEvent], None],
    ) -> None:
        super().__init__(request, on_event, web.prewarm(account, headers))
        self._account = account
        self._headers = headers

    async def _ask(self, segment: bytes) -> str:
        async with web.request(
            self._account,
            "POST",
            f"{self._account.base_url}/audio/transcriptions",
            headers=self._headers,
            within=limits.STT_SILENCE,
            body=self._form(segment),
        ) as reply:
            answer = await reply.json(within=limits.STT_SILENCE)
        if isinstance(answer, dict) and isinstance(answer.get("text"), str):
            return str(answer["text"]).strip()
        raise faults.garbage(self._account.provider)

    def _form(self, segment: bytes) -> aiohttp.FormData:
        provider = self._account.provider
        model = self._request.model or self._account.model
        form = aiohttp.FormData()
        form.add_field(
            "file",
            segments.wave_of(segment, self._request.format),
            filename="speech.wav",
            content_type="audio/wav",
        )
        form.add_field("model", model or DEFAULT_MODELS.get(provider, DEFAULT_MODEL))
        form.add_field("response_format", "json")
        if language := self._request.language.split("-")[0]:
            form.add_field("language", language)
        if self._request.keywords:
            form.add_field("prompt", ", ".join(self._request.keywords))
        return form
