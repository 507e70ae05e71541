"""The loudspeaker of a call on virtual time, and what was heard from it."""

import asyncio

import numpy as np

from providers import audio
from tests.bench.talk.caller import FRAME_S


class Loudspeaker:
    """Plays what comes over the wire, one piece after the other. Times are the loop's."""

    def __init__(self, format, reached):
        self.loop = asyncio.get_running_loop()
        self._format = format
        self._tell_reached = reached  # a mark's name: all before it has been played
        self._played = []  # [start, end, sound]
        self._until = 0.0
        self._marks = []

    def play(self, sound):
        start = max(self.loop.time(), self._until)
        self._until = start + len(sound) / self._format.bytes_per_ms / 1000
        self._played.append([start, self._until, sound])

    def mark(self, name):
        at = max(self._until, self.loop.time())
        self._marks.append((name, self.loop.call_at(at, self._reached, name)))

    def _reached(self, name):
        self._marks = [mark for mark in self._marks if mark[0] != name]
        self._tell_reached(name)

    def clear(self):
        now = self.loop.time()
        self._played = [p for p in self._played if p[0] < now]
        if self._played:
            self._played[-1][1] = min(self._played[-1][1], now)
        self._until = now
        marks, self._marks = self._marks, []
        for name, timer in marks:
            timer.cancel()
            self.loop.call_soon(self._reached, name)

    # ---- what was heard

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

    def samples(self, begin, moments):
        """Return what it gave at some moments of the frame that began at ``begin``."""
        heard = np.zeros(len(moments), np.float32)
        for start, end, sound in self._played:
            if start < begin + FRAME_S and end > begin:
                inside = (moments >= start) & (moments < end)
                samples = audio.floats(sound, self._format.encoding)
                places = (moments[inside] - start) * self._format.sample_rate
                heard[inside] = np.interp(places, np.arange(len(samples)), samples)
        return heard
