"""Local voices behind the ``TextToSpeech`` port: a sentence at a time, each in a worker."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace

from providers import audio, sentences
from providers.account import Account
from providers.errors import ProviderError, Unavailable
from providers.local import voices, workers
from providers.ports import (
    Audio,
    AudioFormat,
    TtsCapabilities,
    TtsEvent,
    TtsRequest,
    UtteranceDone,
    UtteranceFailed,
)

_PIECE_MS = 200  # audio in one event

log = logging.getLogger(__name__)


def build(account: Account) -> "LocalTextToSpeech":
    """Return the voice engine; ``account.model`` is hibari (default), flite or espeak-ng."""
    return LocalTextToSpeech(account.model)


def warm() -> None:
    """Load the default voice and let it speak once."""
    voices.hibari()


class LocalTextToSpeech:
    """Voices in this process."""

    capabilities = TtsCapabilities()

    def __init__(self, model: str = "") -> None:
        self._model = model

    async def open(
        self, request: TtsRequest, on_event: Callable[[TtsEvent], None]
    ) -> "LocalTtsStream":
        """Open a stream; the first one of the process loads the voice."""
        model = request.model or self._model
        speak = await workers.run(
            lambda: voices.choose(model, request.voice, request.language)
        )
        return LocalTtsStream(speak, request, on_event)


@dataclass(frozen=True, slots=True)
class _Task:
    """A sentence to speak; ``ends`` the utterance when it is the last."""

    utterance: str
    sentence: str
    ends: bool


class LocalTtsStream:
    """One call's mouth. Sentences are spoken one after the other."""

    def __init__(
        self,
        speak: voices.Speak,
        request: TtsRequest,
        on_event: Callable[[TtsEvent], None],
    ) -> None:
        self._speak = speak
        self._format = request.format
        self._speed = min(2.0, max(0.5, request.speed))
        self._emit = on_event
        self._unsaid: dict[str, str] = {}  # text that is not a whole sentence yet
        self._tasks: deque[_Task] = deque()
        self._working: _Task | None = None
        self._closed = False

    def say(self, utterance: str, text: str, *, more: bool) -> None:
        """Queue the whole sentences; keep the rest until it is one."""
        if self._closed:
            return
        text = self._unsaid.pop(utterance, "") + text
        whole, rest = sentences.split(text)
        if more:
            self._unsaid[utterance] = rest
        elif rest.strip():
            whole.append(rest.strip())
        self._tasks += [_Task(utterance, sentence, False) for sentence in whole]
        if not more:
            self._end(utterance)
        self._work()

    def _end(self, utterance: str) -> None:
        if self._tasks and self._tasks[-1].utterance == utterance:
            self._tasks[-1] = replace(self._tasks[-1], ends=True)
        else:
            self._tasks.append(_Task(utterance, "", True))

    def cancel(self, utterance: str) -> None:
        """Forget what is queued; what is being spoken is thrown away when it is done."""
        self._unsaid.pop(utterance, None)
        self._tasks = deque(task for task in self._tasks if task.utterance != utterance)
        if self._working and self._working.utterance == utterance:
            self._working = replace(self._working, utterance="")

    def close(self) -> None:
        """End the stream."""
        self._closed = True
        self._tasks.clear()
        self._unsaid.clear()

    def _work(self) -> None:
        if self._working or not self._tasks or self._closed:
            return
        task = self._working = self._tasks.popleft()
        workers.submit(
            lambda: _spoken(self._speak, task.sentence, self._speed, self._format),
            self._finished,
        )

    def _finished(self, done: "asyncio.Future[bytes]") -> None:
        task, self._working = self._working, None
        error = done.exception()
        if self._closed or task is None:
            return
        if task.utterance and error:
            self._fail(task.utterance, error)
        elif task.utterance:
            self._tell(task, done.result())
        self._work()

    def _tell(self, task: _Task, sound: bytes) -> None:
        size = self._format.bytes_per_ms * _PIECE_MS
        for at in range(0, len(sound), size):
            self._emit(Audio(task.utterance, sound[at : at + size]))
        if task.ends:
            self._emit(UtteranceDone(task.utterance))

    def _fail(self, utterance: str, error: BaseException) -> None:
        if not isinstance(error, ProviderError):
            log.error("local voice failed", exc_info=error)
            error = Unavailable(str(error), provider="local")
        self.cancel(utterance)
        self._emit(UtteranceFailed(utterance, error))


def _spoken(
    speak: voices.Speak, sentence: str, speed: float, format: AudioFormat
) -> bytes:
    if not sentence:
        return b""
    linear, rate = speak(sentence, speed)
    converter = audio.Converter(AudioFormat("pcm_s16le", rate), format)
    return converter.convert(linear, last=True)
