"""Silero, the model that tells speech from the rest: windows of 32 ms.

The file without ``If`` nodes is used because only that one takes a batch of calls.
"""

from functools import cache

import numpy as np

from providers.local import models, workers

WINDOW_MS = 32
CONTEXT_MS = 4  # of the window before, put in front of each window
STATE = (2, 128)
_RATES = {rate: np.array(rate, np.int64) for rate in (8000, 16000)}


@cache
def load() -> "Silero":
    """Load the model once a process."""
    path = models.folder(models.SILERO) / "silero_vad_op18_ifless.onnx"
    return Silero(str(path))


class Silero:
    """The loaded model."""

    def __init__(self, path: str) -> None:
        self._run = workers.session(path).run

    def judge(
        self, samples: np.ndarray, state: np.ndarray, rate: int
    ) -> tuple[np.ndarray, np.ndarray]:
        """Judge one window of each of n calls.

        ``samples`` is [n, context + window], ``state`` [2, n, 128]; returned are the n
        probabilities of speech and the next state.
        """
        out, state = self._run(
            None, {"input": samples, "state": state, "sr": _RATES[rate]}
        )
        return out[:, 0], state


class Track:
    """Judges one recording window by window, outside the batch."""

    def __init__(self) -> None:
        self._model = load()
        self._state = np.zeros((STATE[0], 1, STATE[1]), np.float32)
        self._context = np.zeros(16 * CONTEXT_MS, np.float32)

    def probabilities(self, samples: np.ndarray) -> list[float]:
        """Judge whole windows of 512 samples at 16 kHz."""
        judged = []
        for window in samples.reshape(-1, 16 * WINDOW_MS):
            framed = np.concatenate((self._context, window))[None, :]
            odds, self._state = self._model.judge(framed, self._state, 16000)
            self._context = window[-16 * CONTEXT_MS :]
            judged.append(float(odds[0]))
        return judged
