"""What the agent speaks into: the caller's wire, or a room in its place."""

from collections.abc import Callable

from providers.ports import AudioFormat
from telephony.carrier import MediaStream, Messages
from voice.ports import Line

Send = Callable[[str | bytes], None]


class WireLine:
    """A ``voice.ports.Line`` over a carrier's or a browser's codec."""

    def __init__(
        self, codec: MediaStream, send: Send, heard: AudioFormat, spoken: AudioFormat
    ) -> None:
        self.format = heard
        self.voice_format = spoken
        self._codec = codec
        self._send = send
        self.has_spoken = False

    def play(self, audio: bytes) -> None:
        """Queue audio behind what is queued already."""
        self.has_spoken = True
        self._put(self._codec.audio(audio))

    def mark(self, name: str) -> None:
        """Ask to be told when all audio before it has played."""
        self._put(self._codec.mark(name))

    def clear(self) -> None:
        """Drop queued audio that has not been heard."""
        self._put(self._codec.clear())

    def _put(self, messages: Messages) -> None:
        if isinstance(messages, list):
            for message in messages:
                self._send(message)
        else:
            self._send(messages)

    def hang_up(self) -> None:
        """Nothing to do: the socket is closed when the session is over."""


class CallLine:
    """The agent's line: the caller's wire, until a room takes its place."""

    format: AudioFormat
    voice_format: AudioFormat

    def __init__(self, wire: Line) -> None:
        self.format, self.voice_format = wire.format, wire.voice_format
        self.turn_to(wire)

    def turn_to(self, line: Line) -> None:
        """Let what is said go there from now on."""
        # Attributes instead of methods: what is said passes through no further hands.
        self.play, self.mark, self.clear = line.play, line.mark, line.clear

    def hang_up(self) -> None:
        """Nothing to do: the sockets are closed when the session is over."""
