"""A turn's words as those who spoke them share it. Pure.

One recogniser hears everybody in a room, and a turn ends where all are silent: who speaks
right behind another is in the same turn. Its pieces have times, and the room knows who
spoke when. Where a recogniser tells no times the turn is whoever's spoke most in it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Protocol
from uuid import UUID

from voice import events
from voice.pieces import Piece

EARLIER_MS, LATER_MS = 200, 100  # a whole turn is noticed a little beside its sound


class Talker(Protocol):
    """Who spoke."""

    def __call__(
        self, from_ms: int, to_ms: int, before: UUID | None = None
    ) -> UUID | None:
        """Return who spoke most between two times; ``before`` them somebody did."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Some of a turn, with its own times, and who said it; None: nobody can tell."""

    words: events.Heard
    by: UUID | None


def of(turn: events.Heard, talker: Talker) -> list[Stretch]:
    """Share a turn among those who spoke, in order. Its outer times stay as they are."""
    fine = [part for piece in turn.pieces for part in piece.cut()]
    runs = _runs(fine, talker)
    if len(runs) < 2:
        by = runs[0][0] if runs else None
        return [Stretch(turn, by or _most(turn, talker))]
    stretches = [Stretch(_part(turn, pieces), by) for by, pieces in runs]
    first, last = stretches[0].words, stretches[-1].words
    stretches[0] = replace(stretches[0], words=replace(first, at_ms=turn.at_ms))
    stretches[-1] = replace(stretches[-1], words=replace(last, end_ms=turn.end_ms))
    return stretches


def _most(turn: events.Heard, talker: Talker) -> UUID | None:
    end = turn.end_ms or turn.at_ms
    return talker(turn.at_ms - EARLIER_MS, end + LATER_MS)


def _runs(
    pieces: Sequence[Piece], talker: Talker
) -> list[tuple[UUID | None, list[Piece]]]:
    """Group pieces by who said them; one in whose time nobody was heard goes with those
    before it, or with those that follow where it is the first."""
    said: list[UUID | None] = []
    for piece in pieces:
        before = said[-1] if said else None
        said.append(talker(piece.began_ms, piece.ended_ms, before) or before)
    first = next(filter(None, said), None)
    owned = [(by or first, piece) for by, piece in zip(said, pieces, strict=True)]
    return [
        (by, [piece for _, piece in run])
        for by, run in groupby(owned, key=lambda each: each[0])
    ]


def _part(turn: events.Heard, pieces: Sequence[Piece]) -> events.Heard:
    text = "".join(piece.text for piece in pieces).strip()
    began, ended = pieces[0].began_ms, pieces[-1].ended_ms
    return replace(turn, text=text, at_ms=began, end_ms=ended, pieces=tuple(pieces))
