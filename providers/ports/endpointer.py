"""End-of-turn models: whether a pause ends a turn, by its sound."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Melody:
    """How a voice sounds before a pause."""

    odds: float  # that the turn is over; 1 is finished
    height: float | None = None  # semitones above the bottom of the voice, if it tells
    is_noisy: bool = False  # there was noise, which was taken off before


class EndOfTurnModel(Protocol):
    """Tells from sound whether a pause ends a turn."""

    async def melody(self, pcm16k: bytes) -> Melody:
        """Judge up to 8 s of s16le at 16 kHz that end in the pause."""
