"""A call on virtual time: a caller with a microphone and a loudspeaker, the wire's own
codec, and the engine.

Everything that judges is the product's: codec, voice activity, end-of-turn model,
echo guard, turn-taking and, with the offline set, the recogniser. What it computes takes
no time on the clock, so the figures are of judgement and not of the machine.
"""

import asyncio
import base64
import contextlib
import json
from functools import cache

import numpy as np

from providers import audio, registry, web
from providers.local import voices
from providers.local.stt import LocalSpeechToText
from providers.ports import (
    TELEPHONE,
    Audio,
    AudioFormat,
    Finalized,
    LlmCapabilities,
    LlmRequest,
    SttCapabilities,
    SttRequest,
    TextDelta,
    Transcript,
    TtsCapabilities,
    TtsRequest,
    Usage,
    UtteranceDone,
)
from telephony.browser_media import LOUDSPEAKER, MICROPHONE, BrowserMedia
from telephony.carrier import AudioIn, Marked
from telephony.carriers.twilio.media import Media as TwilioMedia
from tests.bench.talk import corpus, deepgram
from voice import events, lexicons
from voice.config import Ear, Mind, Mouth, SessionConfig, TurnRules
from voice.session import Session

FRAME_S = 0.02
REPLY = (
    "Of course, I can tell you. We are open from Monday to Friday, from eight in the"
    " morning until six in the evening. The dentist can see you on Tuesday, or on"
    " Thursday after lunch. A first visit takes about forty minutes."
)
INTERIM_S, INTERIM_LATE_S, FINAL_LATE_S = 0.3, 0.15, 0.1  # of Deepgram's manner


class Perfect:
    """A recogniser that never errs, in Deepgram's manner and at its pace: it knows what
    the caller says, and when."""

    capabilities = SttCapabilities(("mulaw", "pcm_s16le"), (8000, 16000))

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
            words = self.room.words_by(now)[self.told :]
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
        words = self.room.words_by(until)
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

    capabilities = TtsCapabilities(("mulaw", "pcm_s16le"), (8000, 24000))

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


