"""Sound of several people on one clock, 20 ms at a time. Pure: no loop, no time.

Samples are mixed at the rate in which the agent speaks, so that on a phone call nothing
is resampled at all.
"""

from collections import deque
from collections.abc import Callable, Iterable

import numpy as np
import numpy.typing as npt

from providers import audio
from providers.ports import AudioFormat

TICK_MS = 20
START_MS = 60  # waits before somebody is played, against a wire that stutters
MOST_MS = 240  # more than that came in a burst, or the other clock runs fast
KEPT_MS = 100  # of it
GATE = 0.01  # below it somebody counts as silent: rooms hum, and hums add up
OPEN_TICKS = 12  # the gate stays open so long, or ends of words are lost
Samples = npt.NDArray[np.int32]
LOUDEST = 32_767


class Inflow:
    """One person's audio on its way into the mix."""

    def __init__(self, source: AudioFormat, rate: int) -> None:
        self._converter = audio.Converter(source, AudioFormat("pcm_s16le", rate))
        self._per_ms = rate * 2 // 1000
        self._frame = TICK_MS * self._per_ms
        self._waiting = bytearray()
        self._flows = False
        self._open = 0  # ticks that the gate stays open
        self.level = 0.0  # of the last tick, behind the gate, 0 to 1

    def put(self, sound: bytes) -> None:
        """Take what came over the wire."""
        self._waiting += self._converter.convert(sound)
        if len(self._waiting) > MOST_MS * self._per_ms:
            del self._waiting[: -KEPT_MS * self._per_ms]

    def take(self) -> Samples | None:
        """Return the next 20 ms; None: silence."""
        piece = self._next()
        level = audio.loudness(piece, "pcm_s16le") if piece else 0.0
        if level >= GATE:
            self._open = OPEN_TICKS
        elif self._open:
            self._open -= 1
        self.level = level if self._open else 0.0
        if not (piece and self._open):
            return None
        return np.frombuffer(piece, np.int16).astype(np.int32)

    def _next(self) -> bytes:
        if not self._flows:
            if len(self._waiting) < START_MS * self._per_ms:
                return b""
            self._flows = True
        piece = bytes(self._waiting[: self._frame])
        del self._waiting[: self._frame]
        if len(piece) < self._frame:
            self._flows = False  # gather a little again
            piece = piece.ljust(self._frame, b"\0")
        return piece


class AgentVoice:
    """The agent's line into the room: a ``voice.ports.Line``."""

    def __init__(
        self, heard: AudioFormat, spoken: AudioFormat, marked: Callable[[str], None]
    ) -> None:
        self.format, self.voice_format = heard, spoken
        self._marked = marked
        self._frame = TICK_MS * spoken.sample_rate * 2 // 1000
        self._waiting = bytearray()
        self._given = self._taken = 0  # bytes
        self._marks: deque[tuple[int, str]] = deque()

    def play(self, sound: bytes) -> None:
        """Queue audio behind what is queued already."""
        linear = audio.pcm(sound, self.voice_format.encoding)
        self._waiting += linear
        self._given += len(linear)

    def mark(self, name: str) -> None:
        """Tell when all audio before it was played."""
        self._marks.append((self._given, name))

    def clear(self) -> None:
        """Drop queued audio; its marks return."""
        self._waiting.clear()
        self._taken = self._given
        self._tell()

    def hang_up(self) -> None:
        """Nothing to do: the sockets are closed when the session is over."""

    def take(self) -> Samples | None:
        """Return the next 20 ms; None: the agent is silent."""
        if not self._waiting:
            self._tell()
            return None
        piece = bytes(self._waiting[: self._frame])
        del self._waiting[: self._frame]
        self._taken += len(piece)
        self._tell()
        return np.frombuffer(piece.ljust(self._frame, b"\0"), np.int16).astype(np.int32)

    def _tell(self) -> None:
        while self._marks and self._marks[0][0] <= self._taken:
            self._marked(self._marks.popleft()[1])


class Outflow:
    """What one person hears, on its way to their wire."""

    def __init__(self, target: AudioFormat, rate: int) -> None:
        self.format = target
        self._converter = audio.Converter(AudioFormat("pcm_s16le", rate), target)
        # Where nothing is resampled a frame is the same for all who hear the same.
        self.is_alike = target.sample_rate == rate
        self._lead = audio.silence(2 * TICK_MS, target)
        self._quiet = OPEN_TICKS  # ticks since something sounded

    def put(self, linear: bytes, *, silent: bool, ready: bytes = b"") -> bytes:
        """Return what to send for 20 ms; nothing while nobody speaks. ``ready`` is the
        same in the target's format, if somebody needed it before.

        Speech after a silence gets a little of it ahead, as a cushion for a tick that
        comes late.
        """
        was_quiet = self._quiet > OPEN_TICKS
        self._quiet = self._quiet + 1 if silent else 0
        if self._quiet > OPEN_TICKS:
            return b""
        sound = ready or self._converter.convert(linear)
        return self._lead + sound if was_quiet else sound

    def convert(self, linear: bytes) -> bytes:
        """Return 20 ms in the target's format."""
        return self._converter.convert(linear)


def mixed(frames: Iterable[Samples | None], length: int) -> Samples:
    """Add frames up; the sum may be too loud, see ``linear``."""
    total = np.zeros(length, np.int32)
    for frame in frames:
        if frame is not None:
            total += frame
    return total


def linear(samples: Samples) -> bytes:
    """Return 16-bit samples; what is too loud is clipped."""
    return bytes(np.clip(samples, -LOUDEST - 1, LOUDEST).astype(np.int16).tobytes())
