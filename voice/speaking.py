"""Replies out as audio: pacing, stopping in mid-word, and knowing what was heard.

An utterance is one reply. Its audio goes to the line as it comes; the line plays in real
time and echoes the marks behind it, so what the caller has heard is known from marks,
and between two marks from the clock.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from providers import limits
from providers.errors import ProviderError, TimedOut
from providers.ports import (
    Alignment,
    Audio,
    Failed,
    SpokenWord,
    TtsEvent,
    TtsStream,
    UtteranceDone,
    UtteranceFailed,
)
from voice.config import Mouth
from voice.ports import Line
from voice.wording import split_heard

MS_PER_CHARACTER = 62  # of speech, where the real length is not known yet
MARK_GRACE_MS = 3_000  # a line that never echoes a mark is believed to have played


@dataclass
class Utterance:
    """One reply on its way to the caller's ear. Times are ms on the media clock."""

    name: str
    turn: int
    began_ms: int
    sentences: list[str] = field(default_factory=list)
    is_whole: bool = False  # no more sentences will come
    is_made: bool = False  # all its audio has come
    first_audio_ms: int | None = None
    plays_until_ms: int = 0
    audio_ms: float = 0.0  # handed to the line
    voiced: int = 0  # sentences whose audio is complete, as far as is known
    asked_ms: int = 0  # when audio was last asked for or came
    words: list[SpokenWord] = field(default_factory=list)
    is_over: bool = False

    @property
    def text(self) -> str:
        """All its words so far."""
        return " ".join(self.sentences)

    def split(self, now: int, lag_ms: int) -> tuple[str, str]:
        """Return the words that were heard by now, and the rest."""
        if self.first_audio_ms is None:
            return "", self.text
        heard_ms = min(now - self.first_audio_ms - lag_ms, self.audio_ms)
        if self.words:
            heard = sum(1 for word in self.words if word.start_ms < heard_ms)
            text = " ".join(word.text for word in self.words[:heard])
            return split_heard(self.text, len(text) / max(1, len(self.text)))
        length = (
            self.audio_ms if self.is_made else len(self.text) * MS_PER_CHARACTER
        ) or 1
        return split_heard(self.text, heard_ms / length)


@dataclass(frozen=True, slots=True)
class Voicing:
    """Where news of speaking goes."""

    began: Callable[[Utterance], None]  # first audio handed to the line
    heard: Callable[[Utterance], None]  # played to the end
    fell_back: Callable[[str, str, ProviderError], None]
    silenced: Callable[[], None]  # no voice is left
    played: Callable[[int, bytes], None]  # at ms: audio that the caller really heard


