"""Telnyx media streaming: JSON messages, RTP payloads at 8 kHz in base64.

https://developers.telnyx.com/api-reference/websockets/stream-call-media-over-websocket
(read 2026-11). We send PCMU; what comes follows the caller's leg and may be PCMA.
"""

import re
from binascii import Error, a2b_base64, b2a_base64
from typing import Any

import orjson

from providers.audio import Converter
from providers.ports import TELEPHONE, AudioFormat
from telephony.carrier import (
    AudioIn,
    Digit,
    LineEvent,
    Malformed,
    Marked,
    Started,
    Stopped,
)

MAX_FRAME = 8_000  # bytes of audio in one message: a second
KEYS = frozenset("0123456789*#ABCD")
LATE = 50  # frames; an earlier number than that is a new count
_NAME = re.compile(r"^[\x20-\x7e]{1,128}$")


class Media:
    """One stream's codec."""

    heard = TELEPHONE
    spoken = TELEPHONE

    def __init__(self) -> None:
        self.stream_id = ""
        self._chunk = 0
        self._converter: Converter | None = None

    def receive(self, message: str | bytes) -> LineEvent | None:
        """Read one message from Telnyx."""
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
        if not audio or len(audio) > MAX_FRAME:
            return Malformed(f"{len(audio)} bytes of audio")
        # Order is not promised: a frame behind its successors would be heard twice out
        # of place, and 20 ms are not missed.
        chunk = int(media.get("chunk") or 0)
        if chunk and self._chunk - LATE < chunk < self._chunk:
            return None
        self._chunk = chunk
        return AudioIn(self._converter.convert(audio) if self._converter else audio)

    def _control(self, event: Any, parsed: dict[str, Any]) -> LineEvent | None:
        if event == "mark":
            return Marked(str(parsed["mark"]["name"])[:128])
        if event == "dtmf":
            digit = str(parsed["dtmf"]["digit"])
            return Digit(digit) if digit in KEYS else Malformed("dtmf")
        if event == "start":
            return self._start(parsed)
        if event == "stop":
            return Stopped()
        if event in ("connected", "error"):
            return None
        return Malformed("unknown event")

    def _start(self, parsed: dict[str, Any]) -> LineEvent:
        if self.stream_id:
            return Malformed("second start")
        start = parsed["start"]
        stream_id = str(parsed["stream_id"])
        call_id = str(start["call_control_id"])
        encoding = str(start.get("media_format", {}).get("encoding", "PCMU"))
        if not _NAME.match(stream_id) or encoding not in ("PCMU", "PCMA"):
            return Malformed("start")
        token = a2b_base64(str(start.get("client_state") or "")).decode("ascii")
        if encoding == "PCMA":
            self._converter = Converter(AudioFormat("alaw", 8_000), TELEPHONE)
        self.stream_id = stream_id
        return Started(stream_id, call_id, {"token": token})

    # ---- out

    def audio(self, data: bytes) -> str:
        """Write audio."""
        payload = b2a_base64(data, newline=False).decode()
        return f'{{"event":"media","media":{{"payload":"{payload}"}}}}'

    def mark(self, name: str) -> str:
        """Write a mark."""
        return f'{{"event":"mark","mark":{{"name":"{name}"}}}}'

    def clear(self) -> str:
        """Write that queued audio must be dropped."""
        return '{"event":"clear"}'
