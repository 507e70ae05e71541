"""A stage on which a conversation is played: a line, a caller and vendors that do what
a scene tells them, on virtual time."""

import asyncio
from dataclasses import dataclass

from providers.ports import (
    TELEPHONE,
    LlmRequest,
    Melody,
    RealtimeRequest,
    SttRequest,
    ToolCall,
    ToolSpec,
    TtsRequest,
)
from tests.voice.vendors import EarDouble, MindDouble, MouthDouble
from tests.voice.virtual_time import play
from voice import events, lexicons
from voice.config import Ear, Head, Mind, Mouth, SessionConfig, TurnRules
from voice.ports import ToolOutcome
from voice.realtime import session

VOICE = b"\x20\xa0" * 80  # 20 ms that nobody takes for silence
__all__ = ["Stage", "ToolCall", "call"]


def call(scene, **options):
    """Play ``await scene(stage)`` on virtual time and return the stage."""

    async def run():
        stage = Stage(**options)
        await scene(stage)
        if not stage.is_over:
            stage.session.drop()
        await asyncio.wait_for(stage.session.finished(), 60)
        return stage

    return play(run())


@dataclass
class Speech:
    """The caller makes a sound; ``text`` is what a recogniser hears of it."""

    start: float
    end: float
    text: str

    def words_by(self, now):
        words = self.text.split()
        share = min(1.0, (now - self.start) / max(0.01, self.end - self.start))
        return words[: int(share * len(words) + 1e-6)]

    def timed_words(self):
        words = self.text.split()
        each = (self.end - self.start) * 1000 / max(1, len(words))
        began = self.start * 1000
        return [(w, began + i * each, began + (i + 1) * each) for i, w in enumerate(words)]  # fmt: skip


class LineDouble:
    """A telephone line: plays in real time, echoes marks, may be cleared."""

    format = voice_format = TELEPHONE

    def __init__(self, lag=0.0):
        self.loop = asyncio.get_running_loop()
        self.lag = lag
        self.until = 0.0
        self.played = []  # (start, end) of what is or was heard
        self.clears = []
        self.marks = []
        self.session = None
        self.hung_up_at = None

    def play(self, audio):
        start = max(self.loop.time(), self.until)
        self.until = start + len(audio) / 8000
        if self.played and abs(self.played[-1][1] - start) < 0.002:
            start = self.played.pop()[0]
        self.played.append((start, self.until))

    def mark(self, name):
        at = max(self.until, self.loop.time()) + self.lag
        self.marks.append((name, self.loop.call_at(at, self._reached, name)))

    def _reached(self, name):
        self.marks = [mark for mark in self.marks if mark[0] != name]
        self.session.marked(name)

    def clear(self):
        now = self.loop.time()
        self.clears.append(now)
        self.played = [(a, min(b, now)) for a, b in self.played if a < now]
        self.until = now
        marks, self.marks = self.marks, []
        for name, timer in marks:
            timer.cancel()
            self.loop.call_soon(self.session.marked, name)

    def hang_up(self):
        self.hung_up_at = self.loop.time()

    def is_audible(self, at):
        return any(start <= at < end for start, end in self.played)

    def silences(self, start, end):
        """Return the pauses between two moments, in seconds."""
        gaps, at = [], start
        for a, b in sorted(self.played):
            if b <= start or a >= end:
                continue
            if a > at:
                gaps.append(round(a - at, 3))
            at = max(at, b)
        return gaps + ([round(end - at, 3)] if at < end else [])


class DetectorDouble:
    window_ms = 32

    def __init__(self, stage):
        self.stage = stage

    def open(self, format, on_window):
        return ActivityDouble(self.stage, on_window)


class ActivityDouble:
    def __init__(self, stage, on_window):
        self.stage, self.on_window, self.waiting = stage, on_window, 0

    def push(self, audio):
        self.waiting += len(audio) / 8
        while self.waiting >= 32:
            self.waiting -= 32
            self.on_window(0.95 if self.stage.is_speaking() else 0.03)

    def close(self):
        pass


class EndpointerDouble:
    def __init__(self, odds):
        self.odds = odds
        self.asked = []

    async def melody(self, pcm16k):
        self.asked.append(len(pcm16k))
        await asyncio.sleep(0.05)
        return Melody(self.odds)


class ToolboxDouble:
    def __init__(self, results):
        self.results = results
        self.calls = []
        self.known = []  # passages that every question brings up
        self.asked = []

    async def recall(self, question):
        self.asked.append(question)
        return self.known

    async def run(self, name, arguments, said):
        self.calls.append((name, arguments))
        wait, result = self.results.get(name, (0.0, "done"))
        await asyncio.sleep(wait)
        return result if isinstance(result, ToolOutcome) else ToolOutcome(result)


