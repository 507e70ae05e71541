"""Audio in, audio out: one model that hears, thinks and speaks, and the next one.

A stream that is lost is opened again with what was said, and with the caller's sound
that was not answered yet; a model that fails twice gives way to the next head. Our own
voice activity listens beside it: a vendor that hears nothing of what the caller says is
left, too.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from providers import audio, limits
from providers.errors import ProviderError, TimedOut
from providers.ports import (
    AudioFormat,
    CallerBegan,
    CallerEnded,
    CallerSaid,
    Expiring,
    Failed,
    Message,
    RealtimeEvent,
    RealtimeRequest,
    RealtimeStream,
    ReplyDone,
    ReplySound,
    ToolCall,
    ToolsWanted,
    VoiceActivity,
    VoiceActivityDetector,
)
from voice import opening
from voice.config import Head
from voice.metrics import SoundSent
from voice.rota import Rota

CHUNK_MS = 40
KEPT_MS = 10_000  # of the caller's sound, for the next stream
IDLE_MS = 600  # of it, while the caller says nothing
LAST_SILENCE_MS = 1_200  # that makes a vendor find the end of the caller's last words
LOUD, VOICED_MS = 0.5, 600  # sound that a vendor must have noticed


@dataclass(frozen=True, slots=True)
class Brief:
    """What a stream is told when it is opened."""

    prompt: str
    earlier: Sequence[Message]


@dataclass(frozen=True, slots=True)
class Talk:
    """Where what happens goes."""

    event: Callable[[RealtimeEvent], None]
    brief: Callable[[], Brief]
    lost: Callable[[], None]  # a reply under way ends here
    opened: Callable[[], None]
    fell_back: Callable[[str, str, ProviderError], None]
    retried: Callable[[str, ProviderError], None]
    used: Callable[[Head, float], None]  # seconds of the caller's sound
    given_up: Callable[[], None]  # no head is left


class Conversing:
    """One call's head."""

    def __init__(
        self,
        heads: Sequence[Head],
        base: RealtimeRequest,
        detector: VoiceActivityDetector | None,
        talk: Talk,
        now: Callable[[], int],
        *,
        is_all: bool,
    ) -> None:
        """``is_all``: nobody takes over when no head is left."""
        self._rota = Rota(heads)
        self._is_all = is_all
        self._base = base  # what is the same for every head
        self._format: AudioFormat = base.format
        self._talk = talk
        self._now = now
        self._activity: VoiceActivity | None = (
            detector.open(base.format, self._on_window) if detector else None
        )
        self._window_ms = detector.window_ms if detector else 0
        self._stream: RealtimeStream | None = None
        self._opening: asyncio.Task[None] | None = None
        self._openings = 0
        self._current = 0  # the opening whose events count
        self._is_replying = False  # sound of a reply comes
        self._pending = bytearray()  # not sent yet
        self._kept = bytearray()  # of the caller's, not answered yet
        self._is_idle = True  # the caller has said nothing that is not answered
        self._sent = SoundSent(base.format, talk.used)
        self._asked: str | None = None  # instructions of a reply that has not begun
        self._waits_since: int | None = None  # for that reply
        self._voiced_ms = 0.0  # of speech that the vendor gave no sign of
        self._loud_at: int | None = None
        self._expires_at: int | None = None
        self._silences = 0  # times in a row that a vendor fell silent
        self._closed = False

    @property
    def head(self) -> Head | None:
        """The head in use."""
        return self._rota.current

    @property
    def is_led(self) -> bool:
        """Tell whether it replies when told to, and not by itself."""
        head = self._rota.current
        return head is not None and head.port.capabilities.led

    @property
    def speaks_in_tools(self) -> bool:
        """Tell whether it may say something while a tool runs."""
        head = self._rota.current
        return head is not None and head.port.capabilities.speaks_in_tools

    @property
    def is_asked(self) -> bool:
        """Tell whether a reply is due."""
        return self._asked is not None

    @property
    def speech_ended_ms(self) -> int | None:
        """When the caller was last loud, by our own ear."""
        return self._loud_at

    # ---- opening

    async def open(self) -> None:
        """Open the first head that will open."""
        while not self._closed and (head := self._rota.current):
            try:
                stream = await self._connect(head)
            except ProviderError as error:
                self._leave(error)
                continue
            self._opened(stream, self._kept)
            return
        if not self._closed:
            self._talk.given_up()

    async def _connect(self, head: Head, resume: str = "") -> RealtimeStream:
        self._openings += 1
        number = self._openings
        brief = self._talk.brief()
        own = head.request
        request = replace(
            self._base,
            voice=own.voice,
            language=own.language,
            model=own.model,
            options=own.options,
            keywords=own.keywords,
            prompt=brief.prompt,
            earlier=() if resume else brief.earlier,
            resume=resume,
        )
        stream = await opening.in_time(
            head.port.open(request, partial(self._on_event, number)),
            limits.REALTIME_CONNECT,
            head.provider,
        )
        if not self._closed:
            self._current = number
        return stream

    def _opened(self, stream: RealtimeStream, unheard: bytes | bytearray) -> None:
        if self._closed:
            stream.close()
            return
        self._stream = stream
        self._expires_at = None
        self._voiced_ms = 0.0
        if unheard:
            self._give(bytes(unheard))
        if self._asked is None:
            self._talk.opened()
        elif self._asked or self._is_idle:
            self._ask(self._asked)
        elif self.is_led:
            self._asked = self._waits_since = None  # it hears the turn's end again
        else:
            self._waits_since = self._now()

    def _leave(self, error: ProviderError, *, at_once: bool = False) -> None:
        self._sent.tell(self._rota.current)
        self._rota.leave(error, self._talk, at_once=at_once)

    def _fail(self, error: ProviderError, *, at_once: bool = False) -> None:
        """Leave a stream that is lost or does not do its work."""
        if self._closed or self._stream is None:
            return
        self._drop_stream()
        self._leave(error, at_once=at_once)
        self._talk.lost()
        self._opening = asyncio.get_running_loop().create_task(self.open())

    def _drop_stream(self) -> None:
        if self._stream is not None:
            self._stream.close()
            self._stream = None
        self._current = 0
        self._is_replying = False

    # ---- the hot path

    def hear(self, sound: bytes) -> None:
        """Take the caller's audio."""
        if self._closed:
            return
        if self._activity:
            self._activity.push(sound)
        self._pending += sound
        if len(self._pending) >= CHUNK_MS * self._format.bytes_per_ms:
            self._send()

    def _send(self) -> None:
        chunk = bytes(self._pending)
        self._pending.clear()
        self._give(chunk)
        self._kept += chunk
        kept = (IDLE_MS if self._is_idle else KEPT_MS) * self._format.bytes_per_ms
        if len(self._kept) > kept * 2:
            del self._kept[:-kept]

    def _give(self, chunk: bytes) -> None:
        if self._stream:
            self._stream.send(chunk)
            self._sent.add(chunk)

    def _on_window(self, probability: float) -> None:
        if probability >= LOUD:
            self._voiced_ms += self._window_ms
            self._loud_at = self._now()
        elif self._voiced_ms and self._voiced_ms < VOICED_MS:
            self._voiced_ms = max(0.0, self._voiced_ms - self._window_ms / 2)

    # ---- what the session wants

    def reply(self, instructions: str = "") -> None:
        """Ask for a reply, now or as soon as a stream is open."""
        if not self._closed:
            self._ask(instructions)

    def _ask(self, instructions: str) -> None:
        self._asked = instructions
        self._waits_since = self._now()
        if self._stream:
            self._stream.reply(instructions)

    def expect(self) -> None:
        """A reply will come by itself."""
        self._asked, self._waits_since = "", self._now()

    def tell(self, text: str) -> None:
        """Pass on typed words. A later stream reads them in what was said before."""
        self._answered()
        if self._stream:
            self._stream.tell(text)

    def answer(self, call: ToolCall, result: str) -> None:
        """Give back what a tool gave."""
        if self._stream:
            self._stream.answer(call, result)

    def stop(self, reply: str, heard_ms: int) -> None:
        """End a reply, of which the caller heard that much; "": one without sound."""
        self._asked = self._waits_since = None
        if self._stream:
            self._stream.stop(reply, heard_ms)

    def instruct(self, prompt: str) -> None:
        """Go on with another prompt."""
        if self._stream:
            self._stream.instruct(prompt)

    def passed_over(self) -> None:
        """What the caller said needs no reply."""
        self._answered()

    def words_known(self) -> None:
        """The caller's words are in the history: no other stream need hear them."""
        self._answered()

    def end_of_words(self) -> None:
        """The caller is gone: let the vendor find the end of the last words."""
        if self._pending:
            self._send()
        self._give(audio.silence(LAST_SILENCE_MS, self._format))

    def unanswered(self) -> bytes:
        """Return the caller's sound that nobody has answered."""
        return b"" if self._is_idle else bytes(self._kept) + bytes(self._pending)

    def _answered(self) -> None:
        self._is_idle = True
        self._voiced_ms = 0.0
        self._kept.clear()

    # ---- from the vendor

    def _on_event(self, number: int, event: RealtimeEvent) -> None:
        if self._closed or number != self._current:
            return
        if isinstance(event, Failed):
            self._fail(event.error)
            return
        if isinstance(event, Expiring):
            self._expires_at = self._now() + round(event.within_s * 1000)
            return
        if isinstance(event, ReplySound | ToolsWanted):
            self._is_replying = isinstance(event, ReplySound)
            self._asked = self._waits_since = None
            self._silences = 0
            self._answered()
        elif isinstance(event, ReplyDone):
            self._is_replying = False
            if not event.stopped:
                self._rota.worked()
                self._asked = self._waits_since = None
        elif isinstance(event, CallerBegan | CallerSaid | CallerEnded):
            self._on_caller(event)
        self._talk.event(event)

    def _on_caller(self, event: CallerBegan | CallerSaid | CallerEnded) -> None:
        self._voiced_ms = 0.0
        is_late = isinstance(event, CallerSaid) and (
            event.is_final or self._is_replying or self.is_led
        )
        if is_late or isinstance(event, CallerEnded):
            return
        self._is_idle = False
        if isinstance(event, CallerSaid):
            self._waits_since = self._now()  # it will reply by itself

    # ---- time

    def watch(self, *, dry_ms: int, agent_speaks: bool, quiet: bool) -> None:
        """Leave a vendor that keeps the caller waiting; renew a stream that ends soon.
        Called often. ``dry_ms``: for how long a reply under way has brought no sound."""
        if self._stream is None:
            return
        if agent_speaks:
            self._voiced_ms = 0.0  # it may be the agent's own voice
        now, patience = self._now(), 1000 * 2 ** min(self._silences, 4)
        if self._waited(now) > limits.REALTIME_ANSWER * patience:
            self._fall_silent(TimedOut("no reply in time"))
        elif dry_ms > limits.REALTIME_GAP * patience:
            self._fall_silent(TimedOut("the rest of the reply did not come"))
        elif self._is_deaf(now, patience):
            self._is_idle = False  # the next one is to hear it
            self._fall_silent(TimedOut("the caller was not heard"))
        elif self._is_due(now, quiet):
            self._opening = asyncio.get_running_loop().create_task(self._renew())

    def _waited(self, now: int) -> int:
        if self._waits_since is None:
            return 0
        since = self._waits_since
        if not self.is_led and self._loud_at is not None:
            since = max(since, self._loud_at)
        return now - since

    def _is_deaf(self, now: int, patience: int) -> bool:
        if self._loud_at is None or self._voiced_ms < VOICED_MS:
            return False
        return now - self._loud_at > limits.REALTIME_DEAF * patience

    def _fall_silent(self, error: ProviderError) -> None:
        """The caller has waited long enough: whoever can take over does so at once."""
        self._voiced_ms = 0.0
        self._silences += 1
        self._fail(error, at_once=self._rota.has_next or not self._is_all)

    def _is_due(self, now: int, quiet: bool) -> bool:
        """Tell whether to open another stream because this one ends."""
        if self._expires_at is None or (self._opening and not self._opening.done()):
            return False
        return quiet or now > self._expires_at - limits.REALTIME_CONNECT * 1000

    async def _renew(self) -> None:
        """Open the next stream before the vendor ends this one."""
        head, old = self._rota.current, self._stream
        self._expires_at = None
        if head is None or old is None:
            return
        try:
            stream = await self._connect(head, old.resume)
        except ProviderError as error:
            self._talk.retried(head.provider, error)
            return  # the old one still serves
        old.close()
        self._opened(stream, b"" if self._is_idle else self._kept)

    # ---- the end

    def close(self) -> None:
        """Stop for good."""
        if self._closed:
            return
        self._closed = True
        if self._activity:
            self._activity.close()
        if self._opening and self._opening is not asyncio.current_task():
            self._opening.cancel()
        self._drop_stream()
        self._sent.tell(self._rota.current)