class Speaking:
    """One call's mouth."""

    def __init__(
        self,
        mouths: Sequence[Mouth],
        line: Line,
        voicing: Voicing,
        now: Callable[[], int],
    ) -> None:
        self._mouths = list(mouths)
        self.is_silent = not mouths  # a typed conversation: text is heard at once
        self._line = line
        self._voicing = voicing
        self._now = now
        self._stream: TtsStream | None = None
        self._waiting: deque[tuple[Utterance, str, bool]] = deque()
        self._opening: asyncio.Task[None] | None = None
        self._queued: deque[tuple[int, bytes]] = deque()  # (plays at ms, audio)
        self._bytes_per_ms = line.voice_format.bytes_per_ms
        self._closed = False
        self.current: Utterance | None = None
        self.characters = 0  # given to voices, for the bill
        self.lag_ms = 0  # between our clock and the caller's ear, from marks

    # ---- opening

    async def open(self) -> None:
        """Open the first voice that will open."""
        if self.is_silent:
            return
        while self._mouths and not self._closed:
            mouth = self._mouths[0]
            request = replace(mouth.request, format=self._line.voice_format)
            try:
                async with asyncio.timeout(limits.TTS_CONNECT * 3):
                    stream = await mouth.port.open(request, self._on_event)
            except TimeoutError:
                self._drop_mouth(
                    TimedOut("did not open in time", provider=mouth.provider)
                )
            except ProviderError as error:
                self._drop_mouth(error)
            else:
                self._opened(stream)
                return
        if not self._closed:
            self._voicing.silenced()

    def _opened(self, stream: TtsStream) -> None:
        if self._closed:
            stream.close()
            return
        self._stream = stream
        waiting, self._waiting = self._waiting, deque()
        for utterance, text, more in waiting:
            if not utterance.is_over:
                self._say(utterance, text, more=more)

    def _drop_mouth(self, error: ProviderError) -> None:
        failed = self._mouths.pop(0)
        to = self._mouths[0].provider if self._mouths else ""
        self._voicing.fell_back(failed.provider, to, error)

    @property
    def provider(self) -> Mouth | None:
        """The voice in use; None: there is none left."""
        return self._mouths[0] if self._mouths else None

    # ---- saying

    def begin(self, name: str, turn: int) -> Utterance:
        """Start an utterance; one is spoken at a time."""
        self.current = Utterance(name, turn, self._now())
        return self.current

    def say(self, utterance: Utterance, sentence: str) -> None:
        """Speak one more sentence of it."""
        if not utterance.is_over:
            utterance.sentences.append(sentence)
            self._say(utterance, sentence, more=True)

    def finish(self, utterance: Utterance) -> None:
        """Say that no more sentences come."""
        if utterance.is_over or utterance.is_whole:
            return
        utterance.is_whole = True
        if utterance.sentences and not self.is_silent:
            self._say(utterance, "", more=False)
        else:
            self._over(utterance)

    def _say(self, utterance: Utterance, text: str, *, more: bool) -> None:
        utterance.asked_ms = self._now()
        if self.is_silent:
            return
        if self._stream is None:
            self._waiting.append((utterance, text, more))
            return
        self.characters += len(text)
        self._stream.say(utterance.name, text, more=more)

    # ---- from the voice

    def _on_event(self, event: TtsEvent) -> None:
        if self._closed:
            return
        if isinstance(event, Failed):
            self._fail_over(event.error)
            return
        utterance = self.current
        if utterance is None or event.utterance != utterance.name or utterance.is_over:
            return  # late audio of what was cancelled
        if isinstance(event, Audio):
            self._play(utterance, event.data)
        elif isinstance(event, Alignment):
            utterance.words.extend(event.words)
        elif isinstance(event, UtteranceDone):
            self._made(utterance)
        elif isinstance(event, UtteranceFailed):
            self._fail_over(event.error)

    def _play(self, utterance: Utterance, audio: bytes) -> None:
        now = self._now()
        starts = max(now, utterance.plays_until_ms)
        length = len(audio) / self._bytes_per_ms
        utterance.asked_ms = now
        utterance.audio_ms += length
        utterance.plays_until_ms = round(starts + length)
        self._queued.append((starts, audio))
        self._line.play(audio)
        if utterance.first_audio_ms is None:
            utterance.first_audio_ms = now
            self._line.mark(f"{utterance.name}:start")
            self._voicing.began(utterance)

    def _made(self, utterance: Utterance) -> None:
        if not utterance.is_whole:
            return
        utterance.is_made = True
        self._line.mark(f"{utterance.name}:end")

    def _fail_over(self, error: ProviderError) -> None:
        """Leave a voice that does not do its work; say the rest with the next one."""
        if self._closed or self._stream is None:
            return
        self._stream.close()
        self._stream = None
        self._drop_mouth(error)
        self._waiting.clear()
        utterance = self.current
        if utterance and not utterance.is_over and not utterance.is_made:
            self._voice_rest(utterance)
        self._opening = asyncio.get_running_loop().create_task(self.open())

    def _voice_rest(self, utterance: Utterance) -> None:
        """Queue the sentences whose sound has not come, so that none is said twice."""
        made = utterance.audio_ms / MS_PER_CHARACTER
        for sentence in utterance.sentences:
            # A sentence of which more than half was voiced is left as it is.
            if made < len(sentence) / 2:
                self._waiting.append((utterance, sentence, True))
            made = max(0.0, made - len(sentence))
        if utterance.is_whole:
            self._waiting.append((utterance, "", False))

    # ---- from the line

    def marked(self, name: str) -> None:
        """The line has played all audio before the mark."""
        utterance = self.current
        if utterance is None or utterance.is_over:
            return
        if name == f"{utterance.name}:end":
            self._over(utterance)
        elif name == f"{utterance.name}:start" and utterance.first_audio_ms is not None:
            first = utterance.first_audio_ms
            played = len(self._queued[0][1]) / self._bytes_per_ms if self._queued else 0
            self.lag_ms = max(0, min(500, round(self._now() - first - played)))

    def _over(self, utterance: Utterance) -> None:
        utterance.is_over = True
        self._flush(None)
        self.current = None
        self._voicing.heard(utterance)

    # ---- stopping

    def is_audible(self) -> bool:
        """Tell whether the caller hears us, or is about to."""
        utterance = self.current
        return utterance is not None and utterance.first_audio_ms is not None

    def stop(self) -> tuple[Utterance, str, str] | None:
        """Fall silent at once; return what was stopped, its heard words and the rest."""
        utterance = self.current
        if utterance is None:
            return None
        now = self._now()
        heard, unheard = utterance.split(now, self.lag_ms)
        utterance.is_over = True
        self.current = None
        self._waiting.clear()
        if self._stream:
            self._stream.cancel(utterance.name)
        if utterance.first_audio_ms is not None:
            self._line.clear()
        self._flush(now)
        return utterance, heard, unheard

    def _flush(self, until: int | None) -> None:
        """Give queued audio that has been heard to the recording; drop the rest."""
        self.account(until if until is not None else 2**62)
        self._queued.clear()

    def account(self, now: int) -> None:
        """Give audio that has been heard by now to the recording."""
        queued = self._queued
        while queued and queued[0][0] < now:
            at, audio = queued.popleft()
            heard = (now - at) * self._bytes_per_ms
            if heard < len(audio):
                heard -= heard % 2
                self._voicing.played(at, audio[:heard])
                queued.appendleft((now, audio[heard:]))
                return
            self._voicing.played(at, audio)

    # ---- watching

    def watch(self) -> None:
        """Leave a voice that has fallen silent. Called a few times a second."""
        now = self._now()
        self.account(now)
        utterance = self.current
        if utterance is None or utterance.is_over:
            return
        if utterance.is_made:
            if now > utterance.plays_until_ms + self.lag_ms + MARK_GRACE_MS:
                self._over(utterance)
            return
        if self._stream is None or not utterance.sentences:
            return
        limit = (
            limits.TTS_FIRST_AUDIO
            if utterance.first_audio_ms is None
            else limits.TTS_GAP
        )
        starved = now > utterance.plays_until_ms  # the caller hears nothing
        if starved and utterance.is_whole and now - utterance.asked_ms > limit * 1000:
            self._fail_over(TimedOut("no audio in time"))

    def close(self) -> None:
        """Stop speaking for good."""
        self.stop()
        self._closed = True
        if self._opening:
            self._opening.cancel()
        if self._stream:
            self._stream.close()
            self._stream = None
