"""What the line was given, and how much of it the caller has heard. Pure.

The line plays in real time, so the clock alone would tell; marks, which the line echoes
when all audio before them has played, correct it: for the way to the caller and back,
and for a line that stalls. Times are ms on the media clock, positions ms in the
utterance's sound.
"""

from collections import deque
from dataclasses import dataclass

MARK_GRACE_MS = 3_000  # a line that never echoes a mark is believed to have played
MAX_LAG_MS = 800
TAIL_MS = 600  # of heard sound, kept to find a quiet place in


@dataclass(slots=True)
class _Given:
    """A piece that the line has and the caller has not heard."""

    at: float
    position: float
    sound: bytes


class Playhead:
    """Follows one call's loudspeaker through one utterance after another."""

    def __init__(self, bytes_per_ms: int) -> None:
        self._bytes_per_ms = bytes_per_ms
        self._given: deque[_Given] = deque()
        self._marks: deque[tuple[str, float, float]] = deque()  # name, position, due
        self._tail = bytearray()
        self._end = 0.0  # position of the last sound given
        self._collected = 0.0  # position up to which sound counts as heard
        self.until = 0.0  # when the line runs dry
        self.lag_ms = 0  # from our clock to the caller's ear and back

    def begin(self) -> None:
        """Start a new utterance."""
        self._given.clear()
        self._marks.clear()
        self._tail.clear()
        self._end = self._collected = 0.0

    def give(self, now: float, sound: bytes) -> float:
        """Take what the line was given; return when it begins to play."""
        at = max(now, self.until)
        self._given.append(_Given(at, self._end, sound))
        length = len(sound) / self._bytes_per_ms
        self._end += length
        self.until = at + length
        return at

    def lead(self, now: float) -> float:
        """Return for how long the line can play on."""
        return max(0.0, self.until - now)

    # ---- marks

    def expect(self, name: str) -> None:
        """Remember a mark put behind all that was given."""
        self._marks.append((name, self._end, self.until))

    def reached(self, now: float, name: str) -> bool:
        """Take a mark's echo; False: it belongs to sound that was cut off."""
        while self._marks:
            mark, _, due = self._marks.popleft()
            if mark == name:
                lag = min(MAX_LAG_MS, max(0, round(now - due)))
                self.lag_ms = lag if not self.lag_ms else (2 * self.lag_ms + lag) // 3
                return True
        return False

    # ---- what was heard

    def position(self, now: float) -> float:
        """Return the position that the caller has heard by now."""
        heard = self._collected
        moment = now - self.lag_ms
        for piece in self._given:
            if piece.at >= moment:
                break
            length = len(piece.sound) / self._bytes_per_ms
            heard = piece.position + min(length, moment - piece.at)
        if self._marks:
            _, position, due = self._marks[0]
            if now < due + self.lag_ms + MARK_GRACE_MS:
                heard = min(heard, position)
        return max(heard, self._collected)

    def collect(self, now: float) -> list[tuple[int, bytes]]:
        """Hand over sound that has been heard since the last time, for the recording."""
        return self._collect_to(self.position(now))

    def collect_all(self) -> list[tuple[int, bytes]]:
        """Hand over everything that was given: the line has played it."""
        return self._collect_to(self._end)

    def _collect_to(self, heard: float) -> list[tuple[int, bytes]]:
        collected = []
        while self._given and self._given[0].position < heard:
            piece = self._given[0]
            size = round((heard - piece.position) * self._bytes_per_ms) // 2 * 2
            sound, rest = piece.sound[:size], piece.sound[size:]
            if sound:
                collected.append((round(piece.at), sound))
                self._tail += sound
            if rest:
                length = len(sound) / self._bytes_per_ms
                piece.sound, piece.at = rest, piece.at + length
                piece.position += length
                break
            self._given.popleft()
        del self._tail[: -TAIL_MS * self._bytes_per_ms]
        self._collected = max(self._collected, heard)
        return collected

    def cut(self, now: float) -> tuple[bytes, bytes]:
        """Take back what was not heard: the line has dropped it.

        Return the last of what was heard and all that was not.
        """
        tail = bytes(self._tail)
        unheard = b"".join(piece.sound for piece in self._given)
        self._given.clear()
        self._marks.clear()
        self._end = self._collected
        self.until = now
        return tail, unheard

    def rewind(self, size: int) -> None:
        """Count the last ``size`` heard bytes as not heard: they will be said again."""
        self._end -= size / self._bytes_per_ms
        self._collected = self._end
        if size:
            del self._tail[-size:]
