"""Plivo audio streams: JSON messages, mu-law at 8 kHz in base64.

https://docs.plivo.com/docs/voice/xml/audiostream (read 2026-11)
"""

import re
from binascii import Error, a2b_base64, b2a_base64
from typing import Any

import orjson

from providers.ports import TELEPHONE
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
_NAME = re.compile(r"^[\x20-\x7e]{1,128}$")
_PAIR = re.compile(r"([A-Za-z0-9_-]+)\s*[=:]\s*([^,;}\"]+)")


class Media:
    """One stream's codec."""

    heard = TELEPHONE
    spoken = TELEPHONE

    def __init__(self) -> None:
        self.stream_id = ""

    def receive(self, message: str | bytes) -> LineEvent | None:
        """Read one message from Plivo."""
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
        return AudioIn(audio)

    def _control(self, event: Any, parsed: dict[str, Any]) -> LineEvent | None:
        if event == "playedStream":
            return Marked(str(parsed["name"])[:128])
        if event == "dtmf":
            digit = str(parsed["dtmf"]["digit"])
            return Digit(digit) if digit in KEYS else Malformed("dtmf")
        if event == "start":
            return self._start(parsed)
        if event == "stop":
            return Stopped()
        if event in ("clearedAudio", "connected"):
            return None
        return Malformed("unknown event")

    def _start(self, parsed: dict[str, Any]) -> LineEvent:
        if self.stream_id:
            return Malformed("second start")
        start = parsed["start"]
        stream_id, call_id = str(start["streamId"]), str(start.get("callId", ""))
        format = start.get("mediaFormat") or {}
        encoding = str(format.get("encoding", "audio/x-mulaw"))
        if not _NAME.match(stream_id) or "mulaw" not in encoding:
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
