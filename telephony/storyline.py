"""A call told in order: what was said, and what happened in between. Pure."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Any

from common import wording
from telephony import pickup_words
from telephony.models import TimelineEvent, TranscriptSegment, Turn

SLOW_MS = 1_000
CUT = "cut"  # the tone of an interruption
FULL_MS = 1_200  # the waterfall is at least this wide, so that fast looks fast
STAGES = (  # (class of the colour, column, word)
    ("d1", "endpointing_ms", "waiting"),
    ("d2", "stt_ms", "speech to text"),
    ("d3", "llm_ms", "model"),
    ("d4", "tts_ms", "voice"),
    ("d6", "transport_ms", "line"),
)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the story: somebody's words, or an event between them."""

    at_ms: int
    kind: str  # "turn" or "event"
    who: str = ""  # agent or caller, of a turn
    text: str = ""
    unheard: str = ""  # said to nobody: the caller had cut in
    reply_ms: int | None = None
    icon: str = ""
    tone: str = ""
    code: str = ""  # a tool's name
    aside: str = ""
    number: int | None = None  # of a transcript's line, so that others can point at it
    name: str = ""  # of who speaks, where there are several
    to: str = ""  # for whose ears alone it was

    def is_turn(self) -> bool:
        """Tell whether somebody speaks."""
        return self.kind == "turn"

    def is_slow(self) -> bool:
        """Tell whether the reply took noticeably long."""
        return (self.reply_ms or 0) > SLOW_MS


@dataclass(frozen=True, slots=True)
class Bar:
    """One stage of one reply, placed in per cent of the waterfall's width."""

    stage: str
    x: float
    width: float


@dataclass(frozen=True, slots=True)
class Reply:
    """Where the wait before one reply went."""

    number: int
    at_ms: int
    total_ms: int
    bars: list[Bar] = field(default_factory=list)
    words: str = ""  # "waiting 240, model 310 ms", for who cannot see the bars
    why: str = ""  # what made the engine decide that the caller was done

    def is_slow(self) -> bool:
        """Tell whether the reply took noticeably long."""
        return self.total_ms > SLOW_MS


def lines(
    segments: Iterable[TranscriptSegment],
    events: Iterable[TimelineEvent],
    turns: Iterable[Turn],
) -> list[Line]:
    """Weave words and events into one story."""
    waits = {turn.number: turn.total_ms for turn in turns}
    said = _said(segments, waits)
    starts = [line.at_ms for line in said if line.who == "agent"]

    def place(line: Line) -> tuple[int, int]:
        if line.tone != CUT:
            return line.at_ms, 1 if line.is_turn() else 0
        # A cut follows the words it cut, though the caller began a moment before.
        before = [start for start in starts if start <= line.at_ms]
        return max(before, default=line.at_ms), 2

    return sorted([*said, *_happened(events)], key=place)


def _said(segments: Iterable[TranscriptSegment], waits: dict[int, int]) -> list[Line]:
    said = []
    segments = list(segments)
    several = len({each.participant_id for each in segments if _is_a_person(each)}) > 1
    for segment in segments:
        is_agent = segment.speaker == TranscriptSegment.Speaker.AGENT
        # A reply has one wait; its first words carry it.
        wait = waits.pop(segment.turn, None) if is_agent else None
        said.append(
            Line(
                at_ms=segment.started_at_ms,
                kind="turn",
                who="agent" if is_agent else "caller",
                text=segment.text,
                unheard=segment.unheard,
                reply_ms=wait,
                number=segment.sequence,
                name=_name(segment) if several and not is_agent else "",
                to=str(segment.metadata.get("to", "")),
            )
        )
    return said


def _is_a_person(segment: TranscriptSegment) -> bool:
    is_agent = segment.speaker == TranscriptSegment.Speaker.AGENT
    return bool(segment.participant_id) and not is_agent


def _name(segment: TranscriptSegment) -> str:
    return segment.participant.identity if segment.participant else ""


def _happened(events: Iterable[TimelineEvent]) -> list[Line]:
    told: list[Line] = []
    for kind, run in groupby(events, key=lambda event: event.kind):
        if kind == "pressed":
            told.append(_keys(list(run)))
        elif tell := TELLERS.get(kind):
            told += [tell(event) for event in run]
    return told


def _event(
    event: TimelineEvent,
    icon: str,
    text: str,
    *,
    tone: str = "",
    code: str = "",
    aside: str = "",
) -> Line:
    return Line(
        event.at_ms, "event", icon=icon, text=text, tone=tone, code=code, aside=aside
    )


