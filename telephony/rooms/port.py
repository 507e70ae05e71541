"""The port to a room: several people and one agent who hear each other.

A call of one person has no room. One is opened when a second person comes, and the
agent's words go there instead of to the line (``voice.session.Session.reroute``).

Who hears whom is decided by where people are:

    floor     hear and are heard by everybody on the floor, and the agent if it is there
    aside     the same, among those who are aside
    gallery   hear the floor and those aside; nobody hears them
"""

from dataclasses import dataclass
from typing import Literal, Protocol
from uuid import UUID

from voice.ports import Line

Place = Literal["floor", "aside", "gallery"]


@dataclass(frozen=True, slots=True)
class Seat:
    """One person in a room."""

    participant_id: UUID
    name: str  # as others may be told of them
    place: Place = "floor"


class Host(Protocol):
    """Whose room it is. Called on the loop; it must only put things aside."""

    def heard(self, audio: bytes) -> None:
        """Take 20 ms of what people on the floor say, in the agent's line's format.

        Comes all the time, silence too; while the agent is aside all of it is silence.
        """

    def talker_changed(self, at_ms: int) -> None:
        """Somebody else speaks on the floor since then than spoke before. Told when it
        is sure, behind the audio in which it is."""

    def marked(self, name: str) -> None:
        """A mark of the agent's line was reached, or was dropped by ``clear``."""


class Room(Protocol):
    """One call's room. Everything here is synchronous and blocks nobody."""

    line: Line  # the agent's mouth in this room

    def move(self, participant_id: UUID, place: Place) -> None:
        """Let a person hear and be heard somewhere else; unknown: nothing happens."""

    def move_agent(self, place: Place | None) -> None:
        """Let the agent speak there; None: it is heard nowhere."""

    def hold(self, on: bool) -> None:
        """Play music to the floor, or stop it."""

    def tell(self, participant_id: UUID, sound: bytes) -> None:
        """Say something, in the agent's line's format, to one person alone; unknown:
        nothing happens. What is said to all comes softer meanwhile."""

    def talker(
        self, from_ms: int, to_ms: int, before: UUID | None = None
    ) -> UUID | None:
        """Return who on the floor spoke most between two times of the media clock. Who
        spoke ``before``, and goes on through most of it, is not cut off by others who
        say something meanwhile."""

    def leave(self, participant_id: UUID) -> None:
        """Take a person out; unknown: nothing happens."""

    def close(self) -> None:
        """Stop for good. Twice is once."""
