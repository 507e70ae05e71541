"""Vonage WebSockets: binary PCM at 16 kHz, 20 ms a message; JSON for the rest.

https://developer.vonage.com/en/voice/voice-api/concepts/websockets (read 2026-11)
"""

import re
from typing import Any

import orjson

from providers.ports import AudioFormat
from telephony.carrier import AudioIn, Digit, LineEvent, Malformed, Marked, Started

WIDE = AudioFormat("pcm_s16le", 16_000)
FRAME = 640  # bytes: 20 ms
MAX_FRAME = 32_000  # bytes of audio in one message: a second
KEYS = frozenset("0123456789*#ABCD")
_NAME = re.compile(r"^[\x20-\x7e]{1,128}$")


class Media:
    """One stream's codec. A stream has no name of its own and ends with its socket."""

    heard = WIDE
    spoken = WIDE

    def __init__(self) -> None:
        self._started = False
        self._rest = b""  # of a frame that is not full yet

    def receive(self, message: str | bytes) -> LineEvent | None:
        """Read one message from Vonage."""
        if isinstance(message, bytes):
            if not self._started:
                return Malformed("audio before connected")
            if not message or len(message) % 2 or len(message) > MAX_FRAME:
                return Malformed(f"{len(message)} bytes of audio")
            return AudioIn(message)
        try:
            parsed = orjson.loads(message)
            return self._control(parsed["event"], parsed)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            return Malformed(type(error).__name__)

    def _control(self, event: Any, parsed: dict[str, Any]) -> LineEvent | None:
        if event == "websocket:connected":
            return self._start(parsed)
        if event == "websocket:notify":
            return Marked(str(parsed["payload"]["name"])[:128])
        if event == "websocket:dtmf":
            digit = str(parsed.get("digit") or parsed["dtmf"]["digit"])
            return Digit(digit) if digit in KEYS else Malformed("dtmf")
        return None if event == "websocket:cleared" else Malformed("unknown event")

    def _start(self, parsed: dict[str, Any]) -> LineEvent:
        call_id, rate = str(parsed.get("call_id", "")), str(parsed["content-type"])
        if self._started:
            return Malformed("second connected")
        if not _NAME.match(call_id) or rate.replace(" ", "") != "audio/l16;rate=16000":
            return Malformed("connected")
        self._started = True
        return Started("", call_id, {"token": str(parsed.get("token", ""))})

    # ---- out

    def audio(self, data: bytes) -> list[str | bytes]:
        """Write audio in whole frames; what is left waits for more."""
        data = self._rest + data
        whole = len(data) // FRAME * FRAME
        self._rest = data[whole:]
        return [data[at : at + FRAME] for at in range(0, whole, FRAME)]

    def mark(self, name: str) -> list[str | bytes]:
        """Write a mark, behind the last frame, filled up with silence."""
        rest, self._rest = self._rest, b""
        mark = f'{{"action":"notify","payload":{{"name":"{name}"}}}}'
        return [rest.ljust(FRAME, b"\0"), mark] if rest else [mark]

    def clear(self) -> str:
        """Write that queued audio must be dropped."""
        self._rest = b""
        return '{"action":"clear"}'
