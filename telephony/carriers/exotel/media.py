"""Exotel AgentStream, Voicebot applet: JSON messages, linear PCM in base64.

https://developer.exotel.com/docs/agentstream/websocket-protocol and
https://developer.exotel.com/docs/agentstream/stream-voicebot-applet (read 2026-11).
The rate is ours to choose, in the address of the socket. A message to Exotel has 3.2 kB at
least (100 ms at this rate), 100 kB at most, and whole pieces of 320 bytes, or the caller
hears gaps.
"""

from binascii import b2a_base64
from typing import Any

from providers.ports import AudioFormat
from telephony.carrier import AudioIn, LineEvent, Malformed, Started
from telephony.json_stream import NAME, JsonStream

RATE = 16_000  # Hz
PIECE, LEAST, MOST = 320, 3_200, 96_000  # bytes


class Media(JsonStream):
    """One stream's codec."""

    heard = AudioFormat("pcm_s16le", RATE)
    spoken = AudioFormat("pcm_s16le", RATE)
    longest = 2 * RATE  # bytes: a second
    ignored = ("connected", "clear")

    def __init__(self) -> None:
        super().__init__()
        self._rest = b""  # too little to be sent yet

    def _audio_in(self, audio: bytes, media: dict[str, Any]) -> LineEvent | None:
        return Malformed("half a sample") if len(audio) % 2 else AudioIn(audio)

    def _start(self, parsed: dict[str, Any]) -> LineEvent:
        start = parsed["start"]
        stream_id, call_id = str(start["stream_sid"]), str(start["call_sid"])
        format = start.get("media_format") or {}
        rate = str(format.get("sample_rate") or RATE)
        if not NAME.match(stream_id) or rate != str(RATE) or _is_mulaw(format):
            return Malformed("start")
        self.stream_id = stream_id
        return Started(stream_id, call_id, dict(start.get("custom_parameters") or {}))

    # ---- out

    def audio(self, data: bytes) -> list[str | bytes]:
        """Write audio in whole pieces; what is too little waits for more."""
        self._rest += data
        written: list[str | bytes] = []
        while len(self._rest) >= LEAST:
            size = min(len(self._rest) // PIECE * PIECE, MOST)
            written.append(self._media_out(self._rest[:size]))
            self._rest = self._rest[size:]
        return written

    def mark(self, name: str) -> list[str | bytes]:
        """Write a mark, behind the last audio, filled up with silence."""
        rest, self._rest = self._rest, b""
        mark = f'{{"event":"mark","stream_sid":"{self._quoted}","mark":{{"name":"{name}"}}}}'
        return [self._media_out(rest.ljust(LEAST, b"\0")), mark] if rest else [mark]

    def clear(self) -> str:
        """Write that queued audio must be dropped."""
        self._rest = b""
        return f'{{"event":"clear","stream_sid":"{self._quoted}"}}'

    def _media_out(self, data: bytes) -> str:
        payload = b2a_base64(data, newline=False).decode()
        return (
            f'{{"event":"media","stream_sid":"{self._quoted}",'
            f'"media":{{"payload":"{payload}"}}}}'
        )

    @property
    def _quoted(self) -> str:
        return self.stream_id.replace("\\", "\\\\").replace('"', '\\"')


def _is_mulaw(format: dict[str, Any]) -> bool:
    """Tell whether the applet was set to the telephone's own coding."""
    return "mulaw" in str(format.get("encoding", "")).lower()
