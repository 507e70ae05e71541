"""Audio in, words out: the caller's side, over one recogniser at a time.

Nothing here is a task or a queue: frames go straight to voice activity and, 40 ms at a
time, to the recogniser. When a recogniser fails, the next one is opened and what was
said since the last final words is sent to it again.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from providers import limits
from providers.errors import ProviderError, TimedOut
from providers.ports import (
    AudioFormat,
    Failed,
    Finalized,
    SegmentedSttStream,
    SpeechStarted,
    SttEvent,
    SttStream,
    Transcript,
    VoiceActivity,
    VoiceActivityDetector,
)
from voice import opening, pieces
from voice.config import Ear
from voice.metrics import SoundSent
from voice.pieces import Piece
from voice.rota import Rota

STT_CHUNK_MS = 40
IDLE_CHUNK_MS = 100  # while nobody speaks; the first words are sent at once
PRE_ROLL_MS = 600  # sent with speech to a recogniser that must not hear silence
KEPT_MS = 10_000  # of audio, for the next recogniser
MODEL_MS = 8_000  # of audio, for the end-of-turn model


@dataclass(frozen=True, slots=True)
class Hearing:
    """Where what is heard goes."""

    window: Callable[[float], None]  # probability of speech
    words: Callable[[Transcript, Piece | None], None]  # and when a final was said
    finalized: Callable[[], None]
    started: Callable[[], None]  # by the vendor's own endpointing
    fell_back: Callable[[str, str, ProviderError], None]  # failed, next or "", why
    retried: Callable[[str, ProviderError], None]
    used: Callable[[Ear, float], None]  # seconds of audio


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
        self._rota = Rota(ears)
        self._format = format
        self._hearing = hearing
        self._now = now
        self._activity: VoiceActivity | None = (
            detector.open(format, hearing.window) if detector else None
        )
        self._stream: SttStream | None = None
        self._opening: asyncio.Task[None] | None = None
        self._openings = 0  # so that late events of a stream that was left are known
        self._busy_bytes = STT_CHUNK_MS * format.bytes_per_ms
        self._idle_bytes = IDLE_CHUNK_MS * format.bytes_per_ms
        # Without voice activity nobody tells when to hurry.
        self._chunk_bytes = self._idle_bytes if detector else self._busy_bytes
        self._pending = bytearray()  # not sent yet
        self._is_idle = True  # nobody speaks, so only the last moment is worth keeping
        self._gate_open = True  # speech goes to the recogniser
        self._pre_roll = bytearray()  # while it does not
        self._since_final = bytearray()  # sent, but not in final words yet
        self._tail = bytearray()  # for the end-of-turn model
        self._tail_bytes = MODEL_MS * format.bytes_per_ms if keep_tail else 0
        self._sent = SoundSent(format, hearing.used)
        self._stream_bytes = 0  # sent to it since it was opened
        self._last_sign_ms = 0  # of life from the recogniser
        self._finalizing_since: int | None = None
        self._silences = 0  # times in a row that a recogniser fell silent
        self._closed = False
        self.muted = False

    # ---- opening

    async def open(self) -> None:
        """Open the first recogniser that will open."""
        while not self._closed and (ear := self._rota.current):
            self._openings += 1
            request = replace(ear.request, format=self._format)
            try:
                stream = await opening.in_time(
                    ear.port.open(request, partial(self._on_event, self._openings)),
                    limits.STT_CONNECT,
                    ear.provider,
                )
            except ProviderError as error:
                self._leave(error)
            else:
                self._opened(ear, stream)
                return

    def _opened(self, ear: Ear, stream: SttStream) -> None:
        if self._closed:
            stream.close()
            return
        self._stream = stream
        self._stream_bytes = 0
        self._last_sign_ms = self._now()
        # Without voice activity nobody could open the gate.
        is_gated = ear.port.capabilities.segmented and self._activity is not None
        if not is_gated:
            self._gate_open = True
        elif not self._since_final:
            self._gate_open = False
        if self._since_final:
            self._give(bytes(self._since_final))
        if self._finalizing_since is not None:
            self._finalizing_since = self._now()
            stream.finalize()

    def change(self, ears: Sequence[Ear]) -> None:
        """Listen with other recognisers from now on."""
        if self._closed or not ears:
            return
        self._sent.tell(self._rota.current)
        self._rota = Rota(ears)
        self._openings += 1  # what the old one still says is nobody's
        self._since_final.clear()
        self._finalizing_since = None
        self._silences = 0
        if self._opening:
            self._opening.cancel()
        self._reopen()

    def _leave(self, error: ProviderError, *, at_once: bool = False) -> None:
        self._sent.tell(self._rota.current)
        self._rota.leave(error, self._hearing, at_once=at_once)

    def _reopen(self) -> None:
        if self._stream is not None:
            self._stream.close()
            self._stream = None
        self._opening = asyncio.get_running_loop().create_task(self.open())

    def _fall_silent(self, error: ProviderError) -> None:
        """Leave a recogniser that gives no words; the last one is only opened anew.

        It may be right: noise and music hold no words. The caller has waited long
        enough, so the next one is not tried after a second wait for the same.
        """
        self._silences += 1
        self._last_sign_ms = self._now()
        self._finalizing_since = None
        ear = self._rota.current
        if self._rota.has_next:
            self._leave(error, at_once=True)
        elif ear is not None:
            self._sent.tell(ear)
            self._hearing.retried(ear.provider, error)
        self._reopen()

    # ---- the hot path

    def hear(self, sound: bytes) -> None:
        """Take audio from the caller."""
        if self.muted or self._closed:
            return
        if self._activity:
            self._activity.push(sound)
        self._pending += sound
        if len(self._pending) >= self._chunk_bytes:
            self._send()

    def _send(self) -> None:
        chunk = bytes(self._pending)
        self._pending.clear()
        if self._tail_bytes:
            self._tail += chunk
            if len(self._tail) > self._tail_bytes * 2:
                del self._tail[: -self._tail_bytes]
        if not self._gate_open:
            self._pre_roll += chunk
            del self._pre_roll[: -PRE_ROLL_MS * self._format.bytes_per_ms]
            return
        self._give(chunk)
        self._since_final += chunk
        kept = (PRE_ROLL_MS if self._is_idle else KEPT_MS) * self._format.bytes_per_ms
        if len(self._since_final) > kept * 2:
            del self._since_final[:-kept]

    def _give(self, chunk: bytes) -> None:
        if self._stream:
            self._stream.send(chunk)
            self._sent.add(chunk)
            self._stream_bytes += len(chunk)

    def speech_began(self) -> None:
        """Let the recogniser hear, from a moment before."""
        self._last_sign_ms = self._now()
        self._is_idle = False
        self._chunk_bytes = self._busy_bytes
        if not self._gate_open:
            self._gate_open = True
            self._pending[:0] = self._pre_roll
            self._pre_roll.clear()
        if self._pending:
            self._send()

    def turn_over(self) -> None:
        """Nobody speaks: spare a recogniser the silence that it would make words of."""
        self._is_idle = True
        if self._activity is not None:
            self._chunk_bytes = self._idle_bytes
        ear = self._rota.current
        if ear and ear.port.capabilities.segmented and self._activity is not None:
            self._gate_open = False
            self._since_final.clear()

    def finalize(self) -> None:
        """Ask for the words of what was said so far."""
        if self._pending:
            self._send()
        if self._finalizing_since is None:
            self._finalizing_since = self._now()
        if self._stream:
            self._stream.finalize()

    def split(self, at_ms: int) -> bool:
        """Have what was said before a time recognised apart from the rest; tell whether
        the recogniser needs that, so that a final of it comes."""
        stream = self._stream
        if not (self._gate_open and isinstance(stream, SegmentedSttStream)):
            return False
        stream.split(at_ms - self._zero_ms())
        return True

    def _zero_ms(self) -> int:
        """Return when the first audio of the stream was heard, had it come without a gap
        since: within a turn it does."""
        length = self._stream_bytes + len(self._pending)
        return self._now() - length // self._format.bytes_per_ms

    def recent_audio(self) -> bytes:
        """Return up to the last 8 s of the caller's audio, in the line's format."""
        return bytes(self._tail[-self._tail_bytes :]) + bytes(self._pending)

    def watch(self, *, caller_speaks: bool) -> None:
        """Leave a recogniser that has fallen silent. Called a few times a second.

        What sounds like speech may be a song: the last recogniser is not given up for
        want of words, and one without partials has nothing to say before the pause.
        """
        ear = self._rota.current
        if self._stream is None or ear is None:
            return
        now, patience = self._now(), 1000 * 2 ** min(self._silences, 4)
        due = caller_speaks and self._rota.has_next and ear.port.capabilities.partials
        if due and now - self._last_sign_ms > limits.STT_SILENCE * patience:
            self._fall_silent(TimedOut("no words while the caller spoke"))
        elif (
            self._finalizing_since is not None
            and now - self._finalizing_since > limits.STT_FINALIZE * patience
        ):
            self._fall_silent(TimedOut("no final words"))

    # ---- from the recogniser

    def _on_event(self, number: int, event: SttEvent) -> None:
        if self._closed or number != self._openings:
            return
        self._last_sign_ms = self._now()
        if isinstance(event, Failed):
            if self._stream is not None:
                self._leave(event.error)
                self._reopen()
            return
        self._silences = 0
        if isinstance(event, Transcript):
            placed = None
            if event.is_final:
                self._rota.worked()
                self._forget_until(event.end_ms)
                placed = pieces.of(event, self._zero_ms())
            self._hearing.words(event, placed)
        elif isinstance(event, Finalized):
            self._finalizing_since = None
            self._since_final.clear()
            self._hearing.finalized()
        elif isinstance(event, SpeechStarted):
            self._hearing.started()

    def _forget_until(self, end_ms: int) -> None:
        """Keep audio behind the end of final words; where it is not told, keep none."""
        behind = self._stream_bytes - end_ms * self._format.bytes_per_ms
        if 0 < behind < len(self._since_final) and end_ms:
            del self._since_final[:-behind]
        elif not end_ms or behind <= 0:
            self._since_final.clear()

    # ---- the end

    def close(self) -> None:
        """Stop listening for good."""
        if self._closed:
            return
        self._closed = True
        if self._activity:
            self._activity.close()
        if self._opening:
            self._opening.cancel()
        if self._stream:
            self._stream.close()
            self._stream = None
        self._sent.tell(self._rota.current)
