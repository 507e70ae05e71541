"""What is said in a LiveKit room and what is heard there, at the pace of its tracks."""

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable
from typing import Any

import numpy as np

from telephony.livekit.media import SPOKEN

FRAME_MS = 20
MOST_WAITING = 50  # frames of one person, while another's are late

Tell = Callable[[str], None]


class Mouth:
    """The agent's track: audio goes out at its own pace, and marks tell how far it is."""

    def __init__(
        self, source: Any, frame: Callable[[bytes], Any], marked: Tell
    ) -> None:
        self._source, self._frame, self._marked = source, frame, marked
        self._waiting: deque[bytes | str] = deque()
        self._due: dict[
            str, asyncio.TimerHandle
        ] = {}  # marks behind what LiveKit holds
        self._more = asyncio.Event()
        self._cleared = 0
        self._task = asyncio.create_task(self._run())

    def play(self, sound: bytes) -> None:
        """Queue audio behind what is queued already."""
        self._waiting.append(sound)
        self._more.set()

    def mark(self, name: str) -> None:
        """Tell when all audio before it was played."""
        self._waiting.append(name)
        self._more.set()

    def clear(self) -> None:
        """Drop what was not played; its marks return."""
        self._cleared += 1
        dropped = [
            *self._due,
            *(each for each in self._waiting if isinstance(each, str)),
        ]
        for timer in self._due.values():
            timer.cancel()
        self._due.clear()
        self._waiting.clear()
        self._source.clear_queue()
        for name in dropped:
            self._marked(name)

    async def close(self) -> None:
        """Fall silent for good."""
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task
        for timer in self._due.values():
            timer.cancel()

    async def _run(self) -> None:
        while True:
            while not self._waiting:
                self._more.clear()
                await self._more.wait()
            item = self._waiting.popleft()
            if isinstance(item, str):
                self._due_mark(item)
            else:
                await self._speak(item)

    async def _speak(self, sound: bytes) -> None:
        size = SPOKEN.bytes_per_ms * FRAME_MS
        before = self._cleared
        for at in range(0, len(sound) - len(sound) % 2, size):
            if self._cleared != before:
                return
            await self._source.capture_frame(self._frame(sound[at : at + size]))

    def _due_mark(self, name: str) -> None:
        loop = asyncio.get_running_loop()
        wait = self._source.queued_duration
        self._due[name] = loop.call_later(wait, self._reached, name)

    def _reached(self, name: str) -> None:
        self._due.pop(name, None)
        self._marked(name)


class Ears:
    """Everybody's microphone as one: a single one passes as it is, several are added."""

    def __init__(self, hear: Callable[[bytes], None]) -> None:
        self._hear = hear
        self._waiting: dict[str, deque[bytes]] = {}

    def open(self, track: str) -> None:
        """Somebody's microphone is there."""
        self._waiting[track] = deque(maxlen=MOST_WAITING)

    def close(self, track: str) -> None:
        """It is gone."""
        self._waiting.pop(track, None)

    def put(self, track: str, sound: bytes) -> None:
        """Take 20 ms. The first microphone keeps the time for all."""
        if track not in self._waiting:
            return
        if len(self._waiting) == 1:
            self._hear(sound)
        elif track != next(iter(self._waiting)):
            self._waiting[track].append(sound)
        else:
            others = [q.popleft() for t, q in self._waiting.items() if t != track and q]
            self._hear(added([sound, *others]))


def added(sounds: list[bytes]) -> bytes:
    """Add 16-bit samples up; what is too loud is clipped."""
    if len(sounds) == 1:
        return sounds[0]
    length = min(len(each) for each in sounds)
    total = np.zeros(length // 2, np.int32)
    for each in sounds:
        total += np.frombuffer(each[:length], np.int16)
    return bytes(np.clip(total, -32_768, 32_767).astype(np.int16).tobytes())
