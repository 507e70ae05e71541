"""The caller of a call on virtual time: a mouth, and what else the microphone hears."""

import asyncio

import numpy as np

from tests.bench.talk import corpus

FRAME_S = 0.02
FRAME = round(FRAME_S * corpus.RATE)


class Caller:
    """One caller, whose microphone may hear the loudspeaker. Times are the loop's."""

    def __init__(self, loudspeaker, noise_db):
        self.loop = asyncio.get_running_loop()
        self.said = []  # (start s, Clip)
        self._loudspeaker = loudspeaker
        self._sound = np.zeros(0, np.float32)  # to be said, from now on
        self._noise = noise_db
        self._steady = None
        self._echo = None  # (delay s, gain)

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

    def frame(self, at):
        """Return the microphone's next frame, which ends at ``at``."""
        frame = np.zeros(FRAME, np.float32)
        taken = self._sound[:FRAME]
        frame[: len(taken)] = taken
        self._sound = self._sound[FRAME:]
        return frame + self._noise_of_room() + self._echo_of(at)

    def _noise_of_room(self):
        if self._noise is None:
            return 0.0
        if self._steady is None:
            level = 0.08 * 10 ** (-self._noise / 20)  # the prompts' speech is at 0.08
            self._steady = corpus.noise(20, level)
        self._steady = np.roll(self._steady, -FRAME)
        return self._steady[:FRAME]

    def _echo_of(self, at):
        if self._echo is None:
            return 0.0
        delay, gain = self._echo
        begin = at - delay - FRAME_S
        moments = begin + np.arange(FRAME) / corpus.RATE
        return self._loudspeaker.samples(begin, moments) * gain
