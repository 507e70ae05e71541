"""Keys of the telephone, gathered into what the caller meant to say. Pure."""

PAUSE_MS = 1_500  # after the last key the digits are taken as said
END = "#"


class Keypad:
    """One caller's keys."""

    def __init__(self) -> None:
        self._digits = ""
        self._last_ms = 0

    def press(self, now: int, digit: str) -> str:
        """Take a key; return all digits when this one ends them."""
        if digit == END:
            return self._take()
        self._digits += digit
        self._last_ms = now
        return ""

    def due(self, now: int) -> str:
        """Return the digits when no more seem to come."""
        if self._digits and now - self._last_ms > PAUSE_MS:
            return self._take()
        return ""

    def _take(self) -> str:
        digits, self._digits = self._digits, ""
        return " ".join(digits)
