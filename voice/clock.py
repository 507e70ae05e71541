"""The media clock: milliseconds since the call was answered, never going back."""

from collections.abc import Callable


class MediaClock:
    """Counts from ``start``; before that it stands at 0."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._zero: float | None = None

    def start(self) -> None:
        """Answer the call."""
        self._zero = self._monotonic()

    def now(self) -> int:
        """Return the current moment in ms."""
        if self._zero is None:
            return 0
        return int((self._monotonic() - self._zero) * 1000)
