"""What is decided about whose turn it is. Times are ms on the media clock."""

from dataclasses import dataclass

from voice.pieces import Piece


@dataclass(frozen=True, slots=True)
class SpeechBegan:
    """The caller began to speak."""

    at_ms: int


@dataclass(frozen=True, slots=True)
class PauseBegan:
    """The caller paused: ask for final words and for the end-of-turn model's opinion."""

    pause: int  # its number, to be given back with the opinion


@dataclass(frozen=True, slots=True)
class EndTurn:
    """The caller's turn is over."""

    text: str
    reason: str
    began_ms: int
    speech_end_ms: int
    ready_ms: int  # when the rules alone would have ended it: later is the recogniser
    pieces: tuple[Piece, ...] = ()  # the text, with the times of what was spoken


@dataclass(frozen=True, slots=True)
class Hold:
    """The agent must wait; with ``cut`` it must fall silent at once."""

    cause: str
    cut: bool


@dataclass(frozen=True, slots=True)
class Release:
    """What made the agent wait is over: it goes on. Not worth a line on the timeline."""


@dataclass(frozen=True, slots=True)
class Interrupt:
    """The caller has taken the floor: what the agent has not said stays unsaid."""

    cause: str


@dataclass(frozen=True, slots=True)
class KeepTalking:
    """The caller made a sound that does not stop the agent: it goes on."""

    cause: str


Decision = SpeechBegan | PauseBegan | EndTurn | Hold | Release | Interrupt | KeepTalking
