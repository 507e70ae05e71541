"""Twilio Media Streams: JSON messages, mu-law at 8 kHz in base64, 20 ms a frame.

https://www.twilio.com/docs/voice/media-streams/websocket-messages (read 2026-11)
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
_NAME = re.compile(r"^[\x20-\x7e]{1,128}$")


class Media:
    """One stream's codec."""

    heard = TELEPHONE
    spoken = TELEPHONE

    def __init__(self) -> None:
        self.stream_id = ""

    def receive(self, message: str | bytes) -> LineEvent | None:
        """Read one message from Twilio."""
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
        if event == "mark":
            return Marked(str(parsed["mark"]["name"])[:128])
        if event == "dtmf":
            digit = str(parsed["dtmf"]["digit"])
            return (
                Digit(digit) if digit in set("0123456789*#ABCD") else Malformed("dtmf")
            )
        if event == "start":
            return self._start(parsed)
        if event == "stop":
            return Stopped()
        if event == "connected":
            return None
        return Malformed("unknown event")

    def _start(self, parsed: dict[str, Any]) -> LineEvent:
        if self.stream_id:
            return Malformed("second start")
        start = parsed["start"]
        stream_id, call_id = str(start["streamSid"]), str(start.get("callSid", ""))
        encoding = start.get("mediaFormat", {}).get("encoding", "audio/x-mulaw")
        if not _NAME.match(stream_id) or encoding != "audio/x-mulaw":
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
