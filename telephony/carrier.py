"""The port to a telephone company, and what may come down a live line."""

from dataclasses import dataclass
from typing import Any, Protocol


class CarrierError(Exception):
    """A carrier did not do what was asked. ``permanent``: asking again is no use."""

    def __init__(self, message: str, *, permanent: bool = False) -> None:
        super().__init__(message)
        self.permanent = permanent


@dataclass(frozen=True, slots=True)
class Started:
    """The stream began."""

    stream_id: str
    call_id: str  # the carrier's own
    parameters: dict[str, Any]


@dataclass(frozen=True, slots=True)
class AudioIn:
    """Audio of the caller."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Marked:
    """Everything before the mark has been played."""

    name: str


@dataclass(frozen=True, slots=True)
class Digit:
    """A key was pressed."""

    digit: str


@dataclass(frozen=True, slots=True)
class Typed:
    """Words were typed."""

    text: str


@dataclass(frozen=True, slots=True)
class Muted:
    """The microphone was switched."""

    on: bool


@dataclass(frozen=True, slots=True)
class Stopped:
    """The caller is gone, or wants to be."""


@dataclass(frozen=True, slots=True)
class Malformed:
    """A frame that cannot be taken; the stream goes on."""

    why: str


LineEvent = Started | AudioIn | Marked | Digit | Typed | Muted | Stopped | Malformed


class MediaStream(Protocol):
    """A wire's codec, without I/O: messages in, events out, and the reverse."""

    def receive(self, message: str | bytes) -> LineEvent | None:
        """Read one message. Never raises: what cannot be read is ``Malformed``."""

    def audio(self, data: bytes) -> str | bytes:
        """Write audio."""

    def mark(self, name: str) -> str | bytes:
        """Write a mark."""

    def clear(self) -> str | bytes:
        """Write that queued audio must be dropped."""
