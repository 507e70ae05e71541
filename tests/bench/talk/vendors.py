"""Vendors of a call on virtual time: what they take of it is set, whatever they are."""

import asyncio
from functools import cache

from providers import audio
from providers.local import voices
from providers.local.stt import LocalSpeechToText
from providers.ports import (
    Audio,
    AudioFormat,
    Finalized,
    LlmCapabilities,
    SttCapabilities,
    TextDelta,
    Transcript,
    TtsCapabilities,
    Usage,
    UtteranceDone,
)

REPLY = (
    "Of course, I can tell you. We are open from Monday to Friday, from eight in the"
    " morning until six in the evening. The dentist can see you on Tuesday, or on"
    " Thursday after lunch. A first visit takes about forty minutes."
)
INTERIM_S, INTERIM_LATE_S, FINAL_LATE_S = 0.3, 0.15, 0.1  # of Deepgram's manner


class Perfect:
    """A recogniser that never errs, in Deepgram's manner and at its pace: it knows what
    the caller says, and when."""

    capabilities = SttCapabilities()

    def __init__(self, room):
        self.room = room

    async def open(self, request, on_event):
        return PerfectStream(self.room, on_event)


class PerfectStream:
    def __init__(self, room, emit):
        self.room, self.emit = room, emit
        self.loop = asyncio.get_running_loop()
        self.told = 0  # words told as final
        self.next_interim = 0.0
        self.last = ""

    def send(self, audio):
        now = self.loop.time()
        if now >= self.next_interim:
            self.next_interim = now + INTERIM_S
            words = self.room.caller.words_by(now)[self.told :]
            if words and " ".join(words) != self.last:
                self.last = " ".join(words)
                self.loop.call_later(INTERIM_LATE_S, self._interim, self.last)

    def _interim(self, text):
        if text == self.last:
            self.room.words_came()
            self.emit(Transcript(text, False))

    def finalize(self):
        self.loop.call_later(FINAL_LATE_S, self._final, self.loop.time())

    def _final(self, until):
        words = self.room.caller.words_by(until)
        fresh, self.told, self.last = words[self.told :], len(words), ""
        if fresh:
            self.room.words_came()
            self.emit(Transcript(" ".join(fresh), True))
        self.emit(Finalized())

    def close(self):
        self.last = ""


class Offline:
    """The product's own recogniser, overheard."""

    capabilities = LocalSpeechToText.capabilities

    def __init__(self, room):
        self.room = room

    async def open(self, request, on_event):
        return await LocalSpeechToText().open(request, self.room.overheard(on_event))


class Answers:
    """A model that answers at once, and always the same."""

    capabilities = LlmCapabilities()

    async def prewarm(self, request=None):
        pass

    async def reply(self, request):
        yield TextDelta(REPLY)
        yield Usage(1, 1)


class Voice:
    """The offline voice, spoken before: first sound at once, then five times faster
    than it plays."""

    capabilities = TtsCapabilities()

    async def open(self, request, on_event):
        return VoiceStream(request.format, on_event)


class VoiceStream:
    def __init__(self, format, emit):
        self.format, self.emit = format, emit
        self.loop = asyncio.get_running_loop()
        self.cancelled = set()
        self.at = 0.0

    def say(self, utterance, text, *, more):
        self.at = max(self.at, self.loop.time())
        sound = spoken(text, self.format) if text else b""
        size = 100 * self.format.bytes_per_ms
        for start in range(0, len(sound), size):
            piece = Audio(utterance, sound[start : start + size])
            self.loop.call_at(self.at, self._emit, piece)
            self.at += 0.02
        if not more:
            self.loop.call_at(self.at, self._emit, UtteranceDone(utterance))

    def _emit(self, event):
        if event.utterance not in self.cancelled:
            self.emit(event)

    def cancel(self, utterance):
        self.cancelled.add(utterance)

    def close(self):
        self.cancelled.add("")


@cache
def spoken(text, format):
    """Return what the offline voice makes of a text."""
    pcm, rate = voices.hibari()(text, 1.0)
    converter = audio.Converter(AudioFormat("pcm_s16le", rate), format)
    return converter.convert(pcm, last=True)
