"""Recognising over HTTP: a request for each segment, for vendors that stream no audio in.

There are no partials; where a segment ends is said by ``finalize``.
"""

import asyncio
import io
import wave
from abc import abstractmethod
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp

from providers import audio, limits, web
from providers.account import Account
from providers.errors import ProviderError
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

_LEAD_MS = 400  # of quiet kept before the first sound
_LONGEST_MS = 60_000
_QUIET = 0.02  # no voice is that soft on a telephone
_SHORTEST_MS = 150  # vendors refuse less than 100


@dataclass(frozen=True, slots=True)
class _Segment:
    sound: bytes
    start_ms: int
    is_last: bool  # of those that one ``finalize`` asks for


class SegmentStream:
    """One call's ear. Segments are sent one after the other, so finals keep order."""

    def __init__(
        self,
        request: SttRequest,
        on_event: Callable[[SttEvent], None],
        warm: Coroutine[Any, Any, None],
    ) -> None:
        self._request = request
        self._emit = on_event
        self._bytes_a_ms = request.format.bytes_per_ms
        self._waiting = bytearray()
        self._dropped = 0  # bytes before ``_waiting``
        self._is_loud = False
        self._segments: list[_Segment] = []
        self._working: asyncio.Task[None] | None = None
        self._closed = False
        self._warming = asyncio.get_running_loop().create_task(warm)

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
        self._take(len(self._waiting), is_last=True)
        self._is_loud = False
        self._work()

    def split(self, at_ms: int) -> None:
        """Send what was said before apart from the rest."""
        count = at_ms * self._bytes_a_ms - self._dropped
        count -= count % 2  # whole samples
        before = bytes(self._waiting[: max(0, count)])
        if _is_loud(before, self._request.format) and count < len(self._waiting):
            self._take(count, is_last=False)
            self._work()

    def _take(self, count: int, *, is_last: bool) -> None:
        sound = bytes(self._waiting[:count]) if self._is_loud else b""
        start_ms = self._dropped // self._bytes_a_ms
        self._segments.append(_Segment(sound, start_ms, is_last))
        del self._waiting[:count]
        self._dropped += count

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
            self._working = loop.create_task(self._transcribe(self._segments.pop(0)))
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

    async def _transcribe(self, segment: "_Segment") -> None:
        sound, start_ms = segment.sound, segment.start_ms
        length_ms = len(sound) // self._bytes_a_ms
        heard = await self._ask(sound) if length_ms >= _SHORTEST_MS else ""
        text, confidence = heard if isinstance(heard, tuple) else (heard, 1.0)
        if text:
            self._emit(
                Transcript(
                    text,
                    True,
                    start_ms=start_ms,
                    end_ms=start_ms + length_ms,
                    confidence=confidence,
                )
            )
        if segment.is_last and not self._closed:
            self._emit(Finalized())

    @abstractmethod
    async def _ask(self, segment: bytes) -> str | tuple[str, float]:
        """Return the words of a segment, in the requested format, "" for none; and how
        sure they are, where the vendor tells."""


class HttpEar(SegmentStream):
    """One call's ear at a vendor."""

    def __init__(
        self,
        account: Account,
        request: SttRequest,
        on_event: Callable[[SttEvent], None],
    ) -> None:
        self._account, self._headers = account, self._headers_for(account, request)
        super().__init__(request, on_event, web.prewarm(account, self._headers))

    @staticmethod
    @abstractmethod
    def _headers_for(account: Account, request: SttRequest) -> dict[str, str]:
        """Return what every request of the call begins with."""

    def _form(self, segment: bytes, fields: Mapping[str, str]) -> aiohttp.FormData:
        """Return a form of a segment as a WAV file, then ``fields``."""
        form = aiohttp.FormData()
        form.add_field(
            "file",
            wave_of(segment, self._request.format),
            filename="speech.wav",
            content_type="audio/wav",
        )
        form.add_fields(*fields.items())
        return form

    async def _post(self, url: str, body: bytes | aiohttp.FormData) -> Any:
        """Return the parsed JSON of an answer."""
        within = limits.STT_SILENCE
        async with web.request(
            self._account, "POST", url, headers=self._headers, within=within, body=body
        ) as reply:
            return await reply.json(within=within)


class HttpRecognition:
    """A ``SpeechToText`` whose ears are of one kind."""

    capabilities = SttCapabilities(partials=False, segmented=True)

    def __init__(self, account: Account, ear: type[HttpEar]) -> None:
        self._account, self._ear = account, ear

    async def open(
        self, request: SttRequest, on_event: Callable[[SttEvent], None]
    ) -> SttStream:
        """Open a stream; a connection is opened ahead, in the background."""
        return self._ear(self._account, request, on_event)


def _is_loud(sound: bytes, format: AudioFormat) -> bool:
    return audio.loudness(sound, format.encoding) > _QUIET


def wave_of(segment: bytes, format: AudioFormat) -> bytes:
    """Return a segment as a WAV file."""
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(format.sample_rate)
        file.writeframes(audio.pcm(segment, format.encoding))
    return out.getvalue()
