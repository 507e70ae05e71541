"""Meaning: texts as vectors."""

from collections.abc import Sequence
from typing import Protocol


class Embedder(Protocol):
    """Turns texts into vectors of unit length, so that a dot product is a cosine."""

    model: str  # vectors of different models must never be compared

    async def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """Return one vector for each text, in order."""
