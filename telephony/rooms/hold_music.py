"""What somebody hears who waits: slow chords, made here, so that nobody owns them."""

from functools import cache

import numpy as np

from telephony.rooms.mixing import TICK_MS, Samples

CHORD_S = 2.4
LOUDNESS = 1_400  # of one tone, of 32,767
CHORDS = (  # Hz; C, A minor, F, G
    (261.6, 329.6, 392.0),
    (220.0, 261.6, 329.6),
    (174.6, 220.0, 261.6),
    (196.0, 246.9, 293.7),
)


@cache
def frames(rate: int) -> list[Samples]:
    """Return the piece in frames of 20 ms, to be played round and round."""
    count = int(CHORD_S * rate)
    at = np.arange(count) / rate
    swell = np.sin(np.pi * np.arange(count) / count) ** 0.7
    piece = np.concatenate([_chord(tones, at) * swell for tones in CHORDS])
    size = rate * TICK_MS // 1000
    whole = len(piece) // size * size
    samples = (piece[:whole] * LOUDNESS).astype(np.int32)
    return list(samples.reshape(-1, size))


def _chord(tones: tuple[float, ...], at: np.ndarray) -> np.ndarray:
    """Return tones that enter one after the other, each a soft sine with an octave."""
    sound = np.zeros(len(at))
    for number, tone in enumerate(tones):
        began = 0.22 * number
        age = np.maximum(0.0, at - began)
        envelope = np.where(at >= began, np.exp(-0.9 * age), 0.0)
        wave = np.sin(2 * np.pi * tone * age) + 0.25 * np.sin(4 * np.pi * tone * age)
        sound += wave * envelope
    return sound
