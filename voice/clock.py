"""The media clock: milliseconds since the call was answered, never going back."""

from collections.abc import Callable, Sequence

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


Placed = tuple[int, bytes]  # began at ms on the media clock, audio


class Track:
    """Where on the clock each frame of a side's audio belongs.

    Frames come in bursts and late; their places follow one another without a seam,
    until a real gap. The first frames behind a gap wait until they come at their own
    pace: if somebody stalled, what was held back comes in one go, and fills the gap.
    """

    def __init__(self, bytes_per_ms: int) -> None:
        self._bytes_per_ms = bytes_per_ms
        self._end = 0.0
        self._held = bytearray()  # frames behind a gap
        self._held_at = 0  # when the last of them came

    def place(self, now: int, frame: bytes) -> Sequence[Placed]:
        """Take a frame, complete by now; return what has found its place."""
        length = len(frame) / self._bytes_per_ms
        if self._held:
            if now - self._held_at < length / 2:
                return self._hold(now, frame)
            return (*self.rest(), (self._follow(now, length), frame))
        if now - length - self._end >= GAP_MS:
            return self._hold(now, frame)
        return ((self._follow(now, length), frame),)

    def rest(self) -> Sequence[Placed]:
        """Return what still waits for its place: no more frames come."""
        if not self._held:
            return ()
        held = bytes(self._held)
        self._held.clear()
        length = len(held) / self._bytes_per_ms
        began = max(self._end, self._held_at - length)
        self._end = began + length
        return ((round(began), held),)

    def _hold(self, now: int, frame: bytes) -> Sequence[Placed]:
        self._held += frame
        self._held_at = now
        return ()

    def _follow(self, now: int, length: float) -> int:
        began = self._end if self._end - now < AHEAD_MS else float(now)
        self._end = began + length
        return round(began)
