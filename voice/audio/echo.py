"""Whether the caller's sound is the agent's own, come back through a loudspeaker.

An echo follows the agent's loudness at a constant delay all the time that the agent
speaks; a person who interrupts does not. So the two curves of loudness are compared
over the last moments, at every delay a telephone may have.
"""

from collections import deque

import numpy as np

STEP_MS = 20
SPAN = 75  # steps compared: 1.5 s
DELAYS = 33  # steps of delay tried: up to 640 ms
FLOOR = 0.004  # loudness that counts as silence
HEARD = 10  # steps of sound without which there is nothing to compare


class Echo:
    """Remembers how loud both sides were."""

    def __init__(self) -> None:
        self._agent: dict[int, float] = {}  # step on the media clock → loudness
        self._caller: deque[float] = deque(maxlen=SPAN)
        self._step = 0  # of the caller's last

    def agent(self, at_ms: int, powers: list[float]) -> None:
        """Take the loudness of what the agent says, step by step, from ``at_ms``."""
        step = at_ms // STEP_MS
        for offset, power in enumerate(powers):
            self._agent[step + offset] = power
        oldest = step - SPAN - DELAYS
        if len(self._agent) > 8 * (SPAN + DELAYS):
            self._agent = {s: p for s, p in self._agent.items() if s >= oldest}

    def caller(self, at_ms: int, power: float) -> None:
        """Take the loudness of one step of the caller's sound."""
        self._step = at_ms // STEP_MS
        self._caller.append(power)

    def forget(self) -> None:
        """Start anew: the agent has been silent."""
        self._agent.clear()
        self._caller.clear()

    def likeness(self) -> float:
        """Return the best correlation over all delays; 1 is nothing but an echo."""
        count = len(self._caller)
        if count < SPAN // 2:
            return 0.0
        heard = _curve(list(self._caller))
        first = self._step - count + 1 - DELAYS
        said = _curve(
            [self._agent.get(first + i, 0) for i in range(count + DELAYS)], centre=False
        )
        if np.count_nonzero(said > np.log(2 * FLOOR)) < HEARD or not heard.any():
            return 0.0
        windows = np.lib.stride_tricks.sliding_window_view(said, count)
        windows = windows - windows.mean(axis=1, keepdims=True)
        lengths = np.sqrt((windows**2).sum(axis=1)) * np.sqrt((heard**2).sum())
        return float(np.max(windows @ heard / np.maximum(lengths, 1e-9)))


def _curve(powers: list[float], *, centre: bool = True) -> np.ndarray:
    curve = np.log(np.asarray(powers, np.float32) + FLOOR)
    return np.asarray(curve - curve.mean() if centre else curve)
