"""One caller who speaks Twilio Media Streams, its script, and what it observed.

Protocol: https://www.twilio.com/docs/voice/media-streams/websocket-messages
"""

import asyncio
import base64
import collections
import dataclasses
import os
import random
import time

import orjson
from picows import WSCloseCode, WSListener, WSMsgType

from carrier import ACCOUNT_SID
from speech import FRAME_MS, MULAW_SILENCE, TELEPHONE_RATE

FRAME = FRAME_MS / 1000
FIRST_TURN_AFTER = 1.0  # s of silence before the caller's first words
PAUSE_BETWEEN_TURNS = 0.7  # s after the agent has finished
INTERRUPT_AFTER = 1.5  # s into the agent's reply
INTERRUPT_EVERY = 3  # turns
NO_REPLY_AFTER = 8.0  # s
GAP_TOLERANCE = 0.005  # s that the next audio may come after the last was played out
CONNECT_TIMEOUT = 20  # s
SETTLE = 1.5  # s between the last caller's start and the measured window
CONNECTED = b'{"event":"connected","protocol":"Call","version":"1.0.0"}'


@dataclasses.dataclass(frozen=True)
class Script:
    """What callers say: lists of base64 payloads of 20 ms mu-law each."""

    questions: tuple
    interruption: list
    silence: str = base64.b64encode(MULAW_SILENCE).decode()

    @classmethod
    def load(cls, speech):
        def payloads(name):
            return [
                base64.b64encode(frame).decode()
                for frame in speech.telephone_frames(name)
            ]

        return cls(
            (payloads("question"), payloads("followup")), payloads("interruption")
        )


class Observations:
    """What the callers saw inside the measured window. All lists are in seconds."""

    def __init__(self):
        self.opens = self.closes = 0.0
        self.voice_to_voice = []  # end of caller's speech to first audio of the reply
        self.after_barge_in = []  # the same, for turns that interrupted
        self.barge_in = []  # first interrupting word to clear
        self.greeting = []  # start of the stream to first audio (not windowed)
        self.gaps = []  # silence inside a reply
        self.lateness = []  # of the callers' own 20 ms clock
        self.setup = []  # webhook and handshake (not windowed)
        self.no_replies = self.dropped = self.audio_after_clear = (
            self.media_received
        ) = 0
        self.failures = collections.Counter()

    def within(self, moment):
        return self.opens < moment < self.closes


def is_silence(message, start, end):
    """Whether message[start:end], base64 of mu-law, is all 0xFF: "/" but for padding."""
    return message.count(b"/", start, end) >= end - start - 4