class Stage:
    """Everything around one session. Times in seconds from answer."""

    def __init__(
        self,
        replies=(),
        *,
        ears=None,
        minds=None,
        mouths=None,
        heads=(),
        tools=None,
        odds=None,
        mode="balanced",
        rules=None,
        lag=0.0,
        typed=False,
        meters=False,
        language="en-US",
        **config,
    ):
        self.loop = asyncio.get_running_loop()
        self.speech = []
        self.heard_words = 0
        self.events = []
        self.caller = self.agent = 0  # bytes recorded
        self.line = LineDouble(lag)
        self.ears = [EarDouble(self)] if ears is None else [e(self) for e in ears]
        self.minds = minds or [MindDouble(list(replies))]
        self.mouths = [MouthDouble()] if mouths is None else mouths
        self.heads = [head(self) for head in heads]
        self.toolbox = ToolboxDouble(tools or {})
        self.endpointer = EndpointerDouble(odds) if odds is not None else None
        rules = {
            "mode": mode,
            "backchannels": lexicons.backchannels(language),
            "stop_words": lexicons.stop_words(language),
            "greetings": lexicons.greetings(language),
        } | (rules or {})
        if typed:
            self.ears, self.mouths = [], []
        self.config = SessionConfig(
            prompt="You are Ann.",
            language=language,
            ears=[
                Ear(f"ear{i}", ear, SttRequest(TELEPHONE, language))
                for i, ear in enumerate(self.ears)
            ],
            minds=[
                Mind(f"mind{i}", mind, LlmRequest(()))
                for i, mind in enumerate(self.minds)
            ],
            mouths=[
                Mouth(f"mouth{i}", mouth, TtsRequest(TELEPHONE, "v", language))
                for i, mouth in enumerate(self.mouths)
            ],
            heads=[
                Head(f"head{i}", head, RealtimeRequest(TELEPHONE, TELEPHONE, language))
                for i, head in enumerate(self.heads)
            ],
            turns=TurnRules(**rules),
            tools=[ToolSpec(name, name, {"type": "object"}) for name in tools or ()],
            **({"opener": "", "agent_greets": False} | config),
        )
        self.session = session(
            self.config,
            self.line,
            self.toolbox,
            self,
            DetectorDouble(self),
            self.endpointer,
            meters=meters,
        )
        self.line.session = self.session
        self.sends_frames = True

    # ---- the notebook

    def note(self, event):
        self.events.append(event)

    def caller_audio(self, at_ms, pcm):
        self.caller += len(pcm)

    def agent_audio(self, at_ms, pcm):
        self.agent += len(pcm)

    # ---- the scene

    @property
    def now(self):
        return self.loop.time()

    @property
    def is_over(self):
        return any(isinstance(event, events.Ended) for event in self.events)

    async def answer(self):
        await self.session.start()
        self.frames = asyncio.ensure_future(self._send_frames())

    async def _send_frames(self):
        at = self.loop.time()
        while not self.is_over:
            if self.sends_frames:
                self.session.hear(VOICE if self.is_speaking() else b"\xff" * 160)
            at += 0.02
            await asyncio.sleep(max(0, at - self.loop.time()))

    def says(self, text, *, at, lasts=None):
        """Let the caller speak, 300 ms a word unless told."""
        length = lasts if lasts is not None else 0.3 * len(text.split())
        self.speech.append(Speech(at, at + length, text))
        return at + length

    def is_speaking(self):
        return any(s.start <= self.now < s.end for s in self.speech)

    def words_by(self, now):
        """Return every word that the caller has said by now."""
        return [w for s in self.speech if s.start < now for w in s.words_by(now)]

    def timed_words(self):
        """Return every word with the ms at which it is said."""
        return [each for s in self.speech for each in s.timed_words()]

    async def until(self, at):
        await asyncio.sleep(max(0, at - self.now))

    # ---- what happened

    def all(self, kind):
        return [event for event in self.events if isinstance(event, kind)]

    def last(self, kind):
        found = self.all(kind)
        assert found, f"no {kind.__name__} in {self.events}"
        return found[-1]

    @property
    def heard(self):
        """What the agent's words were, as the caller heard them."""
        return [event.text for event in self.all(events.Spoke) if event.text]

    @property
    def turns(self):
        """What the caller's turns were."""
        return [event.text for event in self.all(events.Heard) if event.is_final]