def _keys(run: Sequence[TimelineEvent]) -> Line:
    digits = "".join(str(event.detail.get("digit", "")) for event in run)
    return _event(run[0], "keypad", "keyed in by the caller", code=digits)


def _tool(event: TimelineEvent) -> Line:
    detail = event.detail
    failed = bool(detail.get("failed"))
    took = event.end_ms - event.at_ms if event.end_ms is not None else None
    return _event(
        event,
        "tools",
        str(detail.get("result", ""))[:200],
        code=str(detail.get("name", "")),
        tone="bad" if failed else "",
        aside="" if took is None else f"{took:,} ms",
    )


def _recalled(event: TimelineEvent) -> Line:
    passages = event.detail.get("passages") or [{}]
    best = passages[0]
    took = event.end_ms - event.at_ms if event.end_ms is not None else 0
    more = f" and {len(passages) - 1} more" if len(passages) > 1 else ""
    return _event(
        event,
        "book",
        f"Looked up “{str(best.get('text', ''))[:160]}”",
        aside=f"{best.get('title', '')}, {best.get('place', '')}, score"
        f" {best.get('score', 0):.2f}{more} · {took:,} ms",
    )


def _switched(event: TimelineEvent) -> Line:
    detail = event.detail
    parts = ", ".join(filter(None, [str(detail.get("stt")), str(detail.get("tts"))]))
    return _event(event, "globe", f"Went on in {detail.get('name')}", aside=parts)


def _cut(event: TimelineEvent) -> Line:
    cause = _cause(event)
    text = f"The caller cut in{f' ({cause})' if cause else ''}"
    return _event(event, "cut", text, tone=CUT)


def _kept(event: TimelineEvent) -> Line:
    return _event(event, "ear", f"The agent kept talking: {_cause(event)}")


def _resumed(event: TimelineEvent) -> Line:
    return _event(event, "undo", "A false alarm: the agent took its sentence up again")


def _routed(event: TimelineEvent) -> Line:
    name, phrase = event.detail.get("caller_type", ""), event.detail.get("phrase", "")
    heard = f", heard in “{phrase}”" if phrase else ""
    return _event(event, "route", f"Recognised as {name}{heard}")


CHANNELS = {
    "stt": "Speech to text",
    "llm": "Language model",
    "tts": "Voice",
    "realtime": "Speech to speech",
}


def _fell_back(event: TimelineEvent) -> Line:
    detail = event.detail
    channel = CHANNELS.get(str(detail.get("channel")), "A provider")
    to = detail.get("to")
    rest = f"{to} took over" if to else "there was nothing to fall back on"
    return _event(
        event,
        "alert",
        f"{channel}: {detail.get('failed')} failed, {rest}",
        tone="warn" if to else "bad",
        aside=str(detail.get("reason", ""))[:80],
    )


def _prompted(event: TimelineEvent) -> Line:
    return _event(event, "message", "Nobody spoke, so the agent asked")


TRANSFERS = {  # what a step of a hand-over is called, and its tone
    "waiting": ("The caller is asked to wait for {to}", ""),
    "calling": ("Calling {to}; the caller hears music", ""),
    "briefing": ("{to} answered, and the agent tells them what it is about", ""),
    "accepted": ("{to} took the call, and the agent left it", "ok"),
    "declined": ("{to} did not take the call; the agent is back", "warn"),
    "hung_up": ("{to} hung up before taking the call; the agent is back", "warn"),
    "timed_out": ("{to} pressed no key in time; the agent is back", "warn"),
    "busy": ("{to} is busy; the agent is back", "warn"),
    "no_answer": ("{to} did not answer; the agent is back", "warn"),
    "failed": ("{to} could not be called; the agent is back", "bad"),
    "passed_on": ("Passed on to {to} by the carrier; the agent is gone", "ok"),
    "not_passed_on": ("The carrier could not pass the call on to {to}", "bad"),
    "caller_left": ("The caller hung up before {to} had taken the call", "warn"),
}


def _transferred(event: TimelineEvent) -> Line:
    detail = event.detail
    words, tone = TRANSFERS.get(str(detail.get("state")), ("Handing over to {to}", ""))
    to = wording.number(str(detail.get("to", ""))) or "somebody"
    return _event(event, "transfer", words.format(to=to), tone=tone)


