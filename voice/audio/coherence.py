"""Whether one sound is in another: the waves themselves compared, at every delay.

An echo follows the agent's very wave, however faint it is beside the noise of a room;
two people never do. Codecs of mobile phones tear waves apart: there ``voice.audio.echo``
has loudness to go by.
"""

import numpy as np

from providers import audio
from providers.ports import AudioFormat

RATE = 8_000
PER_MS = RATE // 1000
SEAM_MS = 2  # pieces whose places were rounded follow one another
EMPHASIS = 0.9  # of high tones, so that one deep tone does not make two sounds alike
# People who speak into the agent's words come to 0.15 in a second, an echo at -20 dB in
# noise as loud to 0.28; both fall with the root of the time.
THRESHOLD = 0.18
LEAST_MS = 300

Piece = tuple[int, bytes]  # at ms on the media clock, sound


def wave(pieces: list[Piece], format: AudioFormat, since_ms: int) -> np.ndarray:
    """Return sound from a moment on, at 8 kHz; gaps are silence."""
    found: list[np.ndarray] = []
    length = 0
    for at, sound in pieces:
        samples = _thinned(audio.floats(sound, format.encoding), format.sample_rate)
        gap = (at - since_ms) * PER_MS - length
        if gap > SEAM_MS * PER_MS:
            found.append(np.zeros(gap, np.float32))
            length += gap
        elif gap < 0 and not length:
            samples = samples[-gap:]
        found.append(samples)
        length += len(samples)
    return np.concatenate(found) if found else np.zeros(0, np.float32)


def shared(part: np.ndarray, whole: np.ndarray) -> float:
    """Return how much of the first sound is the second, which begins earlier and is
    longer: the best correlation, 0 where it is what chance makes of two sounds.

    Takes half a millisecond.
    """
    length = len(part)
    if length < LEAST_MS * PER_MS or len(whole) < length:
        return 0.0
    part, whole = _emphasised(part), _emphasised(whole)
    size = 1 << (len(whole) + length).bit_length()
    spectrum = np.fft.rfft(whole, size) * np.conj(np.fft.rfft(part, size))
    likeness = np.fft.irfft(spectrum, size)[: len(whole) - length + 1]
    sums = np.concatenate(([0.0], np.cumsum(whole * whole, dtype=np.float64)))
    energies = sums[length:] - sums[:-length]
    if not energies.max() or not part.any():
        return 0.0
    floor = np.maximum(energies, energies.max() * 1e-3) * float((part * part).sum())
    best = float(np.max(np.abs(likeness) / np.sqrt(floor)))
    return best if best >= THRESHOLD / np.sqrt(length / RATE) else 0.0


def _thinned(samples: np.ndarray, rate: int) -> np.ndarray:
    every = rate // RATE
    if every <= 1:
        return samples
    whole = samples[: len(samples) // every * every].reshape(-1, every)
    return np.asarray(whole.mean(axis=1), np.float32)


def _emphasised(samples: np.ndarray) -> np.ndarray:
    raised = samples.copy()
    raised[1:] -= EMPHASIS * samples[:-1]
    return raised
