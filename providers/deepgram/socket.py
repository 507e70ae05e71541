"""What all of Deepgram's recognisers share: the key, and sending audio."""

import asyncio

from providers.account import Account
from providers.ports import AudioFormat
from providers.wire import Wire

_MESSAGE_MS = 40  # audio in one message: a message costs more than its audio


def headers(account: Account) -> dict[str, str]:
    """Return the headers that carry the key."""
    return {"Authorization": f"Token {account.secret()}"}


class Ear:
    """The sending half of a stream."""

    def __init__(self, format: AudioFormat) -> None:
        self.loop = asyncio.get_running_loop()
        self.closed = False
        self._bytes_a_ms = format.bytes_per_ms
        self._message_bytes = format.bytes_per_ms * _MESSAGE_MS
        self._waiting = bytearray()
        self._sent = 0  # bytes
        self._sent_at = self.loop.time()
        self._wire: Wire | None = None

    def attach(self, wire: Wire) -> None:
        """Start sending; what was said meanwhile goes first."""
        self._wire = wire

    @property
    def sent_ms(self) -> int:
        """Return how much audio was sent."""
        return self._sent // self._bytes_a_ms

    def idle_for(self) -> float:
        """Return the seconds since the last audio."""
        return self.loop.time() - self._sent_at

    def send(self, audio: bytes) -> None:
        """Send audio, in messages of 40 ms."""
        if self.closed:
            return
        self._waiting += audio
        if len(self._waiting) >= self._message_bytes:
            self.flush()

    def command(self, kind: str) -> None:
        """Send a message that is no audio, behind the audio before it."""
        self.flush()
        if self._wire:
            self._wire.send({"type": kind})

    def flush(self) -> None:
        """Send what waits for the rest of its 40 ms."""
        if self._wire is None or not self._waiting:
            return
        self._wire.send_audio(bytes(self._waiting))
        self._sent += len(self._waiting)
        self._sent_at = self.loop.time()
        self._waiting.clear()

    def close(self) -> None:
        """End the stream."""
        self.closed = True
        self._waiting.clear()
        if self._wire:
            self._wire.close()
