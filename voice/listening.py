"""Audio in, words out: the caller's side, over one recogniser at a time.

Nothing here is a task or a queue: frames go straight to voice activity and, 40 ms at a
time, to the recogniser. When a recogniser fails, the next one is opened and what was
said since the last final words is sent to it again.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from providers import limits
from providers.errors import ProviderError, TimedOut
from providers.ports import (
    AudioFormat,
    Failed,
    Finalized,
    SpeechStarted,
    SttEvent,
    SttStream,
    Transcript,
    VoiceActivity,
    VoiceActivityDetector,
)
from voice.config import Ear

STT_CHUNK_MS = 40
KEPT_MS = 10_000  # of audio, for the next recogniser
MODEL_MS = 8_000  # of audio, for the end-of-turn model


@dataclass(frozen=True, slots=True)
class Hearing:
    """Where what is heard goes."""

    window: Callable[[float], None]  # probability of speech
    words: Callable[[Transcript], None]
    finalized: Callable[[], None]
    started: Callable[[], None]  # by the vendor's own endpointing
    fell_back: Callable[[str, str, ProviderError], None]  # failed, next or "", why


class Listening:
    """One call's ear."""

    def __init__(
        self,
        ears: Sequence[Ear],
        format: AudioFormat,
        detector: VoiceActivityDetector | None,
        hearing: Hearing,
        now: Callable[[], int],
        *,
        keep_tail: bool = False,
    ) -> None:
        self._ears = list(ears)
        self._format = format
        self._hearing = hearing
        self._now = now
        self._activity: VoiceActivity | None = (
            detector.open(format, hearing.window) if detector else None
        )
        self._stream: SttStream | None = None
        self._chunk_bytes = STT_CHUNK_MS * format.bytes_per_ms
        self._pending = bytearray()  # not sent yet
        self._since_final = bytearray()  # sent, but not in final words yet
        self._kept_bytes = KEPT_MS * format.bytes_per_ms
        self._tail = bytearray()  # for the end-of-turn model
        self._tail_bytes = MODEL_MS * format.bytes_per_ms if keep_tail else 0
        self._last_word_ms = 0
        self._finalizing_since: int | None = None
        self._opening: asyncio.Task[None] | None = None
        self._closed = False
        self.muted = False
        self.heard_ms = 0  # of audio, for the meter

    # ---- opening

    async def open(self) -> None:
        """Open the first recogniser that will open."""
        while self._ears and not self._closed:
            ear = self._ears[0]
            request = replace(ear.request, format=self._format)
            try:
                async with asyncio.timeout(limits.STT_CONNECT * 3):
                    stream = await ear.port.open(request, self._on_event)
            except TimeoutError:
                self._drop_ear(TimedOut("did not open in time", provider=ear.provider))
            except ProviderError as error:
                self._drop_ear(error)
            else:
                self._opened(stream)
                return

    def _opened(self, stream: SttStream) -> None:
        if self._closed:
            stream.close()
            return
        self._stream = stream
        self._last_word_ms = self._now()
        if self._since_final:
            stream.send(bytes(self._since_final))
        if self._finalizing_since is not None:
            stream.finalize()

    def _drop_ear(self, error: ProviderError) -> None:
        failed = self._ears.pop(0)
        to = self._ears[0].provider if self._ears else ""
        self._hearing.fell_back(failed.provider, to, error)

    def _fail_over(self, error: ProviderError) -> None:
        """Leave a recogniser that does not do its work; open the next one."""
        if self._closed or self._stream is None:
            return
        self._stream.close()
        self._stream = None
        self._drop_ear(error)
        self._opening = asyncio.get_running_loop().create_task(self.open())

    @property
    def provider(self) -> Ear | None:
        """The recogniser in use; None: there is none left."""
        return self._ears[0] if self._ears else None

    # ---- the hot path

    def hear(self, audio: bytes) -> None:
        """Take audio from the caller."""
        if self.muted or self._closed:
            return
        if self._activity:
            self._activity.push(audio)
        self._pending += audio
        if len(self._pending) >= self._chunk_bytes:
            self._send()

    def _send(self) -> None:
        chunk = bytes(self._pending)
        self._pending.clear()
        self.heard_ms += len(chunk) // self._format.bytes_per_ms
        if self._stream:
            self._stream.send(chunk)
        self._since_final += chunk
        if len(self._since_final) > self._kept_bytes * 2:
            del self._since_final[: -self._kept_bytes]
        if self._tail_bytes:
            self._tail += chunk
            if len(self._tail) > self._tail_bytes * 2:
                del self._tail[: -self._tail_bytes]

    def finalize(self) -> None:
        """Ask for the words of what was said so far."""
        if self._pending:
            self._send()
        if self._finalizing_since is None:
            self._finalizing_since = self._now()
        if self._stream:
            self._stream.finalize()

    def recent_audio(self) -> bytes:
        """Return up to the last 8 s of the caller's audio, in the line's format."""
        return bytes(self._tail[-self._tail_bytes :])

    def watch(self, *, caller_speaks: bool) -> None:
        """Leave a recogniser that has fallen silent. Called a few times a second.

        What sounds like speech may be a song: the last recogniser is not given up for
        silence, and one that gives no partials has nothing to say before the pause.
        """
        if self._stream is None:
            return
        now = self._now()
        partials = self._ears[0].port.capabilities.partials
        due = caller_speaks and partials and len(self._ears) > 1
        if due and now - self._last_word_ms > limits.STT_SILENCE * 1000:
            self._fail_over(TimedOut("no words while the caller spoke"))
        elif (
            self._finalizing_since is not None
            and now - self._finalizing_since > limits.STT_FINALIZE * 1000
        ):
            self._fail_over(TimedOut("no final words"))

    def speech_began(self) -> None:
        """Start counting the recogniser's silence anew."""
        self._last_word_ms = self._now()

    # ---- from the recogniser

    def _on_event(self, event: SttEvent) -> None:
        if self._closed:
            return
        self._last_word_ms = self._now()
        if isinstance(event, Transcript):
            if event.is_final:
                self._since_final.clear()
                self._finalizing_since = None
            self._hearing.words(event)
        elif isinstance(event, Finalized):
            self._finalizing_since = None
            self._since_final.clear()
            self._hearing.finalized()
        elif isinstance(event, SpeechStarted):
            self._hearing.started()
        elif isinstance(event, Failed):
            self._fail_over(event.error)

    def close(self) -> None:
        """Stop listening for good."""
        self._closed = True
        if self._activity:
            self._activity.close()
        if self._opening:
            self._opening.cancel()
        if self._stream:
            self._stream.close()
            self._stream = None
