"""What recognisers over a socket share: sending audio, asking for the last words, one end.

``finalize`` must be answered even where the vendor has nothing left to say and stays
silent: a short wait then, a longer one while words are due.
"""

import asyncio
from abc import abstractmethod
from collections.abc import Callable, Mapping
from typing import Any

from providers import limits, wire
from providers.account import Account
from providers.audio import Converter, silence
from providers.errors import ProviderError
from providers.opening import Opening
from providers.ports import (
    AudioFormat,
    Encoding,
    Failed,
    Finalized,
    SttCapabilities,
    SttEvent,
    SttRequest,
    SttStream,
)

_ANSWER = 1.5  # s, when words heard so far are not final
_NO_ANSWER = 0.3  # s, when none are
_MUTE_MS = 1_500  # of audio that a vendor which acknowledges all of it has not


class StreamingEar(Opening):
    """One call's ear over a socket."""

    model = ""

    message_ms = 40  # audio in one message: a message costs more than its audio
    least_ms = 0  # of audio in one message, where the vendor refuses less

    def __init__(
        self,
        provider: str,
        request: SttRequest,
        on_event: Callable[[SttEvent], None],
        understood: tuple[Encoding, ...],
    ) -> None:
        super().__init__()
        self.provider = provider
        self.request = request
        self.closed = False
        self.words_due = False  # heard, and not final yet
        self.format = _taken(request.format, understood)
        self._converter = Converter(request.format, self.format)
        self._tell = on_event
        self._waiting = bytearray()
        self._sent = 0  # bytes
        self._padding = 0  # bytes of silence that nobody said, among them
        self._taken: float | None = None  # bytes acknowledged; None: it never does
        self._finalizing = 0  # finalize() calls not yet answered
        self._patience: asyncio.TimerHandle | None = None

    # ---- opening

    def deadline(self) -> float:
        """Return the loop's time by which a stream opened now must be ready."""
        return self.loop.time() + limits.STT_CONNECT

    @abstractmethod
    def ask_for_final(self) -> None:
        """Ask the vendor for the words of what was sent so far."""

    @abstractmethod
    def on_message(self, message: dict[str, Any]) -> None:
        """Take one message of the vendor's."""

    @abstractmethod
    def say_goodbye(self) -> None:
        """Tell the vendor that no more comes."""

    # ---- ours

    def send(self, audio: bytes) -> None:
        """Send audio."""
        if self.closed:
            return
        self._waiting += self._converter.convert(audio)
        if len(self._waiting) >= max(self.message_ms, self.least_ms) * self._per_ms:
            self.flush()

    def flush(self) -> None:
        """Send what waits for more of it."""
        if self.wire is None or not self._waiting:
            return
        lacking = self.least_ms - len(self._waiting) // self._per_ms
        if lacking > 0:
            self.pad(lacking)
            return
        self.wire.send_audio(bytes(self._waiting))
        self._sent += len(self._waiting)
        self._waiting.clear()

    def pad(self, milliseconds: int) -> None:
        """Send silence behind what waits; it does not count in the times of words."""
        quiet = silence(milliseconds, self.format)
        self._padding += len(quiet)
        self._waiting += quiet
        if self.wire is not None:
            self.wire.send_audio(bytes(self._waiting))
            self._sent += len(self._waiting)
            self._waiting.clear()

    def put(self, message: Any) -> None:
        """Send JSON, behind the audio before it."""
        self.flush()
        if self.wire and not self.closed:
            self.wire.send(message)

    def finalize(self) -> None:
        """Ask for what is left; the vendor may have nothing left to say."""
        if self.closed:
            return
        self.flush()
        self.ask_for_final()
        self._finalizing += 1
        # A vendor that takes no more audio must not pass for one that heard nothing:
        # whoever waits for an answer gives it up.
        if self._patience is None and not self._is_mute:
            wait = _ANSWER if self.words_due else _NO_ANSWER
            self._patience = self.loop.call_later(wait, self.finalized)

    def close(self) -> None:
        """End the stream."""
        if self.closed:
            return
        self._stop_waiting()
        if self.wire and self._ready.done() and not self._ready.cancelled():
            self.say_goodbye()
        self.closed = True
        self._waiting.clear()
        if self.wire:
            self.wire.close()

    # ---- for the vendor's half

    def emit(self, event: SttEvent) -> None:
        """Tell an event, unless the stream is over."""
        if not self.closed:
            self._tell(event)

    def at_ms(self, vendors_ms: float) -> int:
        """Return a time without the silence that was added before it."""
        return max(0, round(vendors_ms - self._padding / self._per_ms))

    def acknowledged(self, sent: float) -> None:
        """Note up to which byte the vendor has taken what was sent."""
        self._taken = sent
        if self._finalizing and self._patience is None:
            self._patience = self.loop.call_later(_ANSWER, self.finalized)

    @property
    def _is_mute(self) -> bool:
        if self._taken is None:
            return False
        return self._sent - self._taken > _MUTE_MS * self._per_ms

    @property
    def is_finalizing(self) -> bool:
        """Tell whether last words have been asked for."""
        return self._finalizing > 0

    def finalized(self) -> None:
        """All words have come."""
        self._stop_waiting()
        answers, self._finalizing = self._finalizing, 0
        for _ in range(answers):
            self.emit(Finalized())

    def on_lost(self, error: ProviderError) -> None:
        """Tell that the stream is dead, once."""
        if self.closed:
            return
        if self.refuse(error):
            return
        self._stop_waiting()
        self.closed = True
        self._waiting.clear()
        if self.wire:
            self.wire.close()
        self._tell(Failed(error))

    def _stop_waiting(self) -> None:
        if self._patience:
            self._patience.cancel()
            self._patience = None

    @property
    def _per_ms(self) -> int:
        return self.format.bytes_per_ms


class StreamingEars:
    """A ``SpeechToText`` over sockets; ``stream`` is what a call gets."""

    capabilities = SttCapabilities()
    stream: type[StreamingEar]
    understood: tuple[Encoding, ...] = ("mulaw", "alaw", "pcm_s16le")
    default_model = ""

    def __init__(self, account: Account, headers: Mapping[str, str]) -> None:
        self.account = account
        self.headers = dict(headers)

    async def open(
        self, request: SttRequest, on_event: Callable[[SttEvent], None]
    ) -> SttStream:
        """Open a stream within the connect limit, or raise ProviderError."""
        account = self.account
        stream = self.stream(account.provider, request, on_event, self.understood)
        stream.model = request.model or account.model or self.default_model
        until = stream.deadline()
        url = await self.address(stream, until)
        socket = await wire.connect(
            account,
            url,
            self.headers_of_socket(),
            within=max(0.001, until - stream.loop.time()),
            on_message=stream.on_message,
            on_lost=stream.on_lost,
        )
        await stream.opened(socket, until)
        return stream

    @abstractmethod
    async def address(self, stream: Any, until: float) -> str:
        """Return where to connect to for a stream."""

    def headers_of_socket(self) -> dict[str, str]:
        """Return the headers that carry the key."""
        return self.headers


def _taken(format: AudioFormat, understood: tuple[Encoding, ...]) -> AudioFormat:
    """Return the format to send: the line's own, else its samples."""
    if format.encoding in understood:
        return format
    return AudioFormat("pcm_s16le", format.sample_rate)
