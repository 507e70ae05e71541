"""Doubles of vendors, who do what a scene tells them: an ear, a mind and a mouth."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

from providers.errors import Refused, TimedOut, Unavailable
from providers.ports import (
    Alignment,
    Audio,
    Failed,
    Finalized,
    LlmCapabilities,
    LlmRequest,
    SpokenWord,
    SttCapabilities,
    SttRequest,
    TextDelta,
    ToolCall,
    Transcript,
    TtsCapabilities,
    TtsRequest,
    Usage,
    UtteranceDone,
    UtteranceFailed,
    Word,
)

MS_A_CHARACTER = 60
REFUSED, LOST, LATE = Refused("no"), Unavailable("lost"), TimedOut("late")


@dataclass
class EarDouble:
    """A recogniser: partials each 250 ms, finals 100 ms after ``finalize``."""

    stage: Any  # that it stands on
    faults: list = field(default_factory=list)  # raised by open, one each time
    deaf: bool = False
    segmented: bool = False
    times_words: bool = False
    cut_after: float = 0.0  # s after opening: the socket is lost
    opened: list = field(default_factory=list)
    sent: int = 0

    @property
    def capabilities(self):
        return SttCapabilities(segmented=self.segmented)

    async def open(self, request: SttRequest, on_event):
        await asyncio.sleep(0.05)
        if self.faults:
            raise self.faults.pop(0)
        stream = (SegmentedEarStream if self.segmented else EarStream)(self, on_event)
        self.opened.append(stream)
        if self.cut_after:
            asyncio.get_running_loop().call_later(
                self.cut_after, on_event, Failed(LOST)
            )
        return stream


class EarStream:
    def __init__(self, ear, emit):
        self.ear, self.stage, self.emit = ear, ear.stage, emit
        self.told = self.stage.heard_words  # of all speech, told as final
        self.since = 0.0
        self.partial = ""
        self.closed = False
        self.received = 0
        self.zero_ms = 0  # when its first audio was heard, by the stage

    def send(self, audio):
        self.received += len(audio)
        self.ear.sent += len(audio)
        now = self.stage.now
        self.zero_ms = now * 1000 - self.received / 8
        if self.ear.deaf or self.closed or now - self.since < 0.25:
            return
        self.since = now
        words = " ".join(self.stage.words_by(now)[self.stage.heard_words :])
        if words and words != self.partial:
            self.partial = words
            self.emit(Transcript(words, False))

    def finalize(self):
        asyncio.get_running_loop().call_later(0.1, self._finalize, self.stage.now)

    def _finalize(self, until):
        if self.closed or self.ear.deaf:
            return
        self._tell(until)
        self.emit(Finalized())

    def _tell(self, until):
        """Give the words that have been said, and not told."""
        count = len(self.stage.words_by(until))
        fresh = self.stage.timed_words()[self.stage.heard_words : count]
        self.stage.heard_words = count
        self.partial = ""
        if not fresh:
            return
        text = " ".join(word for word, _, _ in fresh)
        words = [
            Word(word, round(began - self.zero_ms), round(ended - self.zero_ms))
            for word, began, ended in fresh
        ]
        if self.ear.times_words:
            self.emit(Transcript(text, True, False, 0, words[-1].end_ms, 1.0, tuple(words)))  # fmt: skip
        elif self.ear.segmented:
            self.emit(Transcript(text, True, False, words[0].start_ms, words[-1].end_ms))  # fmt: skip
        else:
            self.emit(Transcript(text, True))

    def close(self):
        self.closed = True


class SegmentedEarStream(EarStream):
    def __init__(self, ear, emit):
        super().__init__(ear, emit)
        self.splits = []

    def split(self, at_ms):
        self.splits.append(at_ms)
        until = (self.zero_ms + at_ms) / 1000
        asyncio.get_running_loop().call_later(0.1, self._tell, until)


@dataclass
class MindDouble:
    """A model: each reply is a list of texts, waits (s), tool calls and errors."""

    replies: list
    requests: list = field(default_factory=list)
    capabilities = LlmCapabilities()

    async def prewarm(self, request=None):
        pass

    async def reply(self, request: LlmRequest):
        self.requests.append(request)
        reply = self.replies.pop(0) if self.replies else ["Fine."]
        for piece in reply if isinstance(reply, list) else [0.1, reply]:
            if isinstance(piece, float):
                await asyncio.sleep(piece)
            elif isinstance(piece, Exception):
                raise piece
            elif isinstance(piece, ToolCall):
                yield piece
            else:
                for word in piece.split(" "):
                    yield TextDelta(word + " ")
        yield Usage(100, 10)


@dataclass
class MouthDouble:
    """A voice: first sound after ``wait`` s, then five times faster than real time."""

    wait: float = 0.1
    faults: list = field(default_factory=list)  # raised by open
    utterance_faults: list = field(default_factory=list)  # instead of sound
    stops_after: float = 0.0  # s of sound, then silence for ever
    alignment: bool = False
    pace: int = MS_A_CHARACTER
    said: list = field(default_factory=list)
    cancelled: list = field(default_factory=list)
    capabilities = TtsCapabilities()

    async def open(self, request: TtsRequest, on_event):
        await asyncio.sleep(0.05)
        if self.faults:
            raise self.faults.pop(0)
        return MouthStream(self, on_event)


class MouthStream:
    def __init__(self, mouth, emit):
        self.mouth, self.emit = mouth, emit
        self.queue = asyncio.Queue()
        self.task = asyncio.ensure_future(self._speak())
        self.made = 0.0

    def say(self, utterance, text, *, more):
        if text:
            self.mouth.said.append(text)
        self.queue.put_nowait((utterance, text, more))

    def cancel(self, utterance):
        self.mouth.cancelled.append(utterance)

    def close(self):
        self.task.cancel()

    async def _speak(self):
        known, at = None, 0.0
        while True:
            utterance, text, more = await self.queue.get()
            if utterance != known:
                known, at = utterance, 0.0
                await asyncio.sleep(self.mouth.wait)
            if self.mouth.utterance_faults:
                fault = self.mouth.utterance_faults.pop(0)
                self.emit(UtteranceFailed(utterance, fault))
                continue
            at = await self._say(utterance, text, at)
            if not more and utterance not in self.mouth.cancelled:
                self.emit(UtteranceDone(utterance))

    async def _say(self, utterance, text, at):
        left = len(text) * self.mouth.pace
        if self.mouth.alignment and text:
            words = []
            for word in text.split():
                end = at + (len(word) + 1) * self.mouth.pace
                words.append(SpokenWord(word, round(at), round(end)))
                at = end
            self.emit(Alignment(utterance, tuple(words)))
        while left > 0 and utterance not in self.mouth.cancelled:
            size = min(left, 100)
            if self.mouth.stops_after and self.made >= self.mouth.stops_after * 1000:
                await asyncio.sleep(1e6)
            self.made += size
            self.emit(Audio(utterance, b"\x10" * (size * 8)))
            left -= size
            await asyncio.sleep(size / 5000)
        return at
