"""A turn's words in pieces of which it is known when they were said, so that a host with
several people on the line can tell who said which. Pure; times are ms on the media clock.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from providers.ports import Transcript


@dataclass(frozen=True, slots=True)
class Piece:
    """Some of a turn's text, with the space behind it, and when it was said."""

    text: str
    began_ms: int
    ended_ms: int


def of(final: Transcript, zero_ms: int) -> tuple[Piece, ...]:
    """Cut a final up as finely as its recogniser tells when things were said: at words,
    else not at all; none where it tells no times.

    ``zero_ms``: when the first audio of its stream was heard.
    """
    if not final.end_ms:
        return ()
    words = [word for word in final.words if word.end_ms]
    if not words:
        began, ended = zero_ms + final.start_ms, zero_ms + final.end_ms
        return (Piece(f"{final.text} ", began, ended),)
    starts = _starts(final.text, [word.text for word in words])
    ends = [*starts[1:], len(final.text)]
    texts = [final.text[a:b] for a, b in zip(starts, ends, strict=True)]
    texts[-1] += " "
    return tuple(
        Piece(text, zero_ms + word.start_ms, zero_ms + word.end_ms)
        for text, word in zip(texts, words, strict=True)
        if text
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
