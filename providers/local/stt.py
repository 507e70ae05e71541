"""Moonshine behind the ``SpeechToText`` port.

The model takes a whole segment, so partials come from recognising the growing segment
again every 400 ms, when a worker is free. As soon as the speaker pauses it is recognised
once more, so that ``finalize`` mostly finds its answer ready. Silence may be sent: it is
told from speech here and never recognised, for the model makes words of it.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence

import numpy as np

from providers.account import Account
from providers.errors import Refused, Unavailable
from providers.local import moonshine, silero, workers
from providers.local.moonshine import Recognised
from providers.local.segment import Piece, Segment
from providers.ports import (
    Failed,
    Finalized,
    SttCapabilities,
    SttEvent,
    SttRequest,
    Transcript,
)

_ROUND_MS = 100  # new audio worth a round of work
_PARTIAL_WINDOWS = 400 // silero.WINDOW_MS  # between partials
_FIRST_WINDOWS = 320 // silero.WINDOW_MS  # of speech, of which less is but guessed at
_LONGEST = moonshine.LONGEST_S * 1000 // silero.WINDOW_MS
_EARLIEST_CUT = _LONGEST * 6 // 10

log = logging.getLogger(__name__)


def build(account: Account) -> "LocalSpeechToText":
    """Return the recogniser; its weights are loaded by the first ``open``."""
    return LocalSpeechToText()


def warm() -> None:
    """Load the weights and run them once."""
    _load()
    moonshine.load().recognise(np.zeros(moonshine.RATE, np.float32))


def _load() -> None:
    silero.load()
    moonshine.load()


class LocalSpeechToText:
    """A recogniser for English in this process."""

    capabilities = SttCapabilities(segmented=True)

    async def open(
        self, request: SttRequest, on_event: Callable[[SttEvent], None]
    ) -> "LocalSttStream":
        """Open a stream; the first one of the process loads the weights."""
        if request.language.lower().split("-")[0] not in ("en", ""):
            raise Refused(
                f"The offline recogniser knows English only, not {request.language}. "
                "Choose another speech-to-text provider for this language.",
                provider="local",
            )
        await workers.run(_load)
        return LocalSttStream(request, on_event)


class LocalSttStream:
    """One call's ear."""

    def __init__(
        self, request: SttRequest, on_event: Callable[[SttEvent], None]
    ) -> None:
        self._emit = on_event
        self._listener = _Listener(Segment(request.format))
        self._bytes_a_round = request.format.bytes_per_ms * _ROUND_MS
        self._waiting = bytearray()
        self._finals_due = 0  # finalize() calls not yet answered
        self._splits: list[int] = []  # ms; not done yet
        self._working = self._closed = False

    def send(self, audio: bytes) -> None:
        """Take audio; work on it when there is enough and a worker is free."""
        if self._closed:
            return
        self._waiting += audio
        self._work_if_worth_it()

    def finalize(self) -> None:
        """Recognise what was sent so far for good."""
        if self._closed:
            return
        self._finals_due += 1
        self._work()

    def split(self, at_ms: int) -> None:
        """Recognise what was said before for good, apart from the rest."""
        if self._closed:
            return
        self._splits.append(at_ms)
        self._work()

    def close(self) -> None:
        """End the stream."""
        self._closed = True
        self._waiting.clear()

    def _work_if_worth_it(self) -> None:
        if len(self._waiting) >= self._bytes_a_round and not workers.is_busy():
            self._work()

    def _work(self) -> None:
        if self._working:
            return
        self._working = True
        data = bytes(self._waiting)
        self._waiting.clear()
        answers, self._finals_due = self._finals_due, 0
        splits, self._splits = self._splits, []
        workers.submit(
            lambda: self._listener.listen(data, splits, final=answers > 0),
            lambda done: self._finished(done, answers),
        )

    def _finished(self, done: "asyncio.Future[list[Transcript]]", answers: int) -> None:
        self._working = False
        error = done.exception()
        if self._closed:
            return
        if error:
            log.error("local recogniser failed", exc_info=error)
            self.close()
            self._emit(Failed(Unavailable(str(error), provider="local")))
            return
        events: list[SttEvent] = [*done.result(), *[Finalized()] * answers]
        for event in events:
            if not self._closed:
                self._emit(event)
        if (self._finals_due or self._splits) and not self._closed:
            self._work()
        self._work_if_worth_it()


class _Listener:
    """Decides when to recognise. Runs in worker threads, one round at a time."""

    def __init__(self, segment: Segment) -> None:
        self._segment = segment
        self._heard: Recognised | None = None  # of all speech so far, if recognised
        self._is_sure = False  # ``_heard`` was recognised after a pause
        self._since_partial = 0  # windows

    def listen(
        self, data: bytes, splits: Sequence[int], *, final: bool
    ) -> list[Transcript]:
        """Do one round: take audio, give what can be said of it."""
        before = len(self._segment)
        if self._segment.grow(data):
            self._is_sure = False
        self._since_partial += max(0, len(self._segment) - before)
        found = self._cut_if_long()
        for at in map(self._segment.place, splits):
            if self._segment.is_enough(at):
                found += self._cut(at)
        if final:
            found += self._final()
        elif self._is_due():
            found += self._partial()
        return [transcript for transcript in found if transcript.text]

    def _is_due(self) -> bool:
        if self._is_sure:
            return False
        if self._segment.is_settled():
            return True
        is_enough = self._segment.spoken() >= _FIRST_WINDOWS
        return is_enough and self._since_partial >= _PARTIAL_WINDOWS

    def _partial(self) -> list[Transcript]:
        piece = self._segment.piece(len(self._segment))
        self._since_partial = 0
        if piece is None:
            return []
        self._is_sure = self._segment.is_settled()
        self._heard = moonshine.load().recognise(piece.samples)
        return [_transcript(piece, self._heard, final=False)]

    def _final(self) -> list[Transcript]:
        piece = self._segment.piece(len(self._segment))
        heard = self._heard if self._is_sure else None
        self._start_anew(len(self._segment))
        if piece is None:
            return []
        heard = heard or moonshine.load().recognise(piece.samples)
        return [_transcript(piece, heard, final=True)]

    def _cut_if_long(self) -> list[Transcript]:
        found = []
        while len(self._segment) > _LONGEST:
            at = self._segment.longest_pause(_EARLIEST_CUT, _LONGEST)
            found += self._cut(at)
        return found

    def _cut(self, at: int) -> list[Transcript]:
        piece = self._segment.piece(at)
        self._start_anew(at)
        if piece is None:
            return []
        heard = moonshine.load().recognise(piece.samples)
        return [_transcript(piece, heard, final=True)]

    def _start_anew(self, at: int) -> None:
        self._segment.drop(at)
        self._heard, self._is_sure, self._since_partial = None, False, 0


def _transcript(piece: Piece, heard: Recognised, *, final: bool) -> Transcript:
    return Transcript(
        heard.text,
        is_final=final,
        start_ms=piece.start_ms,
        end_ms=piece.end_ms,
        confidence=heard.confidence,
        language="en",
        ending=heard.ending,
    )
