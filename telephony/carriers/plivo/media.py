"""Plivo audio streams: JSON messages, mu-law at 8 kHz in base64.

https://docs.plivo.com/docs/voice/xml/audiostream (read 2026-11)
"""

import re
from binascii import b2a_base64
from typing import Any

from telephony.carrier import (
    LineEvent,
    Malformed,
    Started,
)
from telephony.json_stream import NAME, JsonStream

_PAIR = re.compile(r"([A-Za-z0-9_-]+)\s*[=:]\s*([^,;}\"]+)")


class Media(JsonStream):
    """One stream's codec."""

    played = "playedStream"
    ignored = ("clearedAudio", "connected")

    def _mark(self, parsed: dict[str, Any]) -> str:
        return str(parsed["name"])

    def _start(self, parsed: dict[str, Any]) -> LineEvent:
        start = parsed["start"]
        stream_id, call_id = str(start["streamId"]), str(start.get("callId", ""))
        format = start.get("mediaFormat") or {}
        encoding = str(format.get("encoding", "audio/x-mulaw"))
        if not NAME.match(stream_id) or "mulaw" not in encoding:
            return Malformed("start")
        self.stream_id = stream_id
        return Started(stream_id, call_id, _headers(parsed.get("extra_headers")))

    # ---- out

    def audio(self, data: bytes) -> str:
        """Write audio."""
        payload = b2a_base64(data, newline=False).decode()
        return (
            '{"event":"playAudio","media":{"contentType":"audio/x-mulaw",'
            f'"sampleRate":8000,"payload":"{payload}"}}}}'
        )

    def mark(self, name: str) -> str:
        """Write a mark."""
        return f'{{"event":"checkpoint","streamId":"{self._quoted}","name":"{name}"}}'

    def clear(self) -> str:
        """Write that queued audio must be dropped."""
        return f'{{"event":"clearAudio","streamId":"{self._quoted}"}}'

    @property
    def _quoted(self) -> str:
        return self.stream_id.replace("\\", "\\\\").replace('"', '\\"')


def _headers(given: Any) -> dict[str, Any]:
    """Read the headers that our document asked for: an object, or ``{name: value}``."""
    if isinstance(given, dict):
        return {str(name): value for name, value in list(given.items())[:8]}
    return dict(_PAIR.findall(given[:512])) if isinstance(given, str) else {}
