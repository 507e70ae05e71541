"""Speaking over HTTP: a request for each sentence, for vendors that stream no text in."""

import asyncio
from abc import abstractmethod
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from providers import limits, sentences, web
from providers.account import Account
from providers.audio import Converter
from providers.errors import ProviderError
from providers.ports import (
    Audio,
    AudioFormat,
    TtsCapabilities,
    TtsEvent,
    TtsRequest,
    UtteranceDone,
    UtteranceFailed,
)

CAPABILITIES = TtsCapabilities(
    encodings=("pcm_s16le", "mulaw", "alaw"),
    sample_rates=(8000, 16000, 24000, 48000),
)
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
        spoken: AudioFormat,
    ) -> None:
        super().__init__(request, on_event, spoken, web.prewarm(account, headers))
        self._account = account
        self._headers = headers

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
        """Read the sound out of a reply."""
        while piece := await reply.chunk(within=limits.TTS_GAP, what="no audio"):
            yield piece
