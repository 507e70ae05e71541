"""Replies out as audio: pacing, holding, stopping in mid-word, knowing what was heard.

An utterance is one reply. Its sound waits here and goes to the line a moment ahead of
the caller's ear, so that a hold is heard soon without a ``clear``, and sound that was
made already can go on where it was held.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from providers import limits
from providers.errors import ProviderError, TimedOut
from providers.ports import (
    Alignment,
    Audio,
    Failed,
    TtsEvent,
    UtteranceDone,
)
from voice import wording
from voice.audio import levels
from voice.config import Mouth
from voice.playhead import MARK_GRACE_MS, Playhead
from voice.ports import Line
from voice.utterance import Stopped, Utterance
from voice.voices import Unsaid, Voices

LEAD_MS = 400  # of sound that the line is given ahead of time
PIECE_MS = 100  # given at once
MARK_EVERY_MS = 1_000
MS_PER_CHARACTER = 62.0  # of speech, until this voice's own pace is known
SETTLED_MS = 300  # without more sound: the voice has said what it was asked for
ROUNDING_MS = 2


@dataclass(frozen=True, slots=True)
class Voicing:
    """Where news of speaking goes."""

    began: Callable[[Utterance], None]  # first sound given to the line
    heard: Callable[[Utterance], None]  # played to the end
    fell_back: Callable[[str, str, ProviderError], None]
    retried: Callable[[str, ProviderError], None]
    silenced: Callable[[], None]  # no voice is left
    given: Callable[[int, bytes], None]  # at ms: sound that begins to play then
    played: Callable[[int, bytes], None]  # at ms: sound that the caller really heard
    used: Callable[[Mouth, int], None]  # characters


class Speaking:
    """One call's mouth."""

    def __init__(
        self,
        mouths: Sequence[Mouth],
        line: Line,
        voicing: Voicing,
        now: Callable[[], int],
        *,
        is_silent: bool,
    ) -> None:
        self.is_silent = is_silent  # a typed conversation: text is heard at once
        self._line = line
        self._voicing = voicing
        self._now = now
        self._format = line.voice_format
        self._voices = Voices(
            mouths,
            self._format,
            voicing,
            self._on_event,
            voicing.used,
            self._on_silenced,
            now,
        )
        self._piece_bytes = PIECE_MS * self._format.bytes_per_ms
        self._playhead = Playhead(self._format.bytes_per_ms)
        self._pace = MS_PER_CHARACTER
        self._marks = 0
        self._marked_until = 0.0
        self._closed = False
        self.current: Utterance | None = None
        self.is_held = False
        self.is_cut = False  # held, and what the line had was dropped

    # ---- opening

    async def open(self) -> None:
        """Open the first voice that will open."""
        await self._voices.open()

    @property
    def can_speak(self) -> bool:
        """Tell whether there is a voice left."""
        return self._voices.are_left

    @property
    def lag_ms(self) -> int:
        """How long sound takes to the caller, from marks."""
        return self._playhead.lag_ms

    # ---- saying

    def begin(self, name: str, turn: int) -> Utterance:
        """Start an utterance; one is spoken at a time."""
        self.current = Utterance(name, turn, self._now())
        self.is_held = self.is_cut = False
        self._voices.forget()
        self._marked_until = 0.0
        self._playhead.begin()
        return self.current

    def say(self, utterance: Utterance, sentence: str) -> None:
        """Speak one more sentence of it."""
        if utterance.is_over:
            return
        utterance.sentences.append(sentence)
        if not self.is_silent:
            self._voices.ask(utterance, sentence, more=True)

    def finish(self, utterance: Utterance) -> None:
        """Say that no more sentences come."""
        if utterance.is_over or utterance.is_whole:
            return
        utterance.is_whole = True
        if self.is_silent or not utterance.sentences:
            self._over(utterance)
        elif not utterance.is_made:
            self._voices.ask(utterance, "", more=False)

    def play(self, utterance: Utterance, text: str, sound: bytes) -> None:
        """Speak a text whose sound was made before the call."""
        utterance.sentences.append(text)
        utterance.is_whole = utterance.is_made = True
        utterance.made_ms = len(sound) / self._format.bytes_per_ms
        utterance.waiting += sound
        self._feed(utterance)

    # ---- sound that a model makes by itself

    def take_words(self, utterance: Utterance, text: str) -> None:
        """Note more words of an utterance whose sound comes by ``take_sound``."""
        if not utterance.is_over:
            utterance.sentences = ["".join([*utterance.sentences, text]).lstrip()]

    def take_sound(self, utterance: Utterance, sound: bytes) -> None:
        """Take more of an utterance's sound, in the line's voice format."""
        if not utterance.is_over:
            self._take(utterance, sound)

    def complete(self, utterance: Utterance) -> None:
        """Say that all of an utterance's sound has come."""
        if utterance.is_over or utterance.is_made:
            return
        utterance.is_whole = utterance.is_made = True
        if not utterance.made_ms:
            self._over(utterance)
            return
        if utterance.text:
            self._pace = utterance.made_ms / len(utterance.text)
        self._feed(utterance)

    @property
    def has_run_dry(self) -> bool:
        """Tell whether the caller hears nothing because the rest has not come yet."""
        utterance = self.current
        if utterance is None or self.is_held or utterance.is_made:
            return False
        return not utterance.waiting and self._playhead.lead(self._now()) <= 0

    # ---- from the voice

    def _on_silenced(self) -> None:
        if not self.is_silent:
            self._voicing.silenced()

    def _on_event(self, event: TtsEvent) -> None:
        if isinstance(event, Failed):
            self._fail_over(event.error)
            return
        utterance = self.current
        if utterance is None or event.utterance != utterance.part:
            return  # late sound of what was cancelled
        if isinstance(event, Audio):
            self._take(utterance, event.data)
        elif isinstance(event, Alignment):
            utterance.words.extend(event.words)
        elif isinstance(event, UtteranceDone):
            self._made(utterance)
        else:
            self._fail_over(event.error)

    def _take(self, utterance: Utterance, sound: bytes) -> None:
        utterance.asked_ms = self._now()
        utterance.made_ms += len(sound) / self._format.bytes_per_ms
        utterance.waiting += sound
        self._feed(utterance)

    def _made(self, utterance: Utterance) -> None:
        self._voices.worked()
        if utterance.is_whole:
            utterance.is_made = True
            if utterance.made_ms and utterance.parts == 0:
                self._pace = utterance.made_ms / max(1, len(utterance.text))
            self._feed(utterance)

    # ---- to the line

    def _feed(self, utterance: Utterance) -> None:
        """Keep the line a moment ahead of the caller's ear."""
        if self.is_held or utterance.is_over:
            return
        now, waiting = self._now(), utterance.waiting
        while waiting and (lead := self._playhead.lead(now)) < LEAD_MS:
            if (
                len(waiting) < self._piece_bytes
                and lead > PIECE_MS
                and not utterance.is_made
            ):
                break  # a small piece may wait for the rest of it
            piece = bytes(waiting[: self._piece_bytes])
            del waiting[: self._piece_bytes]
            self._give(utterance, now, piece)
        if utterance.is_made and not waiting:
            self._end(utterance)

    def _give(self, utterance: Utterance, now: int, piece: bytes) -> None:
        at = self._playhead.give(now, piece)
        self._line.play(piece)
        self._voicing.given(round(at), piece)
        is_first = utterance.first_audio_ms is None
        if is_first or self._playhead.until - self._marked_until >= MARK_EVERY_MS:
            self._mark(utterance)
        if is_first:
            utterance.first_audio_ms = now
            self._voicing.began(utterance)

    def _mark(self, utterance: Utterance, end: bool = False) -> None:
        self._marks += 1
        self._marked_until = self._playhead.until
        name = f"{utterance.name}:{'end' if end else self._marks}"
        self._playhead.expect(name)
        self._line.mark(name)

    def _end(self, utterance: Utterance) -> None:
        if self._marked_until != -1.0:
            self._mark(utterance, end=True)
            self._marked_until = -1.0  # once

    def marked(self, name: str) -> None:
        """The line has played all audio before the mark."""
        utterance = self.current
        if utterance is None or not self._playhead.reached(self._now(), name):
            return
        if name == f"{utterance.name}:end":
            self._over(utterance)

    def _over(self, utterance: Utterance) -> None:
        utterance.is_over = True
        self._tell_played(self._playhead.collect_all())
        self.current = None
        self.is_held = self.is_cut = False
        self._voicing.heard(utterance)

    # ---- holding and stopping

    @property
    def is_audible(self) -> bool:
        """Tell whether the caller hears us, or has just been made to wait."""
        return self.current is not None and self.current.first_audio_ms is not None

    @property
    def has_more_to_say(self) -> bool:
        """Tell whether the caller hears something, or would, were we not held."""
        utterance = self.current
        if utterance is None:
            return False
        return bool(utterance.waiting) or self._playhead.lead(self._now()) > 0

    def hold(self, *, cut: bool) -> None:
        """Give the line no more sound; with ``cut``, take back what it has, too."""
        utterance = self.current
        if utterance is None or (self.is_held and not cut) or self.is_cut:
            return
        self.is_held = True
        if cut and utterance.first_audio_ms is not None:
            self.is_cut = True
            self._take_back(utterance)

    def _take_back(self, utterance: Utterance) -> None:
        now = self._now()
        self._line.clear()
        self._tell_played(self._playhead.collect(now))
        tail, unheard = self._playhead.cut(now)
        again = len(tail) - levels.quietest(tail, self._format)
        self._playhead.rewind(again)
        utterance.waiting[:0] = tail[len(tail) - again :] + unheard
        self._marked_until = now

    def release(self) -> None:
        """Go on where we were held."""
        if self.is_held:
            self.is_held = self.is_cut = False
            if self.current:
                self._feed(self.current)

    def stop(self) -> Stopped | None:
        """Fall silent at once and for good."""
        utterance = self.current
        if utterance is None:
            return None
        now = self._now()
        if utterance.first_audio_ms is not None and not self.is_cut:
            self._line.clear()
        self._tell_played(self._playhead.collect(now))
        heard, unheard = self._split(utterance, now)
        began = utterance.first_audio_ms is not None
        heard_ms = self._playhead.position(now) if began else 0.0
        self._playhead.cut(now)
        utterance.is_over = True
        self.current = None
        self.is_held = self.is_cut = False
        self._voices.cancel(utterance)
        return Stopped(utterance, heard, unheard, round(heard_ms))

    def unheard(self) -> str:
        """Return the words that the caller has not heard yet."""
        return self._split(self.current, self._now())[1] if self.current else ""

    def _split(self, utterance: Utterance, now: int) -> tuple[str, str]:
        if self.is_silent:
            return utterance.text, ""  # it was read
        if utterance.first_audio_ms is None:
            return "", utterance.text
        heard_ms = self._playhead.position(now)
        if self._has_said_all(utterance, heard_ms, now):
            return utterance.text, ""
        return wording.split_heard(
            utterance.text, utterance.share(heard_ms, self._pace)
        )

    def _has_said_all(self, utterance: Utterance, heard_ms: float, now: int) -> bool:
        """Tell whether the caller has heard all that the voice was asked for so far.

        A voice says that an utterance is whole, but not a sentence of it.
        """
        if utterance.waiting or heard_ms < utterance.made_ms - ROUNDING_MS:
            return False
        if now - utterance.asked_ms < SETTLED_MS:
            return False
        return not utterance.owes(self._pace)

    def _tell_played(self, pieces: list[tuple[int, bytes]]) -> None:
        for at, sound in pieces:
            self._voicing.played(at, sound)

    # ---- things that go wrong

    def _fail_over(self, error: ProviderError) -> None:
        """Leave a voice that does not do its work; say the rest with the next one."""
        if self._voices.is_open:
            self._voices.leave(error, self._rest())

    def change(self, mouths: Sequence[Mouth]) -> None:
        """Speak with other voices from now on; what was not made yet is theirs."""
        if not self._closed and not self.is_silent and mouths:
            self._voices.change(mouths, self._rest())

    def _rest(self) -> Iterator[Unsaid]:
        """Return what to ask another voice for: the words whose sound has not come."""
        utterance = self.current
        if utterance is None or utterance.is_made or not utterance.sentences:
            return
        made = utterance.made_ms
        share = utterance.share(made, self._pace) if made else 0.0
        _, rest = wording.split_heard(utterance.text, share)
        utterance.parts += 1
        utterance.asked_ms = self._now()
        if rest:
            yield utterance, rest, True
        if utterance.is_whole:
            yield utterance, "", False

    def watch(self) -> None:
        """Feed the line, and leave a voice that has fallen silent. Called often."""
        utterance = self.current
        if utterance is None:
            return
        now = self._now()
        self._feed(utterance)
        self._tell_played(self._playhead.collect(now))
        if self.is_held or utterance.is_over:
            return
        if utterance.is_made and not utterance.waiting:
            if now > self._playhead.until + self.lag_ms + MARK_GRACE_MS:
                self._over(utterance)
        elif self._is_late(utterance, now):
            self._fail_over(TimedOut("no audio in time"))

    def _is_late(self, utterance: Utterance, now: int) -> bool:
        if not self._voices.is_open or utterance.waiting or not utterance.sentences:
            return False
        if self._playhead.lead(now) > 0:
            return False  # the caller hears something
        waited = now - utterance.asked_ms
        if self._voices.is_last_chance:
            return waited > limits.TTS_LAST * 1000
        if not utterance.made_ms:
            return waited > limits.TTS_FIRST_AUDIO * 1000
        is_due = utterance.is_whole or utterance.owes(self._pace)
        return is_due and waited > limits.TTS_GAP * 1000

    def close(self) -> None:
        """Stop speaking for good."""
        self._closed = True
        self._voices.close()
