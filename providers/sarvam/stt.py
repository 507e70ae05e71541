"""Sarvam's recognition over HTTP: a request for each segment.

https://docs.sarvam.ai/api-reference-docs/speech-to-text/transcribe (2026-11).
"""

from providers import faults
from providers.account import Account
from providers.ports import SttRequest
from providers.sarvam import hosts
from providers.segments import HttpEar, HttpRecognition

DEFAULT_MODEL = "saarika:v2.5"


def build(account: Account) -> HttpRecognition:
    """Return the recogniser; no connection is made yet."""
    return HttpRecognition(account, SarvamEar)


class SarvamEar(HttpEar):
    """One call's ear."""

    @staticmethod
    def _headers_for(account: Account, request: SttRequest) -> dict[str, str]:
        return hosts.headers(account)

    async def _ask(self, segment: bytes) -> str:
        fields = {
            "model": self._request.model or self._account.model or DEFAULT_MODEL,
            "language_code": self._request.language or "unknown",
        }
        url = f"{hosts.of(self._account)}/speech-to-text"
        answer = await self._post(url, self._form(segment, fields))
        if isinstance(answer, dict) and isinstance(answer.get("transcript"), str):
            return str(answer["transcript"]).strip()
        raise faults.garbage(self._account.provider)
