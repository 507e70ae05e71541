"""Doubles of models that hear and speak, who do what a scene tells them, of both kinds:
one that is led, one that takes turns."""

import asyncio
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pytest

from providers.ports import (
    CallerBegan,
    CallerEnded,
    CallerSaid,
    Failed,
    RealtimeCapabilities,
    RealtimeRequest,
    RealtimeUsage,
    ReplyDone,
    ReplySound,
    ReplyWords,
    ToolCall,
    ToolsWanted,
)
from tests.voice.vendors import LOST, MS_A_CHARACTER


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


def head(*replies, **options):
    return partial(HeadDouble, replies=list(replies), **options)


def by_itself(*replies, **options):
    return head(*replies, led=False, **options)


KINDS = pytest.mark.parametrize("kind", [head, by_itself])
