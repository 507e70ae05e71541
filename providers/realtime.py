"""What all speech-to-speech streams share: opening in steps, sound in and out, one end."""

import base64
from collections.abc import Callable
from typing import Any

from providers import limits
from providers.audio import Converter
from providers.errors import ProviderError
from providers.opening import Opening
from providers.ports import (
    AudioFormat,
    Failed,
    RealtimeEvent,
    RealtimeRequest,
    ReplySound,
)

_PIECE_MS = 100  # least sound in one event


class RealtimeSocket(Opening):
    """One call's head over a socket; ``spoken`` is the format the vendor makes, and
    ``understood`` the one it is sent."""

    resume = ""

    def __init__(
        self,
        provider: str,
        request: RealtimeRequest,
        on_event: Callable[[RealtimeEvent], None],
        *,
        understood: AudioFormat,
        spoken: AudioFormat,
    ) -> None:
        super().__init__()
        self.provider = provider
        self.request = request
        self.closed = False
        self._tell = on_event
        self._inward = Converter(request.format, understood)
        self._spoken = spoken
        self._outward = Converter(spoken, request.voice_format)
        self._piece_bytes = spoken.bytes_per_ms * _PIECE_MS
        self._sounding = ""  # the reply that ``_waiting`` belongs to
        self._waiting = bytearray()

    # ---- opening

    def deadline(self) -> float:
        """Return the loop's time by which a stream opened now must be ready."""
        return self.loop.time() + limits.REALTIME_CONNECT

    # ---- both ways

    def put(self, message: Any) -> None:
        """Send JSON."""
        if self.wire and not self.closed:
            self.wire.send(message)

    def packed(self, audio: bytes) -> str:
        """Return the caller's sound as the vendor takes it, in base64."""
        return base64.b64encode(self._inward.convert(audio)).decode()

    def emit(self, event: RealtimeEvent) -> None:
        """Tell an event, unless the stream is over."""
        if not self.closed and not self.is_opening:
            self._tell(event)

    def take_sound(self, reply: str, packed: str) -> int:
        """Take a piece of a reply's sound in base64; return how many bytes it is."""
        sound = base64.b64decode(packed, validate=True)
        if self._sounding != reply:
            self.end_sound()
            self._sounding = reply
        self._waiting += sound
        if len(self._waiting) >= self._piece_bytes:
            self._pass_on(self._outward.convert(bytes(self._waiting)))
        return len(sound)

    def _pass_on(self, sound: bytes) -> None:
        self._waiting.clear()
        if sound:
            self.emit(ReplySound(self._sounding, sound))

    def end_sound(self) -> None:
        """Tell what waits for more sound of the reply: no more comes."""
        if self._sounding:
            self._pass_on(self._outward.convert(bytes(self._waiting), last=True))
            self.drop_sound()

    def drop_sound(self) -> None:
        """Forget sound that nobody wants any more."""
        self._sounding = ""
        self._waiting.clear()
        self._outward = Converter(self._spoken, self.request.voice_format)

    # ---- the end

    def on_lost(self, error: ProviderError) -> None:
        """Tell that the stream is dead, once."""
        if self.closed:
            return
        if self.refuse(error):
            return
        self.end_sound()
        told = self._tell
        self.close()
        told(Failed(error))

    def close(self) -> None:
        """End the stream."""
        self.closed = True
        self._waiting.clear()
        if self.wire:
            self.wire.close()
