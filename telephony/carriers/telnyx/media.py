"""Telnyx media streaming: JSON messages, RTP payloads at 8 kHz in base64.

https://developers.telnyx.com/api-reference/websockets/stream-call-media-over-websocket
(read 2026-11). We send PCMU; what comes follows the caller's leg and may be PCMA.
"""

from binascii import a2b_base64, b2a_base64
from typing import Any

from providers.audio import Converter
from providers.ports import TELEPHONE, AudioFormat
from telephony.carrier import (
    AudioIn,
    LineEvent,
    Malformed,
    Started,
)
from telephony.json_stream import NAME, JsonStream

LATE = 50  # frames; an earlier number than that is a new count


class Media(JsonStream):
    """One stream's codec."""

    ignored = ("connected", "error")

    def __init__(self) -> None:
        super().__init__()
        self._chunk = 0
        self._converter: Converter | None = None

    def _audio_in(self, audio: bytes, media: dict[str, Any]) -> LineEvent | None:
        # Order is not promised: a frame behind its successors would be heard twice out
        # of place, and 20 ms are not missed.
        chunk = int(media.get("chunk") or 0)
        if chunk and self._chunk - LATE < chunk < self._chunk:
            return None
        self._chunk = chunk
        return AudioIn(self._converter.convert(audio) if self._converter else audio)

    def _start(self, parsed: dict[str, Any]) -> LineEvent:
        start = parsed["start"]
        stream_id = str(parsed["stream_id"])
        call_id = str(start["call_control_id"])
        encoding = str(start.get("media_format", {}).get("encoding", "PCMU"))
        if not NAME.match(stream_id) or encoding not in ("PCMU", "PCMA"):
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
