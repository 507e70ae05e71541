"""Speech, tones and silence in a line's audio, a frame of 32 ms at a time.

A pure tone holds nearly all of its energy in one place of the spectrum, a dial or busy
tone in two; a voice spreads it over many. NumPy, for a thread: never on the loop.
"""

from dataclasses import dataclass

import numpy as np

from providers import audio
from providers.ports import AudioFormat

RATE = 8_000
FRAME = 256  # samples: 32 ms
FRAME_MS = 32
WINDOW = 512  # samples looked at: 64 ms
HERTZ = RATE / WINDOW  # between two places of the spectrum
LOBE = 2  # places on each side of a peak that belong to it
LOWEST, HIGHEST = 300, 2_300  # Hz of a signalling tone
PURE = 0.88  # share of the energy that makes a tone
QUIET_DB = -45.0  # of full scale: nothing quieter is speech
ABOVE_DB = 9.0  # speech stands so far above the line's own noise
TONE_DB = -36.0
FLOOR_FRAMES = 90  # 3 s of the line's noise are remembered
FLOOR_SHARE = 10  # per cent of frames that are quieter than its noise


@dataclass(frozen=True, slots=True)
class Frame:
    """What 32 ms are."""

    at_ms: int  # of its end, on the media clock
    is_speech: bool
    tones: tuple[int, ...] = ()  # Hz: one or two, where it is a tone


class Ear:
    """One line's first seconds. Used by one thread at a time."""

    def __init__(self, format: AudioFormat) -> None:
        self._format = format
        self._step = max(1, format.sample_rate // RATE)
        self._samples = np.zeros(0, np.float32)
        self._before = np.zeros(WINDOW - FRAME, np.float32)
        self._levels: list[float] = []
        self._at_ms: float | None = None
        self._shape = np.hanning(WINDOW).astype(np.float32)

    def hear(self, at_ms: int, sound: bytes) -> list[Frame]:
        """Take audio that began at ``at_ms``; return the frames that are whole now."""
        samples = audio.floats(sound, self._format.encoding)
        if self._step > 1:
            whole = len(samples) - len(samples) % self._step
            samples = samples[:whole].reshape(-1, self._step).mean(axis=1)
        if self._at_ms is None:
            self._at_ms = float(at_ms)
        self._samples = np.concatenate((self._samples, samples))
        frames = []
        while len(self._samples) >= FRAME:
            piece, self._samples = self._samples[:FRAME], self._samples[FRAME:]
            self._at_ms += FRAME_MS
            frames.append(self._look(piece))
        # A gap in the line is time, too.
        self._at_ms = max(self._at_ms, at_ms + len(samples) * 1000 / RATE - 500)
        return frames

    def _look(self, piece: np.ndarray) -> Frame:
        window = np.concatenate((self._before, piece))
        self._before = window[FRAME:]
        power = float(np.mean(piece**2))
        level = 10 * np.log10(power + 1e-12)
        self._levels = [*self._levels[1 - FLOOR_FRAMES :], level]
        at = int(self._at_ms or 0)
        tones = self._tones(window) if level > TONE_DB else ()
        floor = float(np.percentile(self._levels, FLOOR_SHARE))
        is_loud = level > max(QUIET_DB, min(floor + ABOVE_DB, TONE_DB))
        return Frame(at, is_loud and not tones, tones)

    def _tones(self, window: np.ndarray) -> tuple[int, ...]:
        energy = np.abs(np.fft.rfft(window * self._shape)) ** 2
        energy[: int(100 / HERTZ)] = 0.0  # hum of the mains
        whole = float(energy.sum())
        if whole <= 0:
            return ()
        found: list[int] = []
        held = 0.0
        for _ in range(2):
            peak = int(energy.argmax())
            low, high = max(0, peak - LOBE), peak + LOBE + 1
            share = float(energy[low:high].sum()) / whole
            if share < 0.1:
                break
            places = np.arange(low, min(high, len(energy)))
            middle = float((places * energy[low:high]).sum() / energy[low:high].sum())
            found.append(round(middle * HERTZ))
            energy[low:high] = 0.0
            held += share
            if held > PURE:
                inside = all(LOWEST <= each <= HIGHEST for each in found)
                return tuple(sorted(found)) if inside else ()
        return ()
