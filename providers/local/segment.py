"""The piece of speech that a local recogniser is working on.

It grows window by window, drops silence before the first word, and knows where it can
be cut. All of it runs in a worker thread, one call at a time.
"""

from dataclasses import dataclass

import numpy as np

from providers import audio
from providers.local import silero
from providers.local.noise import without_noise
from providers.ports import AudioFormat

RATE = 16000
WINDOW = RATE // 1000 * silero.WINDOW_MS

_SPEECH = 0.5  # probability
_MARGIN = 10  # windows of silence kept around the words
_SHORTEST = 200 // silero.WINDOW_MS  # windows of speech worth recognising
_SETTLED = 4  # windows of silence after which the last word is surely whole
_NOTHING = np.zeros(0, np.float32)
_LINEAR = AudioFormat("pcm_s16le", RATE)


@dataclass(frozen=True, slots=True)
class Piece:
    """Speech ready to be recognised; times are from the stream's start."""

    samples: np.ndarray
    start_ms: int
    end_ms: int


class Segment:
    """Speech since the last cut."""

    def __init__(self, format: AudioFormat) -> None:
        self._converter = audio.Converter(format, _LINEAR)
        self._track = silero.Track()
        self._rest = np.zeros(0, np.float32)  # less than a window
        self._windows: list[np.ndarray] = []
        self._speech: list[bool] = []
        self._dropped = 0  # windows before the segment, from the stream's start

    def grow(self, data: bytes) -> bool:
        """Take audio as it came; tell whether there was speech in it."""
        linear = self._converter.convert(data)
        samples = np.concatenate((self._rest, audio.floats(linear, "pcm_s16le")))
        whole = len(samples) // WINDOW * WINDOW
        self._rest = samples[whole:]
        odds = self._track.probabilities(samples[:whole])
        news = [probability >= _SPEECH for probability in odds]
        self._windows += list(samples[:whole].reshape(-1, WINDOW))
        self._speech += news
        if not any(self._speech):
            self.drop(len(self._windows) - _MARGIN)
        return any(news)

    def is_settled(self) -> bool:
        """Tell whether the speaker paused behind the last word."""
        return not any(self._speech[-_SETTLED:])

    def spoken(self) -> int:
        """Return how many windows there is speech in."""
        return sum(self._speech)

    def __len__(self) -> int:
        return len(self._windows)

    def is_enough(self, upto: int) -> bool:
        """Tell whether the first ``upto`` windows hold speech worth recognising."""
        return sum(self._speech[:upto]) >= _SHORTEST

    def piece(self, upto: int) -> Piece | None:
        """Return the speech in the first ``upto`` windows, if there is enough of it."""
        if not self.is_enough(upto):
            return None
        speech = self._speech[:upto]
        first, last = speech.index(True), upto - speech[::-1].index(True)
        start, end = max(0, first - _MARGIN), min(upto, last + _MARGIN)
        samples = np.concatenate(self._windows[start:end])
        return Piece(
            without_noise(samples, self._noise(upto), RATE),
            (self._dropped + first) * silero.WINDOW_MS,
            (self._dropped + last) * silero.WINDOW_MS,
        )

    def _noise(self, upto: int) -> np.ndarray:
        """Return what is heard while nobody speaks; a window beside speech may be some."""
        quiet = [
            window
            for i, window in enumerate(self._windows[:upto])
            if not any(self._speech[max(0, i - 1) : i + 2])
        ]
        return np.concatenate(quiet) if quiet else _NOTHING

    def place(self, at_ms: int) -> int:
        """Return how many windows of it were before a time."""
        return max(0, at_ms // silero.WINDOW_MS - self._dropped)

    def longest_pause(self, earliest: int, latest: int) -> int:
        """Return the middle of the longest pause between two windows; none: ``latest``."""
        best, length, at = 0, 0, latest
        for i in range(earliest, latest):
            length = 0 if self._speech[i] else length + 1
            if length > best:
                best, at = length, i + 1 - length // 2
        return at

    def drop(self, count: int) -> None:
        """Forget the first windows."""
        count = max(0, count)
        del self._windows[:count]
        del self._speech[:count]
        self._dropped += count
