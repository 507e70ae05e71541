"""Whether the caller's sound is the agent's own, come back through a loudspeaker.

An echo follows the agent's wave, or at least its loudness, at a constant delay all the
time that the agent speaks; a person who interrupts does not. So the two are compared
over the last moments, at every delay a telephone may have.
"""

from collections import deque

import numpy as np

from providers.ports import AudioFormat
from voice.audio import coherence, levels
from voice.audio.coherence import Piece

STEP_MS = 20
SPAN = 75  # steps compared: 1.5 s
DELAYS = 33  # steps of delay tried: up to 640 ms
QUIET = 0.004  # loudness that counts as silence
FLOOR = 0.03  # the same beside what is loud
NOISE_PERCENTILE, NOISE_MARGIN = 15, 1.3
HEARD = 10  # steps of sound without which there is nothing to compare
# Of loudness, which people's is at times: 0.6 and more in a second of their speech.
ALIKE = 0.7
ALONE = 0.6  # share of the wave beside which nobody can be heard
BESIDE = 4.0  # times the power of a room's noise: what is more is somebody
AGAIN_MS = 100  # for which a verdict holds


class Echo:
    """Remembers the last sound of both sides; how loud it was is worked out only when
    somebody asks, which is seldom."""

    def __init__(self, caller: AudioFormat, agent: AudioFormat) -> None:
        self._caller_format, self._agent_format = caller, agent
        self._caller: deque[Piece] = deque()
        self._agent: deque[Piece] = deque()
        self._share = 0.0  # of the caller's wave that is the agent's
        self._is_alike = False
        self._judged_at = -AGAIN_MS

    def agent(self, at_ms: int, sound: bytes) -> None:
        """Take what the agent says from ``at_ms`` on."""
        self._agent.append((at_ms, sound))
        if len(self._agent) > 1 and _is_past(self._agent, at_ms, 2 * SPAN + DELAYS):
            self._agent.popleft()

    def caller(self, at_ms: int, sound: bytes) -> None:
        """Take the caller's sound."""
        self._caller.append((at_ms, sound))
        if _is_past(self._caller, at_ms, SPAN):
            self._caller.popleft()

    def forget(self) -> None:
        """Start anew: the agent has been silent."""
        self._agent.clear()
        self._caller.clear()
        self._judged_at = -AGAIN_MS

    def is_heard(self, *, alone: bool = False) -> bool:
        """Tell whether the caller's last sound is the agent's own; with ``alone``, that
        nobody speaks beside it."""
        if not self._caller:
            return False
        at = self._caller[-1][0]
        if at - self._judged_at >= AGAIN_MS:
            self._judged_at = at
            self._share = self._shared()
            self._is_alike = bool(self._share) or self.likeness() >= ALIKE
        return self._is_alone() if alone else self._is_alike

    def _is_alone(self) -> bool:
        if not self._share or self._share >= ALONE:
            return bool(self._share)
        powers = np.array(self._heard()[1]) ** 2
        steady = np.percentile(powers, NOISE_PERCENTILE)
        return bool((1 - self._share**2) * powers.mean() <= BESIDE * steady)

    def _shared(self) -> float:
        began = self._caller[0][0]
        caller = coherence.wave(list(self._caller), self._caller_format, began)
        earlier = began - DELAYS * STEP_MS
        agent = coherence.wave(list(self._agent), self._agent_format, earlier)
        missing = len(caller) + DELAYS * STEP_MS * coherence.PER_MS - len(agent)
        if missing > 0:
            agent = np.pad(agent, (0, missing))
        return coherence.shared(caller, agent)

    def likeness(self) -> float:
        """Return the best correlation over all delays; 1 is nothing but an echo."""
        last, powers = self._heard()
        count = len(powers)
        if count < SPAN // 2:
            return 0.0
        first = last - count + 1 - DELAYS
        said = self._said()
        agent = np.array([said.get(first + i, 0.0) for i in range(count + DELAYS)])
        if np.count_nonzero(agent > 2 * QUIET) < HEARD or not any(powers):
            return 0.0
        caller, floor = _without_noise(np.array(powers))
        heard = _curve(caller, floor)
        heard -= heard.mean()
        windows = np.lib.stride_tricks.sliding_window_view(_curve(agent, floor), count)
        windows = windows - windows.mean(axis=1, keepdims=True)
        lengths = np.sqrt((windows**2).sum(axis=1)) * np.sqrt((heard**2).sum())
        return float(np.max(windows @ heard / np.maximum(lengths, 1e-9)))

    def _heard(self) -> tuple[int, list[float]]:
        """Return the step of the caller's last sound, and how loud the last steps were."""
        last, powers = 0, []
        for at, sound in self._caller:
            steps = levels.each(sound, self._caller_format, STEP_MS)
            powers += steps
            last = at // STEP_MS + max(0, len(steps) - 1)
        return last, powers[-SPAN:]

    def _said(self) -> dict[int, float]:
        """Return how loud the agent was, by step."""
        return {
            at // STEP_MS + offset: power
            for at, sound in self._agent
            for offset, power in enumerate(
                levels.each(sound, self._agent_format, STEP_MS)
            )
        }


def _is_past(pieces: deque[Piece], at_ms: int, steps: int) -> bool:
    return pieces[0][0] < at_ms - steps * STEP_MS


def _without_noise(powers: np.ndarray) -> tuple[np.ndarray, float]:
    """Take a room's steady noise off, which is all there is in the quietest steps.

    Return what is left and, as a share of what is loud in it, how much of it is
    uncertain: what lies below is not to be compared.
    """
    steady = float(np.percentile(powers, NOISE_PERCENTILE))
    left = np.sqrt(np.maximum(powers**2 - NOISE_MARGIN * steady**2, 0.0))
    return left, max(FLOOR, steady / max(_loud(left), 1e-6))


def _curve(powers: np.ndarray, floor: float) -> np.ndarray:
    """Return how loud it is beside its own loud steps, as the ear counts."""
    return np.asarray(np.log(powers / max(_loud(powers), 1e-6) + floor))


def _loud(powers: np.ndarray) -> float:
    return float(np.percentile(powers, 90))
