"""What a conversation needs from whoever hosts it.

The host calls the session, too (see ``voice.session.Session``):
``session.hear(audio)`` for each frame from the caller, ``session.marked(name)`` when a
mark was played, ``session.press(digit)``, ``session.type(text)``, ``session.mute(on)``
and ``session.drop()`` when the caller is gone. All are synchronous.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from providers.ports import AudioFormat
from voice.events import Event


class Line(Protocol):
    """The wire to the caller. Nothing here blocks; a dead line swallows what it gets."""

    format: AudioFormat  # of the caller's audio
    voice_format: AudioFormat  # of the agent's

    def play(self, audio: bytes) -> None:
        """Queue audio behind what is queued already."""

    def mark(self, name: str) -> None:
        """Ask to be told, by ``session.marked``, when all audio before it has played.

        A ``clear`` returns outstanding marks at once, as carriers do.
        """

    def clear(self) -> None:
        """Drop queued audio that has not been heard."""

    def hang_up(self) -> None:
        """End the call from our side once queued audio has played."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of what the agent can look up."""

    source: str  # public id
    title: str  # of the source
    place: str  # where it stands in the source, in words
    heading: str
    text: str
    score: float  # 0 to 1


@dataclass(frozen=True, slots=True)
class ToolOutcome:
    """What came of running a tool."""

    text: str  # for the model
    failed: bool = False
    detail: dict[str, Any] = field(default_factory=dict)  # for the timeline; no secrets
    hands_over: bool = False  # the caller is somebody else's now: end, say nothing
    stands_by: bool = False  # somebody else is being asked: say no more until told


class Toolbox(Protocol):
    """Runs the tools an agent may use; the session never runs one by itself but the
    built-in ``end_call``."""

    async def recall(self, question: str) -> Sequence[Passage]:
        """Return what is known about the caller's words, for the model to read before
        it replies. Answers in time or not at all; raises nothing."""

    async def run(self, name: str, arguments: dict[str, Any], said: str) -> ToolOutcome:
        """Run a tool; ``said`` is what the caller said last. A failure is text, too;
        raises nothing."""


class Notebook(Protocol):
    """Keeps what happens. Called on the hot path: it must only put things aside."""

    def note(self, event: Event) -> None:
        """Take one event, in the order in which it became known."""

    def caller_audio(self, at_ms: int, pcm: bytes) -> None:
        """Take the caller's audio, in the line's format, for the recording."""

    def agent_audio(self, at_ms: int, pcm: bytes) -> None:
        """Take the agent's audio that was really heard, in the line's voice format."""