class Caller(WSListener):
    """One phone call. States: idle, speaking, waiting, listening, interrupting."""

    def __init__(self, number, script, observed, parameters):
        self.script, self.observed, self.parameters = script, observed, parameters
        self.call_sid, self.stream_sid, self.number = identity(number)
        self.loop = asyncio.get_running_loop()
        self.transport = None
        self.hanging_up = self.over = False
        self.sequence = 1
        self.chunk = 0
        self.turn = -1
        self.state = "idle"
        self.utterance = None  # payloads being spoken
        self.position = 0
        self.cleared = False  # this turn's interruption was honoured
        self.marks = collections.deque()
        self.started = self.next_tick = self.may_speak = 0.0
        self.speech_ended = self.reply_began = self.interrupted = self.played_until = (
            0.0
        )

    # -------------------------------------------------------------- sending

    def on_ws_connected(self, transport):
        self.transport = transport
        transport.send(WSMsgType.TEXT, CONNECTED)
        self._send(
            {
                "event": "start",
                "sequenceNumber": "1",
                "streamSid": self.stream_sid,
                "start": {
                    "accountSid": ACCOUNT_SID,
                    "streamSid": self.stream_sid,
                    "callSid": self.call_sid,
                    "tracks": ["inbound"],
                    "mediaFormat": {
                        "encoding": "audio/x-mulaw",
                        "sampleRate": TELEPHONE_RATE,
                        "channels": 1,
                    },
                    "customParameters": self.parameters,
                },
            }
        )
        self.started = self.next_tick = self.loop.time()
        self.may_speak = self.started + FIRST_TURN_AFTER
        self._tick()

    def on_ws_disconnected(self, transport):
        if not self.over:
            self.observed.dropped += 1
            self.over = True

    def hang_up(self):
        """End the call at the next frame."""
        self.hanging_up = True

    def _tick(self):
        """Send one 20 ms frame and let the conversation go on."""
        if self.over:
            return
        now = self.loop.time()
        if self.chunk % 25 == 0 and self.observed.within(now):
            self.observed.lateness.append(now - self.next_tick)
        if self.hanging_up:
            self._stop()
            return
        self._send_frame(self._next_payload(now))
        if self.utterance is None:
            self._converse(now)
        self.next_tick += FRAME
        self.loop.call_at(self.next_tick, self._tick)

    def _next_payload(self, now):
        if self.utterance is None:
            return self.script.silence
        payload = self.utterance[self.position]
        self.position += 1
        if self.position == len(self.utterance):
            self.utterance = None
            self.speech_ended = now
            self.state = "waiting"
        return payload

    def _send_frame(self, payload):
        self.sequence += 1
        self.chunk += 1
        self.transport.send(
            WSMsgType.TEXT,
            (
                '{"event":"media","sequenceNumber":"%d","media":{"track":"inbound",'
                '"chunk":"%d","timestamp":"%d","payload":"%s"},'
                '"streamSid":"%s"}'
                % (
                    self.sequence,
                    self.chunk,
                    self.chunk * FRAME_MS,
                    payload,
                    self.stream_sid,
                )
            ).encode(),
        )

    def _send(self, message):
        self.transport.send(WSMsgType.TEXT, orjson.dumps(message))

    def _send_event(self, event, content):
        self.sequence += 1
        self._send(
            {
                "event": event,
                "sequenceNumber": str(self.sequence),
                "streamSid": self.stream_sid,
                event: content,
            }
        )

    def _stop(self):
        self.over = True
        self._send_event("stop", {"accountSid": ACCOUNT_SID, "callSid": self.call_sid})
        self.loop.call_later(0.3, self._close)

    def _close(self):
        self.transport.send_close(WSCloseCode.OK)
        self.transport.disconnect()

    # -------------------------------------------------------------- the conversation

    def _speak(self, utterance, state):
        self.utterance = utterance
        self.position = 0
        self.state = state

    def _converse(self, now):
        """Decide, while silent, whether to speak."""
        if self.state == "idle":
            if (
                now >= self.may_speak
                and now
                > self.played_until + PAUSE_BETWEEN_TURNS * (self.played_until > 0)
            ):
                self._next_turn()
        elif self.state == "waiting":
            if now - self.speech_ended > NO_REPLY_AFTER:
                self.observed.no_replies += self.observed.within(self.speech_ended)
                self._rest(now)
        elif self.state == "listening":
            if self._wants_to_interrupt(now):
                self.interrupted = now
                self._speak(self.script.interruption, "interrupting")
            elif now > self.played_until + PAUSE_BETWEEN_TURNS:
                self._rest(now)

    def _next_turn(self):
        self.turn += 1
        self.cleared = False
        self._speak(
            self.script.questions[self.turn % len(self.script.questions)], "speaking"
        )
        if self.turn == 1:
            self._send_event("dtmf", {"track": "inbound_track", "digit": "1"})

    def _rest(self, now):
        self.state = "idle"
        self.may_speak = now

    def _wants_to_interrupt(self, now):
        return (
            self.turn % INTERRUPT_EVERY == 1
            and not self.cleared
            and now - self.reply_began > INTERRUPT_AFTER
            and now < self.played_until + FRAME
        )

    # -------------------------------------------------------------- receiving

    def on_ws_frame(self, transport, frame):
        if frame.msg_type == WSMsgType.TEXT:
            message = frame.get_payload_as_bytes()
            now = self.loop.time()
            if message.find(b'"media"', 0, 90) >= 0:
                self._on_media(message, now)
            elif message.find(b'"clear"') >= 0:
                self._on_clear(now)
            elif message.find(b'"mark"') >= 0:
                self._on_mark(orjson.loads(message)["mark"]["name"], now)
        elif frame.msg_type == WSMsgType.CLOSE:
            transport.disconnect()

    def _on_media(self, message, now):
        """Audio from the agent; only the payload is looked for, nothing is parsed."""
        start = message.find(b'"', message.find(b'"payload"') + 9) + 1
        end = message.find(b'"', start)
        if is_silence(message, start, end):
            return
        self.observed.media_received += 1
        if self.state == "waiting":
            self._on_reply(now)
        elif self.state == "listening":
            if now > self.played_until + GAP_TOLERANCE and self.observed.within(now):
                self.observed.gaps.append(now - self.played_until)
        elif self.state == "interrupting":
            self.observed.audio_after_clear += self.cleared
        elif self.turn < 0 and self.played_until == 0:
            self.observed.greeting.append(now - self.started)
        self.played_until = (
            max(self.played_until, now) + (end - start) * 3 // 4 / TELEPHONE_RATE
        )

    def _on_reply(self, now):
        if self.observed.within(self.speech_ended):
            kind = (
                self.observed.after_barge_in
                if self.cleared
                else self.observed.voice_to_voice
            )
            kind.append(now - self.speech_ended)
        self.state = "listening"
        self.reply_began = self.played_until = now

    def _on_clear(self, now):
        if self.state == "interrupting" and not self.cleared:
            self.cleared = True
            if self.observed.within(now):
                self.observed.barge_in.append(now - self.interrupted)
        self.played_until = now
        while self.marks:
            self._echo(self.marks.popleft())

    def _on_mark(self, name, now):
        self.marks.append(name)
        self.loop.call_at(max(self.played_until, now), self._mark_reached, name)

    def _mark_reached(self, name):
        if name in self.marks and not self.over:
            self.marks.remove(name)
            self._echo(name)

    def _echo(self, name):
        if not self.over:
            self._send_event("mark", {"name": name})


def identity(number):
    """Call id, stream id (new in each run) and phone number of caller ``number``."""
    dice = random.Random(f"{os.getpid()}-{time.time_ns()}-{number}")

    def sid(prefix):
        return prefix + f"{dice.getrandbits(128):032x}"

    return sid("CA"), sid("MZ"), f"+1415555{number % 10000:04d}"
