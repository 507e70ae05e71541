"""The media clock: milliseconds since the call was answered, never going back."""

from collections.abc import Callable

GAP_MS = 400  # a frame this late follows a gap; an earlier one is merely jittery
AHEAD_MS = 1_000  # audio this early waited on the way, as before the call was answered


class MediaClock:
    """Counts from ``start``; before that it stands at 0."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._zero: float | None = None

    def start(self, at_ms: int = 0) -> None:
        """Answer the call, or take it over at a later moment of it."""
        self._zero = self._monotonic() - at_ms / 1000

    def now(self) -> int:
        """Return the current moment in ms."""
        if self._zero is None:
            return 0
        return int((self._monotonic() - self._zero) * 1000)


class Track:
    """Where on the clock each frame of a side's audio belongs.

    Frames come in bursts and late; their places follow one another without a seam,
    until a real gap.
    """

    def __init__(self, bytes_per_ms: int) -> None:
        self._bytes_per_ms = bytes_per_ms
        self._end = 0.0

    def place(self, now: int, size: int) -> int:
        """Return when a frame of ``size`` bytes, complete by now, began."""
        length = size / self._bytes_per_ms
        began = max(0.0, now - length)
        if began - self._end < GAP_MS:
            began = self._end if self._end - now < AHEAD_MS else float(now)
        self._end = began + length
        return round(began)