class Room:
    """One conversation. Times in seconds from answer."""

    def __init__(self, *, ear, wire, noise_db=None, mode="balanced", smart=True):
        self.loop = asyncio.get_running_loop()
        self.is_phone = wire == "phone"
        self.codec = TwilioMedia() if self.is_phone else BrowserMedia()
        self.format = TELEPHONE if self.is_phone else MICROPHONE
        self.voice_format = TELEPHONE if self.is_phone else LOUDSPEAKER
        self._hello()
        self.said = []  # (start s, Clip)
        self.notes = []
        self.clears = []
        self.first_words_at = None
        self._sound = np.zeros(0, np.float32)  # to be said, from now on
        self._noise = noise_db
        self._steady = None
        self._played = []  # [start, end, sound] of what the loudspeaker gives
        self._until = 0.0
        self._marks = []
        self._echo = None  # (delay s, gain)
        self._ear = ear
        self._mode, self._smart = mode, smart
        self._vendor = contextlib.AsyncExitStack()

    async def answer(self):
        """Let the call begin."""
        ear = await self._hire()
        rules = TurnRules(
            mode=self._mode,
            smart=self._smart,
            backchannels=lexicons.backchannels("en-US"),
            stop_words=lexicons.stop_words("en-US"),
            greetings=lexicons.greetings("en-US"),
        )
        config = SessionConfig(
            prompt="",
            ears=[Ear(self._ear, ear, SttRequest(self.format, "en-US"))],
            minds=[Mind("answers", Answers(), LlmRequest(()))],
            mouths=[
                Mouth("voice", Voice(), TtsRequest(self.voice_format, "v", "en-US"))
            ],
            agent_greets=False,
            turns=rules,
        )
        self.session = Session(
            config,
            self,
            None,
            self,
            registry.activity(),
            registry.endpointer() if self._smart else None,
        )
        await self.session.start()
        self._talking = asyncio.ensure_future(self._talk())
        await asyncio.sleep(0.5)

    async def _hire(self):
        """Return the recogniser, with its vendor's double if it has one."""
        if self._ear != "deepgram":
            return {"offline": Offline, "perfect": Perfect}[self._ear](self)
        double = await self._vendor.enter_async_context(deepgram.RoomDouble().serving())
        double.room = self
        return deepgram.Ear(self, double.url)

    def _hello(self):
        start = {
            "event": "start",
            "start": {"streamSid": "MZ1", "callSid": "CA1"},
        } if self.is_phone else {"type": "hello", "token": "t", "rate": 16000}  # fmt: skip
        self.codec.receive(json.dumps(start))

    # ---- the line: what the engine sends goes over the wire

    def play(self, sound):
        self._loudspeaker(self.codec.audio(sound))

    def mark(self, name):
        self._loudspeaker(self.codec.mark(name))

    def clear(self):
        self._loudspeaker(self.codec.clear())

    def hang_up(self):
        pass

    def _loudspeaker(self, message):
        if isinstance(message, bytes):
            self._play(message)
            return
        parsed = json.loads(message)
        kind = parsed.get("event") or parsed["type"]
        if kind == "media":
            self._play(base64.b64decode(parsed["media"]["payload"]))
        elif kind == "mark":
            name = parsed["mark"]["name"] if self.is_phone else parsed["name"]
            at = max(self._until, self.loop.time())
            self._marks.append((name, self.loop.call_at(at, self._reached, name)))
        elif kind == "clear":
            self._cleared()

    def _play(self, sound):
        start = max(self.loop.time(), self._until)
        self._until = start + len(sound) / self.voice_format.bytes_per_ms / 1000
        self._played.append([start, self._until, sound])

    def _reached(self, name):
        self._marks = [mark for mark in self._marks if mark[0] != name]
        echoed = (
            {"event": "mark", "streamSid": "MZ1", "mark": {"name": name}}
            if self.is_phone
            else {"type": "mark", "name": name}
        )
        event = self.codec.receive(json.dumps(echoed))
        assert isinstance(event, Marked)
        self.session.marked(event.name)

    def _cleared(self):
        now = self.loop.time()
        self.clears.append(now)
        self._played = [p for p in self._played if p[0] < now]
        if self._played:
            self._played[-1][1] = min(self._played[-1][1], now)
        self._until = now
        marks, self._marks = self._marks, []
        for name, timer in marks:
            timer.cancel()
            self.loop.call_soon(self._reached, name)

    # ---- the notebook

    def note(self, event):
        self.notes.append((self.loop.time(), event))

    def caller_audio(self, at_ms, pcm):
        pass

    def agent_audio(self, at_ms, pcm):
        pass

    # ---- the caller

    async def hang_up_call(self):
        self.session.drop()
        await self.session.finished()
        self._talking.cancel()
        await self._vendor.aclose()
        await web.close()

    def say(self, *clips, pause=0.0):
        """Speak from now on; return when each clip begins and ends."""
        at = self.loop.time()
        times = []
        for clip in clips:
            gap = np.zeros(round(pause * corpus.RATE) if times else 0, np.float32)
            at += len(gap) / corpus.RATE
            self.said.append((at, clip))
            self._sound = np.concatenate((self._sound, gap, clip.sound))
            times.append((at, at + clip.seconds))
            at += clip.seconds
        return times

    def echo(self, delay, gain):
        """Let the microphone hear the loudspeaker."""
        self._echo = (delay, gain)

    def words_by(self, now):
        """Return the words said so far, evenly over each clip."""
        words = []
        for start, clip in self.said:
            every = clip.words.split()
            share = (now - start) / max(0.01, clip.seconds)
            words += every[: int(min(1.0, max(0.0, share)) * len(every) + 0.05)]
        return words

    def overheard(self, on_event):
        """Return a listener to a recogniser that also notes when words came."""

        def heard(event):
            if isinstance(event, Transcript) and event.text:
                self.words_came()
            on_event(event)

        return heard

    def words_came(self):
        if self.first_words_at is None:
            self.first_words_at = self.loop.time()

    async def _talk(self):
        size = round(FRAME_S * corpus.RATE)
        at = self.loop.time()
        while True:
            frame = np.zeros(size, np.float32)
            taken = self._sound[:size]
            frame[: len(taken)] = taken
            self._sound = self._sound[size:]
            self._send(frame + self._noise_of(size) + self._echo_of(at, size))
            at += FRAME_S
            await asyncio.sleep(max(0.0, at - self.loop.time()))

    def _noise_of(self, size):
        if self._noise is None:
            return 0.0
        if self._steady is None:
            level = 0.08 * 10 ** (-self._noise / 20)  # the prompts' speech is at 0.08
            self._steady = corpus.noise(20, level)
        self._steady = np.roll(self._steady, -size)
        return self._steady[:size]

    def _echo_of(self, at, size):
        if self._echo is None:
            return 0.0
        delay, gain = self._echo
        begin = at - delay - FRAME_S
        moments = begin + np.arange(size) / corpus.RATE
        heard = np.zeros(size, np.float32)
        for start, end, sound in self._played:
            if start < begin + FRAME_S and end > begin:
                inside = (moments >= start) & (moments < end)
                samples = audio.floats(sound, self.voice_format.encoding)
                places = (moments[inside] - start) * self.voice_format.sample_rate
                heard[inside] = np.interp(places, np.arange(len(samples)), samples)
        return heard * gain

    def _send(self, frame):
        pcm = corpus.resampled(frame, self.format.sample_rate)
        sound = audio.encoded(pcm, self.format.encoding)
        message = (
            json.dumps({
                "event": "media", "streamSid": "MZ1",
                "media": {"track": "inbound", "payload": base64.b64encode(sound).decode()},
            })
            if self.is_phone
            else sound
        )  # fmt: skip
        event = self.codec.receive(message)
        assert isinstance(event, AudioIn)
        self.session.hear(event.data)

    # ---- what happened

    @property
    def is_offline(self):
        """Whether the product's own recogniser listens."""
        return self._ear == "offline"

    @property
    def heard(self):
        """The caller's words, as they were recognised."""
        return " ".join(
            note.text
            for _, note in self.notes
            if isinstance(note, events.Heard) and note.is_final
        )

    @property
    def is_speaking(self):
        """Whether the agent has begun its reply and not ended it."""
        return self.session._speaking.is_audible

    @property
    def interrupted_at(self):
        """When the agent gave way; None: it did not."""
        return next(
            (at for at, note in self.notes if isinstance(note, events.Interrupted)),
            None,
        )

    def silent_from(self, moment):
        """Return when the loudspeaker fell silent, of the silence that lasts then."""
        return max((end for start, end, _ in self._played if start < moment), default=0)

    def first_audio_after(self, moment):
        """Return when the loudspeaker gave its next sound; None: it did not."""
        starts = [start for start, _, _ in self._played if start >= moment]
        return min(starts, default=None)

    def was_audible(self, start, end):
        return any(a < end and b > start for a, b, _ in self._played)

    def faltered(self, start, end):
        """Return the longest gap in what was heard between two moments, in s."""
        at, longest = start, 0.0
        for a, b, _ in self._played:
            if b > start and a < end:
                longest, at = max(longest, a - at), max(at, b)
        return longest

    def waited_for_words(self, moment):
        """Return how long the last turn waited for the recogniser alone, in s."""
        found = [
            note.stt_ms
            for at, note in self.notes
            if isinstance(note, events.TurnLatency) and at >= moment
        ]
        return found[0] / 1000 if found else 0.0

    async def until(self, condition, seconds):
        end = self.loop.time() + seconds
        while not condition() and self.loop.time() < end:  # noqa: ASYNC110  # virtual
            await asyncio.sleep(FRAME_S)
        return condition()
