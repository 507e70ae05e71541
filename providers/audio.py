"""Sound between formats: the one place in ``providers`` that transcodes.

The hot path of a phone call never comes here: STT and TTS are asked for the line's own
format. It is for providers that speak one format only.
"""

import warnings

import numpy as np
import soxr

from providers.ports import AudioFormat, Encoding

with warnings.catch_warnings():
    # Leaves the standard library in 3.13; this product pins 3.11.
    warnings.simplefilter("ignore", DeprecationWarning)
    import audioop


def pcm(audio: bytes, encoding: Encoding) -> bytes:
    """Decode to 16-bit linear samples."""
    if encoding == "mulaw":
        return audioop.ulaw2lin(audio, 2)
    return audioop.alaw2lin(audio, 2) if encoding == "alaw" else audio


def encoded(linear: bytes, encoding: Encoding) -> bytes:
    """Encode 16-bit linear samples."""
    if encoding == "mulaw":
        return audioop.lin2ulaw(linear, 2)
    return audioop.lin2alaw(linear, 2) if encoding == "alaw" else linear


def floats(audio: bytes, encoding: Encoding) -> np.ndarray:
    """Decode to float32 samples between -1 and 1."""
    linear = np.frombuffer(pcm(audio, encoding), np.int16)
    return linear.astype(np.float32) / np.float32(32768)


def from_floats(samples: np.ndarray) -> bytes:
    """Turn float samples into 16-bit linear ones; what is too loud is clipped."""
    clipped = np.clip(samples, -1.0, 1.0)
    return bytes((clipped * np.float32(32767)).astype(np.int16).tobytes())


class Resampler:
    """16-bit linear samples from one rate to another, piece by piece."""

    def __init__(self, source_rate: int, target_rate: int, quality: str = "HQ") -> None:
        self._stream = (
            None
            if source_rate == target_rate
            else soxr.ResampleStream(
                source_rate, target_rate, 1, dtype="int16", quality=quality
            )
        )

    def convert(self, linear: bytes, *, last: bool = False) -> bytes:
        """Return what is ready; ``last`` also returns what the filter held back."""
        if self._stream is None:
            return linear
        samples = np.frombuffer(linear, np.int16)
        return bytes(self._stream.resample_chunk(samples, last=last).tobytes())


class Converter:
    """Audio from one format to another, piece by piece."""

    def __init__(self, source: AudioFormat, target: AudioFormat) -> None:
        self._source = source
        self._target = target
        self._resampler = Resampler(source.sample_rate, target.sample_rate)
        self._odd = b""  # half a sample, left over by a vendor that cuts anywhere

    def convert(self, audio: bytes, *, last: bool = False) -> bytes:
        """Return what is ready in the target's format."""
        if self._source == self._target:
            return audio
        if self._source.encoding == "pcm_s16le":
            audio = self._odd + audio
            whole = len(audio) // 2 * 2
            self._odd, audio = audio[whole:], audio[:whole]
        linear = self._resampler.convert(pcm(audio, self._source.encoding), last=last)
        return encoded(linear, self._target.encoding)


def loudness(audio: bytes, encoding: Encoding) -> float:
    """Return how loud a frame is, 0 to 1, for a meter."""
    return float(min(1.0, audioop.rms(pcm(audio, encoding), 2) / 8000))


def silence(milliseconds: int, format: AudioFormat) -> bytes:
    """Return that much digital silence."""
    quiet = {"pcm_s16le": b"\x00", "mulaw": b"\xff", "alaw": b"\xd5"}
    return quiet[format.encoding] * (milliseconds * format.bytes_per_ms)
