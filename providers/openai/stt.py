"""OpenAI's transcription over HTTP: a request for each segment.

https://platform.openai.com/docs/api-reference/audio/createTranscription (2026-11).
"""

import aiohttp

from providers import faults, segments
from providers.account import Account
from providers.openai import dialects
from providers.ports import SttRequest
from providers.segments import HttpEar, HttpRecognition

DEFAULT_MODELS = {"groq": "whisper-large-v3-turbo"}
DEFAULT_MODEL = "gpt-4o-mini-transcribe"


def build(account: Account) -> HttpRecognition:
    """Return the recogniser; no connection is made yet."""
    return HttpRecognition(account, OpenAIEar)


class OpenAIEar(HttpEar):
    """One call's ear."""

    @staticmethod
    def _headers_for(account: Account, request: SttRequest) -> dict[str, str]:
        return dialects.headers(account)

    async def _ask(self, segment: bytes) -> str:
        url = f"{self._account.base_url}/audio/transcriptions"
        answer = await self._post(url, self._form(segment))
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
