"""OpenAI's voices over HTTP: a request for each sentence, its audio streamed.

https://platform.openai.com/docs/api-reference/audio/createSpeech (2026-11): ``pcm`` is
16-bit at 24 kHz.
"""

from collections.abc import AsyncIterator, Callable

import orjson

from providers import limits, sentence_voice, web
from providers.account import Account
from providers.openai import dialects
from providers.ports import AudioFormat, TtsEvent, TtsRequest, TtsStream
from providers.sentence_voice import SentenceStream

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
        return OpenAISpeechStream(self._account, self._headers, request, on_event)


class OpenAISpeechStream(SentenceStream):
    """One call's mouth."""

    def __init__(
        self,
        account: Account,
        headers: dict[str, str],
        request: TtsRequest,
        on_event: Callable[[TtsEvent], None],
    ) -> None:
        warm = web.prewarm(account, headers)
        super().__init__(request, on_event, _SPOKEN, warm)
        self._account = account
        self._headers = headers

    async def _sound(self, sentence: str) -> AsyncIterator[bytes]:
        async with web.request(
            self._account,
            "POST",
            f"{self._account.base_url}/audio/speech",
            headers=self._headers,
            within=limits.TTS_CONNECT + limits.TTS_FIRST_AUDIO,
            body=orjson.dumps(self._body(sentence)),
        ) as reply:
            while piece := await reply.chunk(within=limits.TTS_GAP, what="no audio"):
                yield piece

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
