"""Words that come when their turn is over already, which did not wait for them. Pure."""

from difflib import SequenceMatcher

from voice.wording import plain_words

STALE_MS = 4_000  # in which late words of a turn that is over may still come
ALIKE = 0.6


class Stragglers:
    """Remembers the last words of a turn that ended before its final words came."""

    def __init__(self) -> None:
        self._words: list[str] = []
        self._since_ms = 0

    def expect(self, words: list[str], now: int) -> None:
        """A turn of these words ended; with final words, there are none to come."""
        self._words, self._since_ms = words, now

    def all_came(self) -> None:
        """The recogniser has given everything."""
        self._words = []

    def without(self, now: int, text: str) -> str:
        """Take away words that belong to the turn before."""
        if not self._words or now - self._since_ms > STALE_MS:
            return text
        words = plain_words(text)
        matcher = SequenceMatcher(None, words[: len(self._words)], self._words)
        if not words or matcher.ratio() < ALIKE:
            return text
        if len(words) <= len(self._words) + 1:
            return ""
        return " ".join(text.split()[len(self._words) :])
