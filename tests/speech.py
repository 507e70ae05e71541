"""Recorded human speech for tests, from packages that carry it."""

import importlib.util
import shutil
import subprocess
import tempfile
import wave
from pathlib import Path

import numpy as np
import pytest
import soxr

PROMPTS = (
    Path("/usr/share/asterisk/sounds/en"),
    Path("/usr/share/asterisk/sounds/en_US_f_Allison"),
)


def prompt(name, rate=16000):
    """Return a telephone prompt as s16le: Allison Smith, recorded at 8 kHz."""
    for folder in PROMPTS:
        if (folder / f"{name}.wav").exists():
            return read(folder / f"{name}.wav", rate)
    pytest.skip("needs recorded speech: apt-get install asterisk-core-sounds-en-wav")


def clip(name, rate=16000):
    """Return a recording that ships with the recogniser's weights."""
    spec = importlib.util.find_spec("moonshine_voice")
    if spec is None:
        pytest.skip("needs the offline speech models: make setup")
    return read(Path(spec.submodule_search_locations[0], "assets", f"{name}.wav"), rate)


def read(path, rate):
    with wave.open(str(path)) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), np.int16)
        samples = samples.reshape(-1, file.getnchannels())[:, 0]
        source = file.getframerate()
    return soxr.resample(samples, source, rate).astype(np.int16).tobytes()


def synthetic(text, rate=16000):
    """Return words that no recording has, read by Debian's flite."""
    if shutil.which("flite") is None:
        pytest.skip("needs a plain voice: apt-get install flite")
    with tempfile.NamedTemporaryFile(suffix=".wav") as file:
        subprocess.run(
            ["flite", "-voice", "slt", "-t", text, "-o", file.name], check=True
        )
        return read(file.name, rate)


def trimmed(pcm, rate=16000):
    """Return speech without the quiet before and behind it."""
    window = rate // 50
    samples = np.frombuffer(pcm, np.int16)
    frames = samples[: len(samples) // window * window].reshape(-1, window)
    loud = np.flatnonzero(np.abs(frames.astype(int)).mean(axis=1) > 100)
    return frames[loud[0] : loud[-1] + 1].tobytes()


def silence(seconds, rate=16000):
    return bytes(int(seconds * rate) * 2)


def mulaw(name):
    """Return a prompt as a telephone sends it."""
    return on_the_phone(prompt(name, 8000))


def on_the_phone(pcm):
    """Return audio of 8 kHz as a telephone sends it."""
    import audioop  # of this Python; the product has its own

    return audioop.lin2ulaw(pcm, 2)
