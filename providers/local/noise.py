"""Steady noise taken off speech before models hear it: a fan, a street, a bad line.

The recogniser's words stand noise well, but it grows unsure of their full stop, by which
halves of sentences are told from whole ones; the end-of-turn model takes halves for whole.
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

QUIET = 0.002  # RMS of noise that troubles nobody: -54 dB
LEAST_S = 0.1  # of noise alone, to know it by
OVER, LEAST = 1.5, 0.1  # how much of the noise is taken off; what is left of it
_FRAME, _HOP = 512, 256
# Put on twice, it adds up to one where two frames overlap.
_WINDOW = np.sqrt(np.hanning(_FRAME + 1)[:-1]).astype(np.float32)


def without_noise(samples: np.ndarray, noise: np.ndarray, rate: int) -> np.ndarray:
    """Return speech with the steady part of ``noise``, heard beside it, taken off."""
    if len(noise) < LEAST_S * rate or np.sqrt(np.mean(noise**2)) < QUIET:
        return samples
    steady = np.median(np.abs(_spectra(noise)), axis=0)
    spectra = _spectra(np.pad(samples, _FRAME))
    powers = np.maximum(np.abs(spectra), 1e-9)
    spectra *= np.maximum(1 - OVER * steady / powers, LEAST)
    pieces = np.fft.irfft(spectra, _FRAME) * _WINDOW
    return _added(pieces)[_FRAME : _FRAME + len(samples)]


def quietest(samples: np.ndarray) -> np.ndarray:
    """Return the quietest eighth of some sound: its noise, if there are pauses in it."""
    pieces = samples[: len(samples) // _FRAME * _FRAME].reshape(-1, _FRAME)
    powers = np.mean(pieces**2, axis=1)
    chosen = np.sort(np.argsort(powers)[: max(6, len(pieces) // 8)])
    return pieces[chosen].reshape(-1)


def _spectra(samples: np.ndarray) -> np.ndarray:
    padded = np.pad(samples, (0, _FRAME))
    frames = sliding_window_view(padded, _FRAME)[::_HOP]
    return np.asarray(np.fft.rfft(frames * _WINDOW))


def _added(pieces: np.ndarray) -> np.ndarray:
    """Put overlapping pieces together again."""
    steps = _FRAME // _HOP
    whole = np.zeros((len(pieces) + steps - 1, _HOP), np.float32)
    for step in range(steps):
        part = pieces[:, step * _HOP : (step + 1) * _HOP]
        whole[step : step + len(pieces)] += part
    return whole.reshape(-1)
