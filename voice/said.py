"""The words of a turn, as far as they are known. Pure; times are ms on the media clock."""

from dataclasses import dataclass, field

from voice.pieces import Piece


@dataclass
class Said:
    """One turn's words: finals, and what may still change."""

    finals: list[str] = field(default_factory=list)
    partial: str = ""
    _pieces: list[Piece] = field(default_factory=list)

    @property
    def text(self) -> str:
        """All of them."""
        return " ".join(filter(None, [*self.finals, self.partial])).strip()

    @property
    def is_final(self) -> bool:
        """Tell whether there are words, and none that may still change."""
        return bool(self.finals) and not self.partial

    def hear(self, text: str, *, final: bool) -> None:
        """Take words; a final replaces the partial before it."""
        self.partial = "" if final else text
        if final and text:
            self.finals.append(text)

    def place(self, piece: Piece | None, since: int, until: int) -> None:
        """Take when the last final was said; where nobody knows, it was after the one
        before and since the turn began."""
        self._pieces.append(piece or self._unplaced(self.finals[-1], since, until))

    def pieces(self, since: int, until: int) -> tuple[Piece, ...]:
        """Return all words with their times, for a turn that lasted so long."""
        if not self.partial:
            return tuple(self._pieces)
        return (*self._pieces, self._unplaced(self.partial, since, until))

    def _unplaced(self, text: str, since: int, until: int) -> Piece:
        began = self._pieces[-1].ended_ms if self._pieces else since
        return Piece(f"{text} ", began, max(began, until))
