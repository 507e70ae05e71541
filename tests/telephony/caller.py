"""A caller in a browser, in Python: speaks, plays, echoes marks in real time."""

import asyncio
import contextlib
import json

import websockets

FRAME_S = 0.02
RATE = 16_000


class Caller:
    """One socket. Everything that came is kept: events, marks, the agent's audio."""

    def __init__(self, socket, microphone):
        self.socket = socket
        self.messages = []
        self.audio = bytearray()  # heard: 24 kHz s16le
        self.clears = 0
        self._played_until = 0.0
        self._marks = set()
        self._echoes = set()
        self._speech = bytearray()  # not sent yet
        self._reading = asyncio.create_task(self._read_all())
        self._talking = asyncio.create_task(
            self._talk() if microphone else asyncio.sleep(0)
        )

    @classmethod
    async def connect(
        cls, port, token, origin=None, path="media/browser/", microphone=True
    ):
        socket = await websockets.connect(
            f"ws://127.0.0.1:{port}/{path}",
            origin=origin,
            max_size=2**20,
            compression=None,
        )
        await socket.send(json.dumps({"type": "hello", "token": token, "rate": RATE}))
        caller = cls(socket, microphone)
        await caller.until(lambda: caller.of("ready") or caller.of("error"))
        return caller

    async def _read_all(self):
        with contextlib.suppress(websockets.ConnectionClosed):  # by a code that is told
            await self._read()

    async def _read(self):
        loop = asyncio.get_running_loop()
        async for message in self.socket:
            if isinstance(message, bytes):
                self._played_until = (
                    max(self._played_until, loop.time()) + len(message) / 48000
                )
                self.audio += message
                continue
            parsed = json.loads(message)
            self.messages.append(parsed)
            if parsed["type"] == "mark":
                timer = loop.call_at(
                    max(self._played_until, loop.time()), self._echo, parsed["name"]
                )
                self._marks.add(timer)
            elif parsed["type"] == "clear":
                self.clears += 1
                self._played_until = 0.0
                for timer in self._marks:
                    timer.cancel()
                self._marks.clear()

    def _echo(self, name):
        echo = self.socket.send(json.dumps({"type": "mark", "name": name}))
        self._echoes.add(asyncio.ensure_future(echo))

    async def speak(self, pcm):
        """Say something into the microphone; return when the last of it was sent."""
        self._speech += pcm
        await self.until(lambda: not self._speech, len(pcm) / RATE + 10)

    async def _talk(self):
        """Send a frame every 20 ms: speech while there is any, else silence."""
        size = int(RATE * FRAME_S) * 2
        loop = asyncio.get_running_loop()
        at = loop.time()
        while True:
            frame = bytes(self._speech[:size]).ljust(size, b"\0")
            del self._speech[:size]
            with contextlib.suppress(websockets.ConnectionClosed):
                await self.socket.send(frame)
            at += FRAME_S
            await asyncio.sleep(max(0, at - loop.time()))

    async def say(self, **message):
        await self.socket.send(json.dumps(message))

    def events(self, kind):
        return [
            m["event"] for m in self.messages
            if m["type"] == "event" and m["event"]["kind"] == kind
        ]  # fmt: skip

    def of(self, kind):
        return [m for m in self.messages if m["type"] == kind]

    @property
    def loud(self):
        """Count the bytes that were heard and are no silence."""
        return len(self.audio.replace(b"\0", b""))

    async def until(self, condition, seconds=15):
        loop = asyncio.get_running_loop()
        deadline = loop.time() + seconds
        while not condition():
            if self._reading.done() or loop.time() > deadline:
                raise AssertionError(f"never came; at last: {self.messages[-12:]}")
            await asyncio.sleep(FRAME_S)

    async def ended(self, seconds=20):
        """Wait for the server to close; return its last word."""
        async with asyncio.timeout(seconds):
            await self._reading
        self._talking.cancel()
        return self.messages[-1]

    async def hear_out(self, replies, seconds=45):
        """Wait until the agent has said so many things to the end."""
        await self.until(lambda: len(self.events("spoke")) >= replies, seconds)

    async def hang_up(self):
        self._talking.cancel()
        await self.socket.close()
        await asyncio.wait([self._reading])
