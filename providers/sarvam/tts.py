"""Sarvam's voices over HTTP: a request for each sentence.

https://docs.sarvam.ai/api-reference-docs/text-to-speech/convert (2026-11): the answer is
JSON with WAV files in base64.
"""

import base64
import io
import wave
from collections.abc import AsyncIterator, Callable
from typing import Any

import orjson

from providers import faults, limits, sentence_voice, web
from providers.account import Account
from providers.ports import AudioFormat, TtsEvent, TtsRequest, TtsStream
from providers.sarvam import hosts
from providers.sentence_voice import HttpVoice

DEFAULT_MODEL = "bulbul:v3"
DEFAULT_VOICE = "shubh"
_SPOKEN = AudioFormat("pcm_s16le", 24000)


def build(account: Account) -> "SarvamSpeech":
    """Return the voice engine; no connection is made yet."""
    return SarvamSpeech(account)


class SarvamSpeech:
    """A ``TextToSpeech``."""

    capabilities = sentence_voice.CAPABILITIES

    def __init__(self, account: Account) -> None:
        self._account = account
        self._headers = {
            "content-type": "application/json",
            **hosts.headers(account),
        }

    async def open(
        self, request: TtsRequest, on_event: Callable[[TtsEvent], None]
    ) -> TtsStream:
        """Open a stream; a connection is opened ahead, in the background."""
        return SarvamSpeechStream(
            self._account, self._headers, request, on_event, _SPOKEN
        )


class SarvamSpeechStream(HttpVoice):
    """One call's mouth."""

    def _post(self, sentence: str) -> tuple[str, bytes]:
        url = f"{hosts.of(self._account)}/text-to-speech"
        return url, orjson.dumps(self._body(sentence))

    async def _pieces(self, reply: web.Reply) -> AsyncIterator[bytes]:
        within = limits.TTS_CONNECT + limits.TTS_FIRST_AUDIO
        yield self._pcm(await reply.json(within=within))

    def _body(self, sentence: str) -> dict[str, object]:
        request = self._request
        return {
            "text": sentence,
            "target_language_code": request.language,
            "speaker": request.voice or DEFAULT_VOICE,
            "model": request.model or self._account.model or DEFAULT_MODEL,
            "speech_sample_rate": _SPOKEN.sample_rate,
            "pace": request.speed,
        }

    def _pcm(self, answer: Any) -> bytes:
        try:
            [packed] = answer["audios"]
            with wave.open(io.BytesIO(base64.b64decode(packed, validate=True))) as file:
                if (
                    file.getframerate() != _SPOKEN.sample_rate
                    or file.getsampwidth() != 2
                ):
                    raise ValueError("another format than was asked for")
                return bytes(file.readframes(file.getnframes()))
        except (KeyError, TypeError, ValueError, EOFError, wave.Error) as error:
            raise faults.garbage(self._account.provider) from error
