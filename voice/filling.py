"""What the agent says while its reply lets the caller wait."""

import asyncio
from collections.abc import Callable, Sequence

from voice.speaking import Speaking
from voice.utterance import Utterance

AGAIN_S = 0.3  # a filler waits for words before it to be heard


class Filling:
    """One conversation's fillers, each in its turn."""

    def __init__(
        self, speaking: Speaking, say: Callable[[Utterance, str], None]
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._speaking = speaking
        self._say = say
        self._again: asyncio.TimerHandle | None = None
        self._said = 0

    def fill(self, utterance: Utterance, lines: Sequence[str]) -> None:
        """Say that it takes a moment, unless something can be heard just now."""
        self._again = None
        if utterance.is_over or utterance.is_filled or not lines:
            return
        if utterance.turn == 0 or self._speaking.is_held:
            return
        if self._speaking.has_more_to_say:
            self._again = self._loop.call_later(AGAIN_S, self.fill, utterance, lines)
            return
        utterance.is_filled = True
        self._said += 1
        self._say(utterance, lines[(self._said - 1) % len(lines)])

    def stop(self) -> None:
        """The reply is here, or will not come."""
        if self._again:
            self._again.cancel()
            self._again = None
