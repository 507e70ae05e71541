"""Speaking over HTTP: a request for each sentence, for vendors that stream no text in."""

import asyncio
import base64
import io
import wave
from abc import abstractmethod
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from providers import faults, limits, sentences, web
from providers.account import Account
from providers.audio import Converter
from providers.errors import ProviderError
from providers.ports import (
    Audio,
    AudioFormat,
    TtsCapabilities,
    TtsEvent,
    TtsRequest,
    TtsStream,
    UtteranceDone,
    UtteranceFailed,
)

SPOKEN = AudioFormat("pcm_s16le", 24_000)  # what vendors are asked for
_PIECE_MS = 100  # least audio in one event: the wire brings much smaller ones


@dataclass(frozen=True, slots=True)
class _Task:
    """A sentence to speak; ``ends`` the utterance when it is the last."""

    utterance: str
    sentence: str
    ends: bool


class SentenceStream:
    """One call's mouth. Sentences are spoken one after the other."""

    def __init__(
        self,
        request: TtsRequest,
        on_event: Callable[[TtsEvent], None],
        spoken: AudioFormat,
        warm: Coroutine[Any, Any, None],
    ) -> None:
        self._spoken = spoken  # what the vendor makes
        self._request = request
        self._emit = on_event
        self._piece_bytes = spoken.bytes_per_ms * _PIECE_MS
        self._unsaid: dict[str, str] = {}
        self._tasks: list[_Task] = []
        self._now: tuple[str, asyncio.Task[None]] | None = None
        self._closed = False
        self._warming = asyncio.get_running_loop().create_task(warm)

    def say(self, utterance: str, text: str, *, more: bool) -> None:
        """Queue the whole sentences; keep the rest until it is one."""
        if self._closed:
            return
        whole, rest = sentences.split(self._unsaid.pop(utterance, "") + text)
        if more:
            self._unsaid[utterance] = rest
        elif rest.strip():
            whole.append(rest.strip())
        self._tasks += [_Task(utterance, sentence, False) for sentence in whole]
        if not more:
            self._tasks.append(_Task(utterance, "", True))
        self._work()

    def cancel(self, utterance: str) -> None:
        """Stop the request and forget what is queued."""
        self._unsaid.pop(utterance, None)
        self._tasks = [task for task in self._tasks if task.utterance != utterance]
        if self._now and self._now[0] == utterance:
            self._now[1].cancel()

    def close(self) -> None:
        """End the stream."""
        self._closed = True
        self._tasks.clear()
        self._warming.cancel()
        if self._now:
            self._now[1].cancel()

    def _work(self) -> None:
        while self._tasks and self._now is None and not self._closed:
            task = self._tasks.pop(0)
            if task.ends:
                self._emit(UtteranceDone(task.utterance))
                continue
            running = asyncio.get_running_loop().create_task(self._speak(task))
            self._now = (task.utterance, running)
            running.add_done_callback(self._finished)

    def _finished(self, done: "asyncio.Task[None]") -> None:
        utterance = self._now[0] if self._now else ""
        self._now = None
        if self._closed:
            return
        error = None if done.cancelled() else done.exception()
        if isinstance(error, ProviderError):
            self.cancel(utterance)
            self._emit(UtteranceFailed(utterance, error))
        elif error:
            raise error
        self._work()

    async def _speak(self, task: _Task) -> None:
        converter = Converter(self._spoken, self._request.format)
        waiting = bytearray()
        async for piece in self._sound(task.sentence):
            waiting += piece
            if len(waiting) >= self._piece_bytes:
                self._tell(task, converter.convert(bytes(waiting)))
                waiting.clear()
        self._tell(task, converter.convert(bytes(waiting), last=True))

    @abstractmethod
    def _sound(self, sentence: str) -> AsyncIterator[bytes]:
        """Stream a sentence's sound in the format that the vendor makes."""

    def _tell(self, task: _Task, sound: bytes) -> None:
        if sound and not self._closed:
            self._emit(Audio(task.utterance, sound))


class HttpVoice(SentenceStream):
    """One call's mouth, whose vendor streams the sound of what is posted to it."""

    def __init__(
        self,
        account: Account,
        headers: dict[str, str],
        request: TtsRequest,
        on_event: Callable[[TtsEvent], None],
    ) -> None:
        super().__init__(request, on_event, SPOKEN, web.prewarm(account, headers))
        self._account, self._headers = account, headers

    @staticmethod
    @abstractmethod
    def headers_for(account: Account) -> dict[str, str]:
        """Return what every request begins with. Raises ``Refused`` without a key."""

    @abstractmethod
    def _post(self, sentence: str) -> tuple[str, bytes]:
        """Return the address and the body of the request for a sentence."""

    async def _sound(self, sentence: str) -> AsyncIterator[bytes]:
        url, body = self._post(sentence)
        async with web.request(
            self._account,
            "POST",
            url,
            headers=self._headers,
            within=limits.TTS_CONNECT + limits.TTS_FIRST_AUDIO,
            body=body,
        ) as reply:
            async for piece in self._pieces(reply):
                yield piece

    async def _pieces(self, reply: web.Reply) -> AsyncIterator[bytes]:
        """Read the sound out of a reply; a drip of it buys no time."""
        time = asyncio.get_running_loop().time
        until, waiting = time() + limits.TTS_GAP, 0
        while piece := await reply.chunk(
            within=max(0.001, until - time()), what="no audio"
        ):
            yield piece
            waiting += len(piece)
            if waiting >= self._piece_bytes:
                until, waiting = time() + limits.TTS_GAP, 0


class PackedVoice(HttpVoice):
    """One call's mouth, whose vendor answers with JSON that holds a WAV file."""

    async def _pieces(self, reply: web.Reply) -> AsyncIterator[bytes]:
        within = limits.TTS_CONNECT + limits.TTS_FIRST_AUDIO
        answer = await reply.json(within=within)
        try:
            yield _unpacked(self._packed(answer))
        except (KeyError, TypeError, ValueError, EOFError, wave.Error) as error:
            raise faults.garbage(self._account.provider) from error

    @staticmethod
    @abstractmethod
    def _packed(answer: Any) -> str:
        """Return the file, in base64, out of an answer that may be anything."""


class HttpSpeech:
    """A ``TextToSpeech`` whose mouths are of one kind."""

    capabilities = TtsCapabilities()

    def __init__(self, account: Account, mouth: type[HttpVoice]) -> None:
        self._account, self._mouth = account, mouth
        self._headers = mouth.headers_for(account)

    async def open(
        self, request: TtsRequest, on_event: Callable[[TtsEvent], None]
    ) -> TtsStream:
        """Open a stream; a connection is opened ahead, in the background."""
        return self._mouth(self._account, self._headers, request, on_event)


def _unpacked(packed: str) -> bytes:
    with wave.open(io.BytesIO(base64.b64decode(packed, validate=True))) as file:
        found = file.getnchannels(), file.getsampwidth(), file.getframerate()
        if found != (1, 2, SPOKEN.sample_rate):
            raise ValueError("another format than was asked for")
        return bytes(file.readframes(file.getnframes()))
