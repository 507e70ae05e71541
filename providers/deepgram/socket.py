"""What Deepgram's sockets share: the key and the names of encodings; and what all of its
recognisers do: sending audio, and the end."""

import asyncio
from abc import abstractmethod
from collections.abc import Callable
from typing import Any

from providers.account import Account
from providers.errors import ProviderError, Unavailable
from providers.ports import AudioFormat, Failed, SttEvent
from providers.wire import Wire

ENCODINGS = {"pcm_s16le": "linear16", "mulaw": "mulaw", "alaw": "alaw"}
_MESSAGE_MS = 40  # audio in one message: a message costs more than its audio


def headers(account: Account) -> dict[str, str]:
    """Return the headers that carry the key."""
    return {"Authorization": f"Token {account.secret()}"}


class Ear:
    """One call's ear, but for what it makes of Deepgram's answers."""

    def __init__(
        self, format: AudioFormat, on_event: Callable[[SttEvent], None]
    ) -> None:
        self._emit = on_event
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
        if not self.closed:
            self._stop_timers()
            self.command("CloseStream")
        self._end()

    def on_lost(self, error: ProviderError) -> None:
        """Tell that the stream is dead, once."""
        if self.closed:
            return
        self._stop_timers()
        self._end()
        self._emit(Failed(error))

    def failed(self, message: dict[str, Any]) -> None:
        """Take what Deepgram says of an error of its own."""
        words = message.get("description") or message.get("message") or ""
        self.on_lost(Unavailable(f"Deepgram: {words[:200]}", provider="deepgram"))

    @abstractmethod
    def _stop_timers(self) -> None:
        """Wait for nothing more."""

    def _end(self) -> None:
        self.closed = True
        self._waiting.clear()
        if self._wire:
            self._wire.close()
