"""OpenAI's voices over HTTP: a request for each sentence, its audio streamed.

https://platform.openai.com/docs/api-reference/audio/createSpeech (2026-11): ``pcm`` is
16-bit at 24 kHz.
"""

from collections.abc import Callable

import orjson

from providers import sentence_voice
from providers.account import Account
from providers.openai import dialects
from providers.ports import AudioFormat, TtsEvent, TtsRequest, TtsStream
from providers.sentence_voice import HttpVoice

DEFAULT_MODEL = "gpt-4o-mini-tts"
DEFAULT_VOICE = "alloy"
_SPOKEN = AudioFormat("pcm_s16le", 24000)


def build(account: Account) -> "OpenAISpeech":
    """Return the voice engine; no connection is made yet."""
    return OpenAISpeech(account)


class OpenAISpeech:
    """A ``TextToSpeech``."""

    capabilities = sentence_voice.CAPABILITIES

    def __init__(self, account: Account) -> None:
        self._account = account
        self._headers = {
            "content-type": "application/json",
            **dialects.headers(account),
        }

    async def open(
        self, request: TtsRequest, on_event: Callable[[TtsEvent], None]
    ) -> TtsStream:
        """Open a stream; a connection is opened ahead, in the background."""
        return OpenAISpeechStream(
            self._account, self._headers, request, on_event, _SPOKEN
        )


class OpenAISpeechStream(HttpVoice):
    """One call's mouth."""

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
