"""Sound for tests: a loud stretch that any recogniser's double takes for speech, and
recorded human speech for the recognisers that are real."""

import audioop
import importlib.util
import math
import struct
import wave
from functools import cache
from pathlib import Path

import soxr

BECKETT = "Ever tried, ever failed, no matter, try again, fail again, fail better."


@cache
def speech(format):
    """Half a second of quiet, a second and a half of speech, a second of quiet."""
    rate = format.sample_rate
    wobble = [
        int(8000 * math.sin(2 * math.pi * 150 * n / rate) * (0.7 + 0.3 * math.sin(2 * math.pi * 4 * n / rate)))
        for n in range(rate * 3 // 2)
    ]  # fmt: skip
    quiet = [0] * rate
    return encoded([*quiet[: rate // 2], *wobble, *quiet], format)


@cache
def silence(format, seconds=2):
    return encoded([0] * (format.sample_rate * seconds), format)


def encoded(samples, format):
    pcm = struct.pack(f"<{len(samples)}h", *samples)
    return audioop.lin2ulaw(pcm, 2) if format.encoding == "mulaw" else pcm


def loudness(sound, format):
    return audioop.rms(audioop.ulaw2lin(sound, 2) if format.encoding == "mulaw" else sound, 2)  # fmt: skip


@cache
def recording(name, format):
    """A human voice from the moonshine data wheel, in a format."""
    spec = importlib.util.find_spec("moonshine_voice")
    path = Path(spec.submodule_search_locations[0], "assets", f"{name}.wav")
    with wave.open(str(path)) as file:
        pcm, rate = file.readframes(file.getnframes()), file.getframerate()
    import numpy as np

    samples = soxr.resample(np.frombuffer(pcm, np.int16), rate, format.sample_rate)
    return encoded(samples.tolist(), format)