def _person(icon: str, words: str, tone: str = "") -> Callable[[TimelineEvent], Line]:
    def tell(event: TimelineEvent) -> Line:
        name = str(event.detail.get("name", ""))
        told = words.format(name=wording.number(name) or name or "Somebody")
        return _event(event, icon, told, tone=tone)

    return tell


def _whispered(event: TimelineEvent) -> Line:
    line = _person("ear", "{name} whispered to the agent")(event)
    return replace(line, text=f"{line.text}: “{event.detail.get('text', '')}”")


def _warned(event: TimelineEvent) -> Line:
    told = event.detail.get("detail") or event.detail.get("kind", "")
    return _event(event, "alert", str(told), tone="warn")


def _picked_up(event: TimelineEvent) -> Line:
    detail = event.detail
    who, _ = pickup_words.WHO.get(str(detail.get("by")), ("Somebody", ""))
    done = pickup_words.ACTIONS.get(str(detail.get("action")), "")
    why = ", ".join(str(each.get("why", "")) for each in detail.get("signals") or [])
    return _event(
        event, "calls", f"{who} picked up{f': {done}' if done else ''}", aside=why
    )


def _cause(event: TimelineEvent) -> str:
    return str(event.detail.get("cause", ""))


TELLERS = {
    "tool_called": _tool,
    "recalled": _recalled,
    "language_switched": _switched,
    "interrupted": _cut,
    "kept_talking": _kept,
    "resumed": _resumed,
    "routing_shifted": _routed,
    "fell_back": _fell_back,
    "silence_prompted": _prompted,
    "transfer": _transferred,
    "participant_joined": _person("plus", "{name} joined the call"),
    "greeted": _person("agent", "The agent greeted {name}, unheard by the others"),
    "participant_left": _person("out", "{name} left the call"),
    "supervisor_joined": _person("eye", "{name} listens in"),
    "supervisor_left": _person("eye", "{name} stopped listening"),
    "whispered": _whispered,
    "taken_over": _person("mic", "{name} took over; the agent is silent", "warn"),
    "given_back": _person("undo", "{name} gave the call back to the agent"),
    "warned": _warned,
    "picked_up": _picked_up,
}


def replies(turns: Sequence[Turn], events: Iterable[TimelineEvent]) -> list[Reply]:
    """Draw the waterfall: one row a reply, all on the scale of the slowest."""
    full = max([FULL_MS, *(turn.total_ms for turn in turns)])
    reasons = {
        event.detail.get("turn"): str(event.detail.get("reason", ""))
        for event in events
        if event.kind == "turn_ended"
    }
    return [_reply(turn, full, reasons.get(turn.number, "")) for turn in turns]


def _reply(turn: Turn, full: int, why: str) -> Reply:
    bars, words, x = [], [], 0
    for stage, column, word in STAGES:
        took: int = getattr(turn, column)
        if not took:
            continue
        bars.append(Bar(stage, 100 * x / full, 100 * took / full))
        words.append(f"{word} {took:,}")
        x += took
    said = ", ".join(words) + " ms" if words else ""
    return Reply(turn.number, turn.at_ms, turn.total_ms, bars, said, why)


@dataclass(frozen=True, slots=True)
class Mark:
    """A spot below the waveform."""

    kind: str  # class: cut, tool, dtmf
    at_ms: int
    x: float  # per cent of the length
    title: str


MARKS = {"interrupted": "cut", "tool_called": "tool", "pressed": "dtmf"}


def marks(events: Iterable[TimelineEvent], length_ms: int) -> list[Mark]:
    """Place what happened under the waveform."""
    return [
        Mark(kind, event.at_ms, 100 * event.at_ms / length_ms, _title(event))
        for event in events
        if length_ms and (kind := MARKS.get(event.kind))
    ]


def _title(event: TimelineEvent) -> str:
    line = _keys([event]) if event.kind == "pressed" else TELLERS[event.kind](event)
    return f"{line.code} {line.text}".strip()


def facts(event: TimelineEvent) -> dict[str, str]:
    """Return what an event says about itself, without what says nothing."""
    return {
        key.replace("_", " "): _worded(value)
        for key, value in event.detail.items()
        if value not in (None, "", {}, [])
    }


def _worded(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key}: {_worded(each)}" for key, each in value.items())
    if isinstance(value, list):
        return ", ".join(_worded(each) for each in value)
    return (
        {True: "yes", False: "no"}.get(value, "")
        if isinstance(value, bool)
        else str(value)
    )
