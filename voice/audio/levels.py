"""How loud sound is, and where it is quiet enough to be cut."""

import math

from providers import audio
from providers.ports import AudioFormat

STRETCH_MS = 30  # of sound, judged as one when looking for a quiet place


def each(sound: bytes, format: AudioFormat, step_ms: int) -> list[float]:
    """Return the loudness of every whole step of sound."""
    size = step_ms * format.bytes_per_ms
    return [
        audio.loudness(sound[start : start + size], format.encoding)
        for start in range(0, len(sound) - size + 1, size)
    ]


def quietest(sound: bytes, format: AudioFormat) -> int:
    """Return the byte at which the quietest stretch ends; of equals the last one.

    A sentence taken up again there does not begin in the middle of a sound.
    """
    size = STRETCH_MS * format.bytes_per_ms
    best, at = math.inf, 0
    for start in range(0, len(sound) - size + 1, size // 4 * 2):
        power = audio.loudness(sound[start : start + size], format.encoding)
        if power <= best:
            best, at = power, start + size
    return at
