"""OpenAI's transcription over HTTP: a request for each segment.

https://platform.openai.com/docs/api-reference/audio/createTranscription (2026-11). There
are no partials; where a segment ends is said by ``finalize``.
"""

import asyncio
import io
import wave
from collections.abc import Callable

import aiohttp

from providers import audio, faults, limits, web
from providers.account import Account
from providers.errors import ProviderError
from providers.openai import dialects
from providers.ports import (
    AudioFormat,
    Failed,
    Finalized,
    SttCapabilities,
    SttEvent,
    SttRequest,
    SttStream,
    Transcript,
)

DEFAULT_MODELS = {"groq": "whisper-large-v3-turbo"}
DEFAULT_MODEL = "gpt-4o-mini-transcribe"
_LEAD_MS = 400  # of quiet kept before the first sound
_LONGEST_MS = 60_000
_QUIET = 0.02  # no voice is that soft on a telephone
_SHORTEST_MS = 150  # OpenAI refuses less than 100


def build(account: Account) -> "Transcriptions":
    """Return the recogniser; no connection is made yet."""
    return Transcriptions(account)


class Transcriptions:
    """A ``SpeechToText``."""

    capabilities = SttCapabilities(
        encodings=("pcm_s16le", "mulaw", "alaw"),
        sample_rates=(8000, 16000, 24000, 48000),
        partials=False,
        segmented=True,
    )

    def __init__(self, account: Account) -> None:
        self._account = account
        self._headers = dialects.headers(account)

    async def open(
        self, request: SttRequest, on_event: Callable[[SttEvent], None]
    ) -> SttStream:
        """Open a stream; a connection is opened ahead, in the background."""
        return TranscriptionStream(self._account, self._headers, request, on_event)


class TranscriptionStream:
    """One call's ear. Segments are sent one after the other, so finals keep order."""

    def __init__(
        self,
        account: Account,
        headers: dict[str, str],
        request: SttRequest,
        on_event: Callable[[SttEvent], None],
    ) -> None:
        self._account = account
        self._headers = headers
        self._request = request
        self._emit = on_event
        self._bytes_a_ms = request.format.bytes_per_ms
        self._waiting = bytearray()
        self._dropped = 0  # bytes before ``_waiting``
        self._is_loud = False
        self._segments: list[tuple[bytes, int]] = []  # audio, ms where it starts
        self._working: asyncio.Task[None] | None = None
        self._closed = False
        self._warming = asyncio.get_running_loop().create_task(
            web.prewarm(account, headers)
        )

    def send(self, audio: bytes) -> None:
        """Keep audio until ``finalize``; quiet before the first sound is dropped."""
        if self._closed:
            return
        self._waiting += audio
        self._is_loud = self._is_loud or _is_loud(audio, self._request.format)
        most = _LONGEST_MS if self._is_loud else _LEAD_MS
        excess = len(self._waiting) - most * self._bytes_a_ms
        if excess > 0:
            excess += excess % 2  # whole samples
            del self._waiting[:excess]
            self._dropped += excess

    def finalize(self) -> None:
        """Send what was kept."""
        if self._closed:
            return
        segment = bytes(self._waiting) if self._is_loud else b""
        self._segments.append((segment, self._dropped // self._bytes_a_ms))
        self._dropped += len(self._waiting)
        self._waiting.clear()
        self._is_loud = False
        self._work()

    def close(self) -> None:
        """End the stream."""
        self._closed = True
        self._waiting.clear()
        self._segments.clear()
        self._warming.cancel()
        if self._working:
            self._working.cancel()

    def _work(self) -> None:
        if self._working is None and self._segments and not self._closed:
            loop = asyncio.get_running_loop()
            self._working = loop.create_task(self._transcribe(*self._segments.pop(0)))
            self._working.add_done_callback(self._finished)

    def _finished(self, done: "asyncio.Task[None]") -> None:
        self._working = None
        if self._closed or done.cancelled():
            return
        if error := done.exception():
            if not isinstance(error, ProviderError):
                raise error
            self.close()
            self._emit(Failed(error))
            return
        self._work()

    async def _transcribe(self, segment: bytes, start_ms: int) -> None:
        length_ms = len(segment) // self._bytes_a_ms
        if length_ms >= _SHORTEST_MS and (text := await self._ask(segment)):
            self._emit(
                Transcript(text, True, start_ms=start_ms, end_ms=start_ms + length_ms)
            )
        if not self._closed:
            self._emit(Finalized())

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
            _wave(segment, self._request.format),
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


def _is_loud(sound: bytes, format: AudioFormat) -> bool:
    return audio.loudness(sound, format.encoding) > _QUIET


def _wave(segment: bytes, format: AudioFormat) -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(format.sample_rate)
        file.writeframes(audio.pcm(segment, format.encoding))
    return out.getvalue()
