"""What carriers' streams of JSON messages share: audio in base64, one event a message.

It stands beside the port, since carriers do not know each other. A carrier's codec adds
its other events, its start, and what it writes.
"""

import re
from abc import abstractmethod
from binascii import Error, a2b_base64
from typing import Any

import orjson

from providers.ports import TELEPHONE, AudioFormat
from telephony.carrier import AudioIn, Digit, LineEvent, Malformed, Marked, Stopped

MAX_FRAME = 8_000  # bytes of audio in one message: a second
KEYS = frozenset("0123456789*#ABCD")
NAME = re.compile(r"^[\x20-\x7e]{1,128}$")  # of a stream


class JsonStream:
    """One stream's codec: bytes in, events out, no I/O."""

    heard: AudioFormat = TELEPHONE
    spoken: AudioFormat = TELEPHONE
    longest = MAX_FRAME
    played = "mark"  # the event that says what was heard
    ignored: tuple[str, ...] = ("connected",)

    def __init__(self) -> None:
        self.stream_id = ""

    def receive(self, message: str | bytes) -> LineEvent | None:
        """Read one message from the carrier."""
        try:
            parsed = orjson.loads(message)
            event = parsed["event"]
            if event == "media":
                return self._media(parsed["media"])
            return self._control(event, parsed)
        except (ValueError, TypeError, KeyError, AttributeError, Error) as error:
            return Malformed(f"{type(error).__name__}")

    def _media(self, media: dict[str, Any]) -> LineEvent | None:
        if media.get("track", "inbound") != "inbound":
            return None
        if not self.stream_id:
            return Malformed("media before start")
        audio = a2b_base64(media["payload"])
        if not audio or len(audio) > self.longest:
            return Malformed(f"{len(audio)} bytes of audio")
        return self._audio_in(audio, media)

    def _audio_in(self, audio: bytes, media: dict[str, Any]) -> LineEvent | None:
        return AudioIn(audio)

    def _control(self, event: Any, parsed: dict[str, Any]) -> LineEvent | None:
        """Read whatever is not audio."""
        if event == self.played:
            return Marked(self._mark(parsed)[:128])
        if event == "dtmf":
            return digit(parsed)
        if event == "start":
            return Malformed("second start") if self.stream_id else self._start(parsed)
        if event == "stop":
            return Stopped()
        return None if event in self.ignored else Malformed("unknown event")

    def _mark(self, parsed: dict[str, Any]) -> str:
        return str(parsed["mark"]["name"])

    @abstractmethod
    def _start(self, parsed: dict[str, Any]) -> LineEvent:
        """Read who calls, and by which stream."""


def digit(parsed: dict[str, Any]) -> LineEvent:
    """Read a key that was pressed."""
    pressed = str(parsed["dtmf"]["digit"])
    return Digit(pressed) if pressed in KEYS else Malformed("dtmf")
