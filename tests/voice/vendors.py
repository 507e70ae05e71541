"""Doubles of vendors, who do what a scene tells them: an ear, a mind, a mouth, and a
head that is all three."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

from providers.errors import Refused, TimedOut, Unavailable
from providers.ports import (
    Alignment,
    Audio,
    CallerBegan,
    CallerEnded,
    CallerSaid,
    Failed,
    Finalized,
    LlmCapabilities,
    LlmRequest,
    RealtimeCapabilities,
    RealtimeRequest,
    RealtimeUsage,
    ReplyDone,
    ReplySound,
    ReplyWords,
    SpokenWord,
    SttCapabilities,
    SttRequest,
    TextDelta,
    ToolCall,
    ToolsWanted,
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


@dataclass
class HeadDouble:
    """A model that hears and speaks: it notices speech 100 ms late, ends a turn after
    300 ms of quiet, knows the words 300 ms later, and makes sound five times faster than
    it is heard. A reply is a text, a list of tool calls, a float (s of thought) with a
    text behind it, or an error that strikes in the middle of the text before it."""

    stage: Any  # that it stands on
    replies: list = field(default_factory=list)
    led: bool = True
    faults: list = field(default_factory=list)  # raised by open, one each time
    deaf: bool = False
    mute: bool = False  # never replies
    lasts: float = 0.0  # s until a stream is lost, once
    opened: list = field(default_factory=list)
    stopped: list = field(default_factory=list)  # (what was made, ms heard)
    asked: list = field(default_factory=list)
    told: list = field(default_factory=list)
    answers: list = field(default_factory=list)

    @property
    def capabilities(self):
        return RealtimeCapabilities(led=self.led, speaks_in_tools=self.led)

    async def open(self, request: RealtimeRequest, on_event):
        await asyncio.sleep(0.1)
        if self.faults:
            raise self.faults.pop(0)
        stream = HeadStream(self, request, on_event)
        self.opened.append(stream)
        if self.lasts:
            loop = asyncio.get_running_loop()
            loop.call_later(self.lasts, on_event, Failed(LOST))
            self.lasts = 0.0
        return stream


class HeadStream:
    resume = ""

    def __init__(self, head, request, emit):
        self.head, self.stage, self.request, self.emit = head, head.stage, request, emit
        self.loop = asyncio.get_running_loop()
        self.closed = False
        self.received = 0
        self.turns = self.replies = 0
        self.since = self.until = None  # of the caller's speech
        self.speaking = None
        self.playing_until = 0.0  # as a vendor supposes that takes turns by itself
        self.prompts = []

    def tell_event(self, event):
        if not self.closed:
            self.emit(event)

    def send(self, audio):
        assert len(audio) % 8 == 0
        self.received += len(audio)
        if self.closed or self.head.deaf:
            return
        now = self.stage.now
        if self.stage.is_speaking():
            if self.since is None:
                self.since = now
                self.loop.call_later(0.1, self.notice)
            self.until = now
        elif self.since is not None and now - self.until >= 0.3:
            self.since = None
            self.turns += 1
            turn = f"item{self.turns}"
            if self.head.led:
                self.tell_event(CallerEnded(turn))
                self.loop.call_later(0.3, self.write_down, turn)
            else:
                self.tell_event(CallerSaid(turn, self.fresh(), False))
                self.tell_event(CallerEnded(turn))
                self.write_down(turn)
                self.reply()

    def notice(self):
        if self.head.led:
            self.tell_event(CallerBegan())
        elif self.stage.now < self.playing_until:
            if self.speaking:
                self.speaking.cancel()
            self.tell_event(CallerBegan())

    def fresh(self):
        words = self.stage.words_by(self.stage.now)
        return " ".join(words[self.stage.heard_words :])

    def write_down(self, turn):
        text = self.fresh()
        self.stage.heard_words += len(text.split())
        self.tell_event(CallerSaid(turn, text, True))

    def reply(self, instructions=""):
        self.head.asked.append(instructions)
        if self.head.mute or self.head.deaf:
            return
        if instructions.startswith("Say exactly"):
            text = instructions.partition(": ")[2]
        else:
            text = self.head.replies.pop(0) if self.head.replies else "Fine."
        self.speaking = asyncio.ensure_future(self.speak(text))

    async def speak(self, reply):
        self.replies += 1
        self.has_sounded = False
        name = f"{id(self)}-{self.replies}"
        pieces = reply if isinstance(reply, list) else [0.1, reply]
        try:
            for piece in pieces:
                if isinstance(piece, float):
                    await asyncio.sleep(piece)
                elif isinstance(piece, Exception):
                    self.tell_event(Failed(piece))
                    return
                elif isinstance(piece, ToolCall):
                    self.tell_event(ReplyDone(name))
                    self.tell_event(ToolsWanted((piece,)))
                    return
                else:
                    await self.say(name, piece)
            self.tell_event(RealtimeUsage(10, 0, 5, 100, 0, 50))
            self.tell_event(ReplyDone(name))
        except asyncio.CancelledError:
            self.tell_event(ReplyDone(name, stopped=True))
        finally:
            self.speaking = None

    async def say(self, name, text):
        for word in text.split(" "):
            self.tell_event(ReplyWords(name, word + " "))
            sound = b"\x10" * ((len(word) + 1) * MS_A_CHARACTER * 8)
            self.has_sounded = True
            self.tell_event(ReplySound(name, sound))
            playing_from = max(self.stage.now, self.playing_until)
            self.playing_until = playing_from + len(sound) / 8000
            await asyncio.sleep(len(sound) / 8000 / 5)

    def tell(self, text):
        self.head.told.append(text)

    def answer(self, call, result):
        self.head.answers.append((call.name, result))
        if not self.head.led:
            self.reply()

    def stop(self, reply, heard_ms):
        if reply:
            self.head.stopped.append(heard_ms)
        if self.speaking and (reply or not self.has_sounded):
            self.speaking.cancel()

    def instruct(self, prompt):
        self.prompts.append(prompt)

    def close(self):
        self.closed = True
        if self.speaking:
            self.speaking.cancel()
