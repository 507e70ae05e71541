"""Twilio Media Streams: JSON messages, mu-law at 8 kHz in base64, 20 ms a frame.

https://www.twilio.com/docs/voice/media-streams/websocket-messages (read 2026-11)
"""

from binascii import b2a_base64
from typing import Any

from telephony.carrier import (
    LineEvent,
    Malformed,
    Started,
)
from telephony.json_stream import NAME, JsonStream


class Media(JsonStream):
    """One stream's codec."""

    def _start(self, parsed: dict[str, Any]) -> LineEvent:
        start = parsed["start"]
        stream_id, call_id = str(start["streamSid"]), str(start.get("callSid", ""))
        encoding = start.get("mediaFormat", {}).get("encoding", "audio/x-mulaw")
        if not NAME.match(stream_id) or encoding != "audio/x-mulaw":
            return Malformed("start")
        self.stream_id = stream_id
        parameters = start.get("customParameters") or {}
        return Started(stream_id, call_id, dict(parameters))

    # ---- out; built by hand: this is the hottest line of a call

    def audio(self, data: bytes) -> str:
        """Write audio."""
        payload = b2a_base64(data, newline=False).decode()
        return (
            f'{{"event":"media","streamSid":"{self._quoted}",'
            f'"media":{{"payload":"{payload}"}}}}'
        )

    def mark(self, name: str) -> str:
        """Write a mark."""
        return f'{{"event":"mark","streamSid":"{self._quoted}","mark":{{"name":"{name}"}}}}'

    def clear(self) -> str:
        """Write that queued audio must be dropped."""
        return f'{{"event":"clear","streamSid":"{self._quoted}"}}'

    @property
    def _quoted(self) -> str:
        return self.stream_id.replace("\\", "\\\\").replace('"', '\\"')
