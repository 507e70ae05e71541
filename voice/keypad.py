"""Keys of the telephone, gathered into what the caller meant to say. Pure.

The agent may ask for keys: so many of them, or up to #. What is asked for in secret is
handed to whoever keeps it, and everybody else is told how many there were.
"""

from collections.abc import Callable
from dataclasses import dataclass

PAUSE_MS = 1_500  # after the last key the digits are taken as said
QUIET_MS = 800  # after secret keys: the last one's tone is still on the line
END = "#"
HIDDEN = "•"


@dataclass(frozen=True, slots=True)
class Asked:
    """Keys that the agent waits for."""

    name: str  # what they are: card_number
    longest: int = 32  # then they are whole without #
    masked: bool = True  # nobody sees, hears or writes them
    patience_ms: int = 15_000  # to the first key, and half of it between keys
    keep: Callable[[str], None] | None = None  # gets masked ones


class Keypad:
    """One caller's keys."""

    def __init__(self) -> None:
        self._digits = ""
        self._last_ms = 0
        self.asked: Asked | None = None
        self._quiet_until = 0

    @property
    def is_masked(self) -> bool:
        """Tell whether keys are asked for that nobody may learn."""
        return self.asked is not None and self.asked.masked

    def is_secret(self, now: int) -> bool:
        """Tell whether tones of secret keys may be on the line."""
        return self.is_masked or now < self._quiet_until

    def ask(self, now: int, asked: Asked) -> None:
        """Wait for keys from now on."""
        self.asked, self._digits, self._last_ms = asked, "", now

    def wait(self, now: int) -> None:
        """Somebody still tells the caller what to key in: they have time."""
        if self.asked and not self._digits:
            self._last_ms = now

    def press(self, now: int, digit: str) -> str:
        """Take a key; return what was said when this one ends it."""
        if digit == END:
            return self._take(now)
        self._digits += digit
        self._last_ms = now
        if self.asked and len(self._digits) >= self.asked.longest:
            return self._take(now)
        return ""

    def due(self, now: int) -> str:
        """Return what was said when no more keys seem to come."""
        waited = now - self._last_ms
        if self.asked is None:
            return self._take(now) if self._digits and waited > PAUSE_MS else ""
        patience = self.asked.patience_ms / (2 if self._digits else 1)
        return self._take(now) if waited > patience else ""

    def shown(self, digit: str) -> str:
        """Return a key as it may be seen."""
        return HIDDEN if self.is_masked else digit

    def _take(self, now: int) -> str:
        if self.is_masked:
            self._quiet_until = now + QUIET_MS
        digits, self._digits = self._digits, ""
        asked, self.asked = self.asked, None
        if asked is None:
            return " ".join(digits)
        if not digits:
            return f"[Nothing was keyed in for {asked.name}.]"
        if not asked.masked:
            return " ".join(digits)
        if asked.keep:
            asked.keep(digits)
        return (
            f"[{len(digits)} digits were keyed in for {asked.name}. They are kept as"
            f" {{{{digits.{asked.name}}}}}.]"
        )
