"""The browser's media socket: JSON for control, binary for audio.

``docs/architecture.md`` describes the messages. Audio is s16le mono, 16 kHz from the
browser and 24 kHz to it.
"""

from typing import Any

import orjson

from providers.ports import AudioFormat
from telephony.carrier import (
    AudioIn,
    Digit,
    LineEvent,
    Malformed,
    Marked,
    Muted,
    Started,
    Stopped,
    TookOver,
    Typed,
    Whispered,
)

MICROPHONE = AudioFormat("pcm_s16le", 16_000)
LOUDSPEAKER = AudioFormat("pcm_s16le", 24_000)
MAX_TYPED = 2_000  # characters
KEYS = frozenset("0123456789*#")


class BrowserMedia:
    """One socket's codec."""

    heard = MICROPHONE
    spoken = LOUDSPEAKER

    def __init__(self) -> None:
        self._greeted = False

    def receive(self, message: str | bytes) -> LineEvent | None:
        """Read one message from the browser."""
        if isinstance(message, bytes):
            return self._audio(message)
        try:
            parsed = orjson.loads(message)
            return self._control(parsed["type"], parsed)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            return Malformed(type(error).__name__)

    def _audio(self, data: bytes) -> LineEvent:
        if not self._greeted:
            return Malformed("audio before hello")
        if not data or len(data) % 2:
            return Malformed("half a sample")
        return AudioIn(data)

    def _control(self, kind: Any, parsed: dict[str, Any]) -> LineEvent | None:
        if kind == "hello" and not self._greeted:
            hello = {"token": str(parsed["token"])[:128], "rate": parsed["rate"]}
            self._greeted = True
            return Started("", "", hello)
        if not self._greeted:
            return Malformed("no hello")
        if kind == "mark":
            return Marked(str(parsed["name"])[:128])
        if kind == "text":
            return Typed(str(parsed["text"])[:MAX_TYPED])
        if kind == "digit" and str(parsed["digit"]) in KEYS:
            return Digit(str(parsed["digit"]))
        if kind == "mute":
            return Muted(bool(parsed["on"]))
        if kind == "whisper":
            return Whispered(str(parsed["text"])[:MAX_TYPED])
        if kind == "take_over":
            return TookOver(bool(parsed["on"]))
        return Stopped() if kind == "end" else Malformed("unknown type")

    def audio(self, data: bytes) -> bytes:
        """Write audio."""
        return data

    def mark(self, name: str) -> str:
        """Write a mark."""
        return f'{{"type":"mark","name":"{name}"}}'

    def clear(self) -> str:
        """Write that queued audio must be dropped."""
        return '{"type":"clear"}'

    @staticmethod
    def say(kind: str, **content: Any) -> str:
        """Write any other message."""
        return orjson.dumps({"type": kind, **content}).decode()
