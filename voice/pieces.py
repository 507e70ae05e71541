"""A turn's words in pieces of which it is known when they were said, so that a host with
several people on the line can tell who said which. Pure; times are ms on the media clock.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from providers.ports import Transcript, Word


@dataclass(frozen=True, slots=True)
class Piece:
    """Some of a turn's text, with the space behind it, and when it was said."""

    text: str
    began_ms: int
    ended_ms: int
    words: tuple[Word, ...] = ()  # in it, with times from ``zero_ms``
    zero_ms: int = 0

    def cut(self) -> Sequence["Piece"]:
        """Return it as finely as it is known when its words were said."""
        words = [word for word in self.words if word.end_ms]
        if not words:
            return (self,)
        starts = _starts(self.text, [word.text for word in words])
        ends = [*starts[1:], len(self.text)]
        return [
            Piece(
                self.text[start:end],
                self.zero_ms + word.start_ms,
                self.zero_ms + word.end_ms,
            )
            for word, start, end in zip(words, starts, ends, strict=True)
            if start < end
        ]


def of(final: Transcript, zero_ms: int) -> Piece | None:
    """Return a final with its times; None where its recogniser tells none. It is cut only
    by those who want that: most calls have one caller.

    ``zero_ms``: when the first audio of its stream was heard.
    """
    if not final.end_ms:
        return None
    return Piece(
        f"{final.text} ",
        zero_ms + final.start_ms,
        zero_ms + final.end_ms,
        final.words,
        zero_ms,
    )


def _starts(text: str, words: Sequence[str]) -> list[int]:
    """Return where each word begins in a text, which has marks and spaces besides. One
    that is written otherwise there ("twenty", 20) takes no place of its own."""
    starts, at = [0], len(words[0]) if text.startswith(words[0]) else 0
    for word in words[1:]:
        found = text.find(word, at)
        starts.append(at if found < 0 else found)
        at = at if found < 0 else found + len(word)
    return starts
