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

from providers import audio, registry, web
from providers.ports import TELEPHONE, LlmRequest, SttRequest, Transcript, TtsRequest
from telephony.browser_media import LOUDSPEAKER, MICROPHONE, BrowserMedia
from telephony.carrier import AudioIn, Marked
from telephony.carriers.twilio.media import Media as TwilioMedia
from tests.bench.talk import corpus, deepgram
from tests.bench.talk.caller import FRAME_S, Caller
from tests.bench.talk.loudspeaker import Loudspeaker
from tests.bench.talk.vendors import Answers, Offline, Perfect, Voice
from voice import events, lexicons
from voice.config import Ear, Mind, Mouth, SessionConfig, TurnRules
from voice.session import Session
from voice.wording import plain_words


class Room:
    """One conversation. Times in seconds from answer."""

    def __init__(self, *, ear, wire, noise_db=None, mode="balanced", smart=True):
        self.loop = asyncio.get_running_loop()
        self.is_phone = wire == "phone"
        self.codec = TwilioMedia() if self.is_phone else BrowserMedia()
        self.format = TELEPHONE if self.is_phone else MICROPHONE
        self.voice_format = TELEPHONE if self.is_phone else LOUDSPEAKER
        self._hello()
        self.loudspeaker = Loudspeaker(self.voice_format, self._reached)
        self.caller = Caller(self.loudspeaker, noise_db)
        self.notes = []
        self.first_words_at = None
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
        self._receive(self.codec.audio(sound))

    def mark(self, name):
        self._receive(self.codec.mark(name))

    def clear(self):
        self._receive(self.codec.clear())

    def hang_up(self):
        pass

    def _receive(self, message):
        if isinstance(message, bytes):
            self.loudspeaker.play(message)
            return
        parsed = json.loads(message)
        kind = parsed.get("event") or parsed["type"]
        if kind == "media":
            self.loudspeaker.play(base64.b64decode(parsed["media"]["payload"]))
        elif kind == "mark":
            name = parsed["mark"]["name"] if self.is_phone else parsed["name"]
            self.loudspeaker.mark(name)
        elif kind == "clear":
            self.loudspeaker.clear()

    def _reached(self, name):
        echoed = (
            {"event": "mark", "streamSid": "MZ1", "mark": {"name": name}}
            if self.is_phone
            else {"type": "mark", "name": name}
        )
        event = self.codec.receive(json.dumps(echoed))
        assert isinstance(event, Marked)
        self.session.marked(event.name)

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

    def overheard(self, on_event):
        """Return a listener to a recogniser that also notes when words came: when there
        was a right one among its guesses."""

        def heard(event):
            if isinstance(event, Transcript):
                said = {
                    word
                    for _, clip in self.caller.said
                    for word in plain_words(clip.words)
                }
                if said.intersection(plain_words(event.text)):
                    self.words_came()
            on_event(event)

        return heard

    def words_came(self):
        if self.first_words_at is None:
            self.first_words_at = self.loop.time()

    async def _talk(self):
        at = self.loop.time()
        while True:
            self._send(self.caller.frame(at))
            at += FRAME_S
            await asyncio.sleep(max(0.0, at - self.loop.time()))

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
        while not condition() and self.loop.time() < end:  # virtual
            await asyncio.sleep(FRAME_S)
        return condition()
