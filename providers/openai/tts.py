"""OpenAI's voices over HTTP: a request for each sentence, its audio streamed.

https://platform.openai.com/docs/api-reference/audio/createSpeech (2026-11): ``pcm`` is
16-bit at 24 kHz.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

import orjson

from providers import limits, sentences, web
from providers.account import Account
from providers.audio import Converter
from providers.errors import ProviderError
from providers.openai import dialects
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

DEFAULT_MODEL = "gpt-4o-mini-tts"
DEFAULT_VOICE = "alloy"
_SPOKEN = AudioFormat("pcm_s16le", 24000)
_PIECE_MS = 100  # least audio in one event: the wire brings much smaller ones


def build(account: Account) -> "OpenAISpeech":
    """Return the voice engine; no connection is made yet."""
    return OpenAISpeech(account)


class OpenAISpeech:
    """A ``TextToSpeech``."""

    capabilities = TtsCapabilities(
        encodings=("pcm_s16le", "mulaw", "alaw"),
        sample_rates=(8000, 16000, 24000, 48000),
    )

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


@dataclass(frozen=True, slots=True)
class _Task:
    """A sentence to speak; ``ends`` the utterance when it is the last."""

    utterance: str
    sentence: str
    ends: bool


class OpenAISpeechStream:
    """One call's mouth. Sentences are spoken one after the other."""

    def __init__(
        self,
        account: Account,
        headers: dict[str, str],
        request: TtsRequest,
        on_event: Callable[[TtsEvent], None],
    ) -> None:
        self._account = account
        self._headers = headers
        self._request = request
        self._emit = on_event
        self._piece_bytes = _SPOKEN.bytes_per_ms * _PIECE_MS
        self._unsaid: dict[str, str] = {}
        self._tasks: list[_Task] = []
        self._now: tuple[str, asyncio.Task[None]] | None = None
        self._closed = False
        self._warming = asyncio.get_running_loop().create_task(
            web.prewarm(account, headers)
        )

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
        converter = Converter(_SPOKEN, self._request.format)
        waiting = bytearray()
        async with web.request(
            self._account,
            "POST",
            f"{self._account.base_url}/audio/speech",
            headers=self._headers,
            within=limits.TTS_CONNECT + limits.TTS_FIRST_AUDIO,
            body=orjson.dumps(self._body(task.sentence)),
        ) as reply:
            while piece := await reply.chunk(within=limits.TTS_GAP, what="no audio"):
                waiting += piece
                if len(waiting) >= self._piece_bytes:
                    self._tell(task, converter.convert(bytes(waiting)))
                    waiting.clear()
        self._tell(task, converter.convert(bytes(waiting), last=True))

    def _tell(self, task: _Task, sound: bytes) -> None:
        if sound and not self._closed:
            self._emit(Audio(task.utterance, sound))

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
