"""How far a voice has fallen: who ends a sentence ends it near the bottom of the voice.

The pitch of every 10 ms that are loud enough is the highest peak of the
autocorrelation; what is whispered, hissed or too short to tell has none.
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

RATE = 16000
LOWEST, HIGHEST = 73, 400  # Hz: voices of grown men to children
LOUD = 0.06  # of the loudest 10 ms; less is breath, or the room
VOICED = 0.5  # of the autocorrelation's peak
LAST, LEAST = 12, 12  # voiced frames: those that end the turn; fewer tell nothing
FLOOR = 10  # percent of all frames that lie below what is called the bottom
FARTHEST = 3.0  # semitones; more tells no more, or is an octave that was mistaken

_FRAME, _HOP, _FFT = 640, 160, 2048
_SHORTEST, _LONGEST = RATE // HIGHEST, RATE // LOWEST + 1
_WINDOW = np.hanning(_FRAME).astype(np.float32)


def height(samples: np.ndarray) -> float | None:
    """Return how far above the bottom of a voice it ended, in semitones, -3 to 3.

    ``samples``: speech at 16 kHz without its noise. None: too little of it is voiced.
    """
    hertz = _contour(samples)
    if len(hertz) < LEAST:
        return None
    tones = _smoothed(12 * np.log2(hertz / np.median(hertz)))
    above = np.median(tones[-LAST:]) - np.percentile(tones, FLOOR)
    return float(np.clip(above, -FARTHEST, FARTHEST))


def _contour(samples: np.ndarray) -> np.ndarray:
    """Return the pitch of the voiced frames, in Hz."""
    if len(samples) < _FRAME:
        return np.zeros(0)
    frames = sliding_window_view(samples, _FRAME)[::_HOP]
    power = np.sqrt(np.mean(frames**2, axis=1))
    frames = frames[power > LOUD * power.max()]
    frames = (frames - frames.mean(axis=1, keepdims=True)) * _WINDOW
    likeness = _autocorrelation(frames) / _autocorrelation(_WINDOW[None])
    # Two periods are as like as one: of equals the shorter is the voice's.
    bias = 1 - 0.15 * np.linspace(0, 1, _LONGEST - _SHORTEST)
    peaks = likeness[:, _SHORTEST:_LONGEST] * bias
    best = peaks.argmax(axis=1)
    is_voiced = peaks[np.arange(len(peaks)), best] > VOICED
    return np.asarray(RATE / (best[is_voiced] + _SHORTEST))


def _autocorrelation(frames: np.ndarray) -> np.ndarray:
    spectra = np.fft.rfft(frames, _FFT)
    found = np.fft.irfft(np.abs(spectra) ** 2, _FFT)[:, :_LONGEST]
    return np.asarray(found / np.maximum(found[:, :1], 1e-9))


def _smoothed(tones: np.ndarray) -> np.ndarray:
    """Take the median of five, so that a frame gone astray does not count."""
    fives = sliding_window_view(np.pad(tones, 2, mode="edge"), 5)
    return np.asarray(np.median(fives, axis=1))
