"""Somebody in a LiveKit room, with a microphone and ears: LiveKit's own real-time library."""

import asyncio
import contextlib
import time

import numpy as np
from livekit import rtc

RATE, FRAME = 16_000, 320  # 20 ms
LOUD = 300  # mean level of somebody who speaks


class Guest:
    """One person."""

    def __init__(self):
        self.room = rtc.Room()
        self.source = rtc.AudioSource(RATE, 1, 200)
        self.heard = []  # mean level of each 20 ms of the agent
        self.gone = asyncio.Event()
        self._tasks = []
        self.room.on("track_subscribed", self._subscribed)
        self.room.on("disconnected", lambda *_: self.gone.set())

    @classmethod
    async def greeted(cls, seat):
        """Take a seat, and hear the agent's greeting to its end."""
        guest = await cls().come(seat.url, seat.token)
        await guest.hear(1)
        return guest

    async def come(self, url, token):
        await self.room.connect(url, token)
        track = rtc.LocalAudioTrack.create_audio_track("mic", self.source)
        options = rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_MICROPHONE)
        await self.room.local_participant.publish_track(track, options)
        self._tasks.append(asyncio.create_task(self._breathe()))
        self._words = asyncio.Queue()
        return self

    async def say(self, pcm):
        """Speak, and wait until it is said."""
        self._words.put_nowait(pcm)
        await asyncio.sleep(len(pcm) / 2 / RATE)

    async def hear(self, utterances=1, within=60):
        """Wait until the agent has spoken and fallen silent so often."""
        until = time.monotonic() + within
        while self._utterances() < utterances:
            assert time.monotonic() < until, f"heard {len(self.heard)} frames"
            await asyncio.sleep(0.1)

    async def hear_out(self, within=60):
        """Wait until nothing has been heard, from now on, for 1.5 s."""
        until, before = time.monotonic() + within, len(self.heard)
        while len(self.heard) < before + 75 or max(self.heard[-75:]) > LOUD:
            assert time.monotonic() < until
            await asyncio.sleep(0.1)

    async def leave(self):
        for task in self._tasks:
            task.cancel()
        await self.room.disconnect()

    @property
    def loud(self):
        """Count the frames that were no silence."""
        return sum(level > LOUD for level in self.heard)

    def _utterances(self):
        """Count stretches of speech that at least 1.5 s of silence follow."""
        count, quiet, speaks = 0, 0, False
        for level in self.heard:
            if level > LOUD:
                speaks, quiet = True, 0
            else:
                quiet += 1
            if speaks and quiet >= 75:
                count, speaks = count + 1, False
        return count

    async def _breathe(self):
        """Send what is to be said, and silence in between, as a microphone does."""
        pcm = b""
        while True:
            with contextlib.suppress(asyncio.QueueEmpty):
                pcm += self._words.get_nowait()
            piece, pcm = pcm[: FRAME * 2].ljust(FRAME * 2, b"\0"), pcm[FRAME * 2 :]
            await self.source.capture_frame(rtc.AudioFrame(piece, RATE, 1, FRAME))

    def _subscribed(self, track, publication, participant):
        assert participant.identity == "agent"
        self._tasks.append(asyncio.create_task(self._listen(track)))

    async def _listen(self, track):
        async for event in rtc.AudioStream(
            track, sample_rate=RATE, num_channels=1, frame_size_ms=20
        ):
            samples = np.frombuffer(event.frame.data, np.int16)
            self.heard.append(np.abs(samples.astype(float)).mean())
