"""Server-sent events of a streamed reply, and how long to wait for them."""

import asyncio
from collections.abc import AsyncIterator

from providers import limits
from providers.web import Reply


class Patience:
    """How long a language model may still take: to its first words, between words, and
    in all. Whatever comes before the first words (thinking, pings) buys no time."""

    def __init__(self, *, unhurried: bool) -> None:
        """``unhurried``: nobody is on the line."""
        self._gap = limits.TEXT_GAP if unhurried else limits.LLM_GAP
        self._time = asyncio.get_running_loop().time
        now = self._time()
        first = limits.TEXT_TOTAL if unhurried else limits.LLM_FIRST_TOKEN
        self._first = now + first
        self._end = now + (limits.TEXT_TOTAL if unhurried else limits.LLM_TOTAL)
        self._talks = False

    def has_spoken(self) -> None:
        """Note that words, or a tool call, came."""
        self._talks = True

    @property
    def to_answer(self) -> float:
        """Return the seconds left for the head of the reply, connecting included."""
        return max(0.001, self._first - self._time())

    @property
    def left(self) -> float:
        """Return the seconds left for the next piece."""
        now = self._time()
        until = now + self._gap if self._talks else self._first
        return max(0.001, min(until, self._end) - now)

    @property
    def what(self) -> str:
        """Say what is waited for."""
        return "the rest of the reply" if self._talks else "no first word"


async def events(reply: Reply, patience: Patience) -> AsyncIterator[bytes]:
    """Yield the ``data`` of each event; several may come in one piece off the wire."""
    rest = b""
    while piece := await reply.chunk(within=patience.left, what=patience.what):
        lines = (rest + piece).split(b"\n")
        rest = lines.pop()
        for line in lines:
            if line.startswith(b"data:"):
                yield line[5:].strip()
    if rest.startswith(b"data:"):
        yield rest[5:].strip()
