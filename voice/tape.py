"""Both sides' sound, for those who only listen: the recording, the meters, and the
guard that knows the agent's echo."""

from voice.audio.echo import Echo
from voice.clock import Track
from voice.events import Level
from voice.meters import Meters
from voice.ports import Line, Notebook


class Tape:
    """One conversation's sound. Times are ms on the media clock."""

    def __init__(
        self, line: Line, notebook: Notebook, *, may_echo: bool, meters: bool
    ) -> None:
        self.echo = Echo(line.format, line.voice_format)
        self.may_echo = may_echo  # somebody asks whether what is heard is an echo
        self._agent_speaks = False
        self._notebook = notebook
        self._track = Track(line.format.bytes_per_ms)
        self._meters = Meters(line.format, line.voice_format) if meters else None

    def heard(self, now: int, frame: bytes) -> None:
        """Take a frame of the caller's, complete by now."""
        for at, sound in self._track.place(now, frame):
            self._notebook.caller_audio(at, sound)
            if self._agent_speaks and self.may_echo:
                self.echo.caller(at, sound)
        if self._meters:
            self._meters.heard(frame)

    def given(self, at_ms: int, sound: bytes) -> None:
        """Take sound of the agent's that begins to play at a moment."""
        if self.may_echo:
            self.echo.agent(at_ms, sound)
        if self._meters:
            self._meters.said(at_ms, sound)

    def agent_speaks(self, is_on: bool) -> None:
        """Take whether the caller hears the agent from now on."""
        self._agent_speaks = is_on
        if not is_on:
            self.echo.forget()

    def cut(self) -> None:
        """What the agent was saying is not heard any more."""
        if self._meters:
            self._meters.cut()

    def levels(self, now: int) -> Level | None:
        """Return how loud both sides are, if anybody wants to know."""
        return self._meters.read(now) if self._meters else None

    def close(self) -> None:
        """Record what still waits for its place: no more frames come."""
        for at, sound in self._track.rest():
            self._notebook.caller_audio(at, sound)
