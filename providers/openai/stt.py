"""OpenAI's transcription over HTTP: a request for each segment.

https://platform.openai.com/docs/api-reference/audio/createTranscription (2026-11).
"""

from providers import faults
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
        answer = await self._post(url, self._form(segment, self._fields()))
        if isinstance(answer, dict) and isinstance(answer.get("text"), str):
            return str(answer["text"]).strip()
        raise faults.garbage(self._account.provider)

    def _fields(self) -> dict[str, str]:
        account, request = self._account, self._request
        default = DEFAULT_MODELS.get(account.provider, DEFAULT_MODEL)
        fields = {
            "model": request.model or account.model or default,
            "response_format": "json",
        }
        if language := request.language.split("-")[0]:
            fields["language"] = language
        if request.keywords:
            fields["prompt"] = ", ".join(request.keywords)
        return fields
