"""What happens when nobody speaks. Pure."""

from dataclasses import dataclass

from voice.config import SilenceRules


@dataclass(frozen=True, slots=True)
class Prompt:
    """Ask the caller whether they are still there."""

    text: str


@dataclass(frozen=True, slots=True)
class HangUp:
    """Give the caller up."""


class Silence:
    """Counts the quiet of one conversation."""

    def __init__(self, rules: SilenceRules) -> None:
        self._rules = rules
        self._since_ms = 0
        self._prompts = 0

    def broken(self, now: int) -> None:
        """Somebody made a sound, or makes one until then."""
        self._since_ms = max(self._since_ms, now)

    def answered(self) -> None:
        """The caller spoke: begin with the first prompt again."""
        self._prompts = 0

    def due(self, now: int) -> Prompt | HangUp | None:
        """Say what a silence that lasts until now calls for."""
        quiet = now - self._since_ms
        if self._prompts < len(self._rules.prompts):
            if quiet < self._rules.prompt_after_ms:
                return None
            self._prompts += 1
            return Prompt(self._rules.prompts[self._prompts - 1])
        return HangUp() if quiet >= self._rules.hang_up_after_ms else None
