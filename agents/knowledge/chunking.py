"""Cutting a text into pieces that make sense alone. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

LONG = 900  # characters: the embedder reads 256 tokens and no further

_HEADING = re.compile(r"^(#{1,6})\s+(.+?)\s*#*$")
_SENTENCE = re.compile(r"(?<=[.!?。！？।])\s+")


@dataclass(frozen=True, slots=True)
class Piece:
    """One piece, and the headings it stood under."""

    heading: str
    text: str

    @property
    def meaning(self) -> str:
        """What is embedded: a price without its heading is a price of nothing."""
        return f"{self.heading}\n{self.text}" if self.heading else self.text


def cut(text: str) -> Iterator[Piece]:
    """Cut at headings, then at paragraphs, then at sentences, then anywhere."""
    for heading, body in _sections(text):
        for each in _packed(body):
            yield Piece(heading, each)


def _sections(text: str) -> Iterator[tuple[str, str]]:
    trail: list[tuple[int, str]] = []
    body: list[str] = []
    for line in text.splitlines():
        match = _HEADING.match(line.strip())
        if not match:
            body.append(line)
            continue
        if any(each.strip() for each in body):
            yield _path(trail), "\n".join(body)
        body = []
        level = len(match.group(1))
        trail = [*(each for each in trail if each[0] < level), (level, match.group(2))]
    if any(each.strip() for each in body):
        yield _path(trail), "\n".join(body)


def _path(trail: list[tuple[int, str]]) -> str:
    return " › ".join(title for _, title in trail)[:300]


def _packed(body: str) -> Iterator[str]:
    """Join what is short and cut what is long; never across a heading."""
    now = ""
    for part in _parts(body):
        if now and len(now) + len(part) + 2 > LONG:
            yield now
            now = ""
        now = f"{now}\n\n{part}" if now else part
    if now:
        yield now


def _parts(body: str) -> Iterator[str]:
    for paragraph in re.split(r"\n\s*\n", body):
        lines = [re.sub(r"[ \t]+", " ", line).strip() for line in paragraph.split("\n")]
        whole = "\n".join(filter(None, lines))
        if not whole:
            continue
        if len(whole) <= LONG:
            yield whole
        else:
            yield from _shortened(whole)


def _shortened(paragraph: str) -> Iterator[str]:
    now = ""
    for sentence in (
        each for line in paragraph.split("\n") for each in _SENTENCE.split(line)
    ):
        for at in range(0, len(sentence), LONG):
            part = sentence[at : at + LONG]
            if now and len(now) + len(part) + 1 > LONG:
                yield now
                now = ""
            now = f"{now} {part}".strip()
    if now:
        yield now
