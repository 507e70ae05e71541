"""The wire between a room and a call, inside the process: plain PCM, and a few words.

start:<token> <call>    somebody is there    (to us)
mark:<name>  digit:<key>  stop               (to us)
mark:<name>  clear                           (from us)
"""

from providers.ports import AudioFormat
from telephony.carrier import (
    AudioIn,
    Digit,
    LineEvent,
    Malformed,
    Marked,
    Started,
    Stopped,
)

HEARD = AudioFormat("pcm_s16le", 16_000)
SPOKEN = AudioFormat("pcm_s16le", 24_000)


class RoomMedia:
    """One line's codec."""

    heard = HEARD
    spoken = SPOKEN

    def receive(self, message: str | bytes) -> LineEvent | None:
        """Read one message."""
        if isinstance(message, bytes):
            whole = message and len(message) % 2 == 0
            return AudioIn(message) if whole else Malformed("half a sample")
        word, _, rest = message.partition(":")
        if word == "mark":
            return Marked(rest[:128])
        if word == "digit":
            return Digit(rest[:1])
        if word == "start":
            token, _, call_id = rest.partition(" ")
            return Started("", call_id, {"token": token})
        return Stopped() if word == "stop" else Malformed("unknown word")

    def audio(self, data: bytes) -> bytes:
        """Write audio."""
        return data

    def mark(self, name: str) -> str:
        """Write a mark."""
        return f"mark:{name}"

    def clear(self) -> str:
        """Write that queued audio must be dropped."""
        return "clear"
