"""The judgement: who or what picked up, from how long it speaks, tones and words. Pure.

Signals are of three kinds, and each kind counts once: the cadence of the first speech,
tones, and words. A person is believed at once, since nothing is
lost by talking to one. To hang up, or to leave a message, two kinds must agree.

    cadence   a short word, then a wait          a person
              speech without a pause             a machine, of whichever sort
    tone      one beep behind speech             voicemail, or a screener
              three rising, or pulses            no such line, or busy
    words     see ``words``
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from telephony.answering import words
from telephony.answering.sounds import Frame

Who = Literal["human", "voicemail", "screener", "menu", "unavailable", "unknown"]
Kind = Literal["cadence", "tone", "words"]
MACHINES: tuple[Who, ...] = ("screener", "voicemail", "menu", "unavailable")
# Signals that fit several.
FITS: dict[str, tuple[str, ...]] = {
    "machine": MACHINES,
    "recorder": ("voicemail", "screener"),
}

GAP_MS = 650  # of silence that ends a stretch of speech
SHORT_MS = 2_000  # of speech, and no more: a person who waits for an answer
LONG_MS = 4_200  # of speech without a pause: few people say so much at once
LEAST_RUN_MS = 64  # of frames of speech: shorter is a click
LEAST_SPEECH_MS = 96
PATIENCE_MS = 5_000  # of a line on which nobody says anything
LONGEST_MS = 30_000  # then whoever it is, is talked to
DOUBT_MS = 1_200  # of silence behind speech of which nobody knows what it was
BEEP_MS = 130
BEEP_REST_MS = 200  # of silence behind it: it was no vowel
SIT = ((950, 60), (1_410, 70), (1_777, 70))  # special information tones: Hz, give
PULSES = 3
SAME_HZ = 25
OVER_MS = 2_000  # of silence behind a greeting: a beep that was not noticed


@dataclass(frozen=True, slots=True)
class Signal:
    """One thing that speaks for somebody."""

    kind: Kind
    says: str  # a ``Who``, or of FITS
    at_ms: int
    why: str

    def speaks_for(self, who: Who) -> bool:
        """Tell whether it fits."""
        return self.says == who or who in FITS.get(self.says, ())


@dataclass(frozen=True, slots=True)
class Verdict:
    """Who picked up, and what speaks for it."""

    who: Who
    at_ms: int
    signals: tuple[Signal, ...] = ()

    @property
    def is_sure(self) -> bool:
        """Tell whether two kinds of signals agree: enough to hang up."""
        return len({each.kind for each in self.signals}) >= 2


@dataclass
class _Tone:
    began_ms: int
    end_ms: int
    hz: tuple[int, ...]

    @property
    def length_ms(self) -> int:
        return self.end_ms - self.began_ms


@dataclass
class Judge:
    """One call's first seconds. Times are ms on the media clock."""

    now_ms: int = 0
    signals: dict[Kind, Signal] = field(default_factory=dict)
    _spoke_ms: int = 0  # of the stretch of speech under way
    _began_ms: int | None = None
    _last_speech_ms: int | None = None
    _stretches: int = 0
    _tone: _Tone | None = None
    _tones: deque[_Tone] = field(default_factory=lambda: deque(maxlen=8))
    _beep_ms: int | None = None  # its end
    _has_text: bool = False
    _run_began_ms: int | None = None  # of frames of speech in a row

    # ---- what is noticed

    def sound(self, frames: Iterable[Frame]) -> None:
        """Take what was heard, in order."""
        for frame in frames:
            self.now_ms = frame.at_ms
            self._take_tone(frame)
            if frame.is_speech:
                self._take_speech(frame.at_ms)
            else:
                self._run_began_ms = None
                self._take_silence(frame.at_ms)

    def words(self, at_ms: int, text: str) -> None:
        """Take all that a recogniser has understood since the call was answered."""
        self.now_ms = max(self.now_ms, at_ms)
        self._has_text = True
        if found := words.meaning(text):
            who, why = found
            self._note("words", who, at_ms, f"“{why}”")

    # ---- what follows

    def verdict(self) -> Verdict | None:
        """Return who it is; None: too early to tell."""
        for who in MACHINES:
            agree = self._agree(who)
            if len(agree) >= 2 and any(_names(each, who) for each in agree):
                return Verdict(who, self.now_ms, agree)
        if self._is_suspicious():
            return None if self.now_ms < LONGEST_MS else self.unclear()
        cadence = self.signals.get("cadence")
        if cadence and cadence.says == "human":
            return Verdict("human", self.now_ms, self._agree("human"))
        if self._stretches and self._is_quiet_for(self._doubt_ms()):
            return (
                Verdict("human", self.now_ms, self._agree("human"))
                if (self._says_human())
                else self.unclear()
            )
        is_silent = self._began_ms is None and not self._stretches
        if self.now_ms > LONGEST_MS or (is_silent and self.now_ms > PATIENCE_MS):
            return self.unclear()
        return None

    def may_speak(self) -> bool:
        """Tell whether a message may be left: the beep is over, or none will come."""
        if self._beep_ms is not None and self._last_speech_ms is not None:
            return self._beep_ms >= self._last_speech_ms - 2 * BEEP_REST_MS
        return self._is_quiet_for(OVER_MS)

    def forget(self) -> None:
        """Begin anew: somebody else may come to the line."""
        self.signals.clear()
        self._stretches, self._spoke_ms, self._began_ms = 0, 0, None
        self._beep_ms = None

    # ---- parts

    def _agree(self, who: Who) -> tuple[Signal, ...]:
        return tuple(each for each in self.signals.values() if each.speaks_for(who))

    def _says_human(self) -> bool:
        said = self.signals.get("words")
        return said is not None and said.says == "human"

    def _doubt_ms(self) -> int:
        """How long a beep may still come behind a long speech; words would tell."""
        if self._says_human():
            return GAP_MS
        return DOUBT_MS if self._has_text else OVER_MS

    def unclear(self) -> Verdict:
        """Return that it is not clear who it is."""
        return Verdict("unknown", self.now_ms, tuple(self.signals.values()))

    def _is_suspicious(self) -> bool:
        """Tell whether one signal names a machine, and a second one may still come."""
        # A person who asks who is calling wants an answer.
        named = any(
            each.says in MACHINES and each.says != "screener"
            for each in self.signals.values()
        )
        return named and not self._is_quiet_for(3 * DOUBT_MS)

    def _is_quiet_for(self, wanted_ms: int) -> bool:
        last = self._last_speech_ms
        return last is not None and self.now_ms - last >= wanted_ms

    def _note(self, kind: Kind, says: str, at_ms: int, why: str) -> None:
        self.signals[kind] = Signal(kind, says, at_ms, why)

    def _take_speech(self, at_ms: int) -> None:
        if self._run_began_ms is None:
            self._run_began_ms = at_ms
        if at_ms - self._run_began_ms < LEAST_RUN_MS:
            return  # a click, or the edge of a tone
        if self._began_ms is None:
            self._began_ms = self._run_began_ms
        self._last_speech_ms = at_ms
        self._spoke_ms = at_ms - self._began_ms
        if self._spoke_ms >= LONG_MS:
            self._note(
                "cadence", "machine", at_ms, f"{self._spoke_ms / 1000:.1f} s in one go"
            )

    def _take_silence(self, at_ms: int) -> None:
        if self._began_ms is None or not self._is_quiet_for(GAP_MS):
            return
        # A tone is no wait for an answer.
        if self._tone or (self._tones and at_ms - self._tones[-1].end_ms < GAP_MS):
            return
        spoke, self._began_ms = self._spoke_ms, None
        if spoke < LEAST_SPEECH_MS:
            return
        self._stretches += 1
        if self._stretches == 1 and spoke <= SHORT_MS:
            why = f"{spoke / 1000:.1f} s, then a wait"
            self._note("cadence", "human", at_ms, why)
        elif self._stretches > 1 and "cadence" in self.signals:
            known = self.signals["cadence"]
            if known.says == "human":  # it did not wait for an answer
                self._note("cadence", "machine", at_ms, "it goes on by itself")

    # ---- tones

    def _take_tone(self, frame: Frame) -> None:
        tone = self._tone
        if frame.tones and tone and _same(tone.hz, frame.tones):
            tone.end_ms = frame.at_ms
        elif frame.tones:
            self._close_tone()
            self._tone = _Tone(frame.at_ms - 32, frame.at_ms, frame.tones)
        elif tone and frame.at_ms - tone.end_ms > 32:
            self._close_tone()
        self._judge_tones(frame)

    def _close_tone(self) -> None:
        if self._tone and self._tone.length_ms >= BEEP_MS:
            self._tones.append(self._tone)
        self._tone = None

    def _judge_tones(self, frame: Frame) -> None:
        if not self._tones or self._tone or frame.tones:
            return
        last = self._tones[-1]
        rested = frame.at_ms - last.end_ms
        if self._is_information() and rested > 64:
            self._note("tone", "unavailable", last.end_ms, "three rising tones")
        elif self._are_pulses():
            self._note("tone", "unavailable", last.end_ms, "a busy tone")
            if not self._stretches and last.end_ms > PATIENCE_MS:
                why = f"nobody speaks for {last.end_ms / 1000:.0f} s"
                self._note("cadence", "unavailable", last.end_ms, why)
        elif rested >= BEEP_REST_MS and last.end_ms != self._beep_ms:
            self._take_beep(last, frame)

    def _take_beep(self, tone: _Tone, frame: Frame) -> None:
        spoken = self._last_speech_ms
        is_behind_speech = spoken is not None and spoken <= tone.began_ms + 64
        known = self.signals.get("tone")
        if (
            is_behind_speech
            and not frame.is_speech
            and not (known and known.says == "unavailable")
        ):
            self._beep_ms = tone.end_ms
            hertz = " and ".join(map(str, tone.hz))
            self._note(
                "tone", "recorder", tone.end_ms, f"a beep of {hertz} Hz behind speech"
            )

    def _is_information(self) -> bool:
        last = list(self._tones)[-3:]
        return len(last) == 3 and all(
            len(tone.hz) == 1 and abs(tone.hz[0] - hertz) <= give
            for tone, (hertz, give) in zip(last, SIT, strict=True)
        )

    def _are_pulses(self) -> bool:
        last = list(self._tones)[-PULSES:]
        if len(last) < PULSES or not all(_same(last[0].hz, each.hz) for each in last):
            return False
        gaps = [b.began_ms - a.end_ms for a, b in zip(last, last[1:], strict=False)]
        return max(gaps) - min(gaps) <= 100 and max(gaps) <= 900


def _names(signal: Signal, who: Who) -> bool:
    """Tell whether a signal means just this one; a beep alone is a voicemail's."""
    return signal.says == who or (signal.says == "recorder" and who == "voicemail")


def _same(one: tuple[int, ...], other: tuple[int, ...]) -> bool:
    return len(one) == len(other) and all(
        abs(a - b) <= SAME_HZ for a, b in zip(one, other, strict=True)
    )
