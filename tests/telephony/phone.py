"""A telephone on Twilio's line, in Python: speaks, plays, echoes marks in real time."""

import asyncio
import base64
import contextlib
import json
from urllib.parse import urlsplit

import websockets

FRAME_S = 0.02
FRAME = 160  # bytes of mu-law in 20 ms
SILENCE = b"\xff"


class Phone:
    """One stream. What was heard is kept, digital silence left out."""

    def __init__(self, socket, stream_id):
        self.socket, self.stream_id = socket, stream_id
        self.heard = bytearray()
        self.marks = []
        self.clears = 0
        self._played_until = 0.0
        self._speech = bytearray()
        self._timers = set()
        self._echoes = set()
        self._reading = asyncio.create_task(self._read())
        self._talking = asyncio.create_task(self._talk())

    @classmethod
    async def connect(cls, port, url, token, call_id, stream_id="MZ1"):
        """Open the stream that an answer asked for, at a port of this machine."""
        path = urlsplit(url).path
        socket = await websockets.connect(
            f"ws://127.0.0.1:{port}{path}", max_size=2**20, compression=None
        )
        await socket.send(json.dumps({"event": "connected", "protocol": "Call"}))
        start = {
            "streamSid": stream_id,
            "callSid": call_id,
            "tracks": ["inbound"],
            "mediaFormat": {
                "encoding": "audio/x-mulaw",
                "sampleRate": 8000,
                "channels": 1,
            },
            "customParameters": {"token": token},
        }
        await socket.send(
            json.dumps({"event": "start", "streamSid": stream_id, "start": start})
        )
        return cls(socket, stream_id)

    async def _read(self):
        with contextlib.suppress(websockets.ConnectionClosed):
            async for text in self.socket:
                self._take(json.loads(text))

    def _take(self, message):
        loop = asyncio.get_running_loop()
        assert message["streamSid"] == self.stream_id
        if message["event"] == "media":
            audio = base64.b64decode(message["media"]["payload"], validate=True)
            self._played_until = (
                max(self._played_until, loop.time()) + len(audio) / 8000
            )
            self.heard += audio.replace(SILENCE, b"")
            self.play(audio)
        elif message["event"] == "mark":
            at = max(self._played_until, loop.time())
            timer = loop.call_at(at, self._echo, message["mark"]["name"])
            self._timers.add(timer)
        elif message["event"] == "clear":
            self.clears += 1
            self._played_until = 0.0
            for timer in self._timers:
                timer.cancel()

    def play(self, audio):
        """Here it could be heard."""

    def _echo(self, name):
        self.marks.append(name)
        mark = {"event": "mark", "streamSid": self.stream_id, "mark": {"name": name}}
        sending = asyncio.ensure_future(self.send(mark))
        self._echoes.add(sending)

    def media(self, frame):
        payload = base64.b64encode(frame).decode()
        media = {"track": "inbound", "payload": payload}
        return {"event": "media", "streamSid": self.stream_id, "media": media}

    async def send(self, message):
        with contextlib.suppress(websockets.ConnectionClosed):
            await self.socket.send(json.dumps(message))

    async def _talk(self):
        loop = asyncio.get_running_loop()
        at = loop.time()
        while True:
            frame = bytes(self._speech[:FRAME]).ljust(FRAME, SILENCE)
            del self._speech[:FRAME]
            await self.send(self.media(frame))
            at += FRAME_S
            await asyncio.sleep(max(0, at - loop.time()))

    async def press(self, digit):
        dtmf = {"track": "inbound_track", "digit": digit}
        await self.send({"event": "dtmf", "streamSid": self.stream_id, "dtmf": dtmf})

    async def speak(self, mulaw):
        self._speech += mulaw
        await self.until(lambda: not self._speech, len(mulaw) / 8000 + 10)

    async def until(self, condition, seconds=30):
        loop = asyncio.get_running_loop()
        deadline = loop.time() + seconds
        while not condition():
            if loop.time() > deadline:
                raise AssertionError("it never came")
            await asyncio.sleep(FRAME_S)

    async def hears(self, seconds_of_speech=1.0, within=30):
        """Wait until so much speech was heard, since now."""
        before = len(self.heard)
        wanted = before + seconds_of_speech * 8000
        await self.until(lambda: len(self.heard) >= wanted, within)

    async def hears_out(self, within=40):
        """Wait until the other side has spoken, and has been silent for a second."""
        loop = asyncio.get_running_loop()
        before = len(self.heard)
        await self.until(
            lambda: (
                len(self.heard) > before + 800
                and loop.time() > self._played_until + 1.0
            ),
            within,
        )

    async def hang_up(self):
        await self.send({"event": "stop", "streamSid": self.stream_id})
        self._talking.cancel()
        await self.socket.close()
        await asyncio.wait([self._reading])

    def give_up(self):
        """Be gone without a word."""
        self._talking.cancel()
        self._reading.cancel()

    async def cut_off(self, seconds=10):
        """Wait until the other side is gone."""
        await asyncio.wait_for(asyncio.shield(self._reading), seconds)
        self._talking.cancel()
