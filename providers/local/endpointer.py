"""Smart-turn v3 behind the ``EndOfTurnModel`` port: does this pause end the turn?

With it goes the height at which the voice ended, of which the model makes little. It
reads Whisper's log-mel spectrum of the last 8 s; its features are computed here, for the
package that ships the weights pulls in a whole framework.
"""

from functools import cache

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from providers import audio
from providers.local import models, noise, pitch, workers
from providers.ports import Melody

RATE = 16000
_SAMPLES = 8 * RATE
_FFT, _HOP, _MELS = 400, 160, 80
_HANN = np.hanning(_FFT + 1)[:-1].astype(np.float32)


@cache
def load() -> "SmartTurn":
    """Load the model once a process."""
    return SmartTurn(str(models.folder(models.SMART_TURN) / "smart-turn-v3.2-cpu.onnx"))


class SmartTurn:
    """The loaded model, an ``EndOfTurnModel``."""

    def __init__(self, path: str) -> None:
        self._run = workers.session(path).run

    async def melody(self, pcm16k: bytes) -> Melody:
        """Judge in a worker thread; about 60 ms."""
        return await workers.run(lambda: self.judge(pcm16k))

    def judge(self, pcm16k: bytes) -> Melody:
        """Judge in this thread."""
        heard = audio.floats(pcm16k[-2 * _SAMPLES :], "pcm_s16le")
        samples = noise.without_noise(heard, noise.quietest(heard), RATE)
        features = log_mel(np.pad(samples, (_SAMPLES - len(samples), 0)))
        (odds,) = self._run(None, {"input_features": features[None]})
        height, is_noisy = pitch.height(samples), samples is not heard
        return Melody(float(odds[0, 0]), height, is_noisy)


def log_mel(samples: np.ndarray) -> np.ndarray:
    """Return the [80, 800] features of exactly 8 s of sound."""
    level = (samples - samples.mean()) / np.sqrt(samples.var() + 1e-7)
    padded = np.pad(level, _FFT // 2, mode="reflect")
    frames = sliding_window_view(padded, _FFT)[::_HOP][:-1]
    power = np.abs(np.fft.rfft(frames * _HANN)) ** 2
    mel = np.log10(np.maximum(_filters() @ power.T, 1e-10))
    mel = np.maximum(mel, mel.max() - 8.0)
    return np.asarray((mel + 4.0) / 4.0, np.float32)


@cache
def _filters() -> np.ndarray:
    """Return 80 triangles between 0 and 8 kHz on Slaney's mel scale, of equal area."""
    edges = _hertz(np.linspace(_mel(0.0), _mel(RATE / 2), _MELS + 2))
    bins = np.linspace(0, RATE / 2, _FFT // 2 + 1)
    rising = (bins - edges[:-2, None]) / np.diff(edges)[:-1, None]
    falling = (edges[2:, None] - bins) / np.diff(edges)[1:, None]
    triangles = np.maximum(0, np.minimum(rising, falling))
    return np.asarray(triangles * (2 / (edges[2:] - edges[:-2]))[:, None])


# Slaney's scale: 66.7 Hz a mel up to 1 kHz (15 mel), then 27 mel for a factor of 6.4.
_STEP = np.log(6.4) / 27


def _mel(hertz: float) -> float:
    return hertz * 3 / 200 if hertz < 1000 else 15 + float(np.log(hertz / 1000)) / _STEP


def _hertz(mels: np.ndarray) -> np.ndarray:
    return np.where(mels < 15, mels * 200 / 3, 1000 * np.exp(_STEP * (mels - 15)))
