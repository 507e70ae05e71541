"""An utterance: one reply on its way to the caller's ear, and what became of it."""

from dataclasses import dataclass, field

from providers.ports import SpokenWord
from voice import wording


@dataclass
class Utterance:
    """One reply on its way to the caller's ear. Times are ms on the media clock."""

    name: str
    turn: int
    began_ms: int
    sentences: list[str] = field(default_factory=list)
    is_whole: bool = False  # no more sentences will come
    is_made: bool = False  # all its sound has come
    is_over: bool = False
    is_filled: bool = False  # it was said that the rest takes a moment
    first_audio_ms: int | None = None  # given to the line
    waiting: bytearray = field(default_factory=bytearray)  # sound not given yet
    made_ms: float = 0.0  # sound that has come
    asked_ms: int = 0  # when sound was last asked for or came
    words: list[SpokenWord] = field(default_factory=list)
    parts: int = 0  # names under which voices know it: one for each voice that tried

    @property
    def text(self) -> str:
        """All its words so far."""
        return wording.joined(self.sentences).strip()

    @property
    def part(self) -> str:
        """The name under which the voice in use knows it."""
        return f"{self.name}.{self.parts}" if self.parts else self.name

    def owes(self, pace: float) -> bool:
        """Tell whether its sound is too short for its words, at ms a character."""
        return len(self.text) * pace * 0.7 > self.made_ms

    def share(self, until_ms: float, pace: float) -> float:
        """Return the share of its text that is said in its first ms, at ms a character."""
        if self.words and self.parts == 0:
            halves = ((word.start_ms + word.end_ms) / 2 for word in self.words)
            said = sum(half < until_ms for half in halves)
            return wording.share_of_words(self.text, said)
        if self.is_made:
            return until_ms / max(1.0, self.made_ms)
        return until_ms / max(1.0, self.made_ms, len(self.text) * pace)


@dataclass(frozen=True, slots=True)
class Stopped:
    """What became of an utterance that is over."""

    utterance: Utterance
    heard: str
    unheard: str
    heard_ms: int = 0  # of its sound
