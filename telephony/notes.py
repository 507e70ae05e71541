"""What a conversation's events become in the records of a call. Pure."""

import re
from collections import defaultdict
from dataclasses import dataclass, field, fields
from typing import Any
from uuid import UUID

from telephony.taking_over import Past
from voice import events

_STORED = (
    events.TurnEnded,
    events.Interrupted,
    events.KeptTalking,
    events.Resumed,
    events.ToolCalled,
    events.Recalled,
    events.LanguageSwitched,
    events.Pressed,
    events.RoutingShifted,
    events.FellBack,
    events.SilencePrompted,
    events.Warned,
    events.PickedUp,
    events.Ended,
)
_WORD = re.compile(r"(?<!^)(?=[A-Z])")


def kind_of(event: events.Event) -> str:
    """Return an event's name in snake_case, as the browser and the records have it."""
    return _WORD.sub("_", type(event).__name__).lower()


def content_of(event: events.Event) -> dict[str, Any]:
    """Return an event's fields."""
    return {f.name: getattr(event, f.name) for f in fields(event)}


def browser_event(event: events.Event) -> dict[str, Any]:
    """Return an event as the browser's socket tells it."""
    told = {"kind": kind_of(event), **content_of(event)}
    told.pop("pieces", None)  # ours: whose words are whose
    return told


@dataclass
class Notes:
    """One call's records that are not in the database yet, and its figures."""

    transcription: bool = True
    segments: list[dict[str, Any]] = field(default_factory=list)
    timeline: list[dict[str, Any]] = field(default_factory=list)
    turns: list[dict[str, Any]] = field(default_factory=list)
    latencies: list[int] = field(default_factory=list)
    used: dict[tuple[str, str, str], dict[str, float]] = field(
        default_factory=lambda: defaultdict(dict)
    )
    turn_count: int = 0
    ended: events.Ended | None = None
    # Where the rows' numbers begin; not at 0 where another process began the call.
    _segment: int = 0
    _event: int = 0

    def go_on(self, past: Past) -> None:
        """Number what follows after what another process has written."""
        self._segment, self._event = past.segments, past.events
        self.turn_count, self.latencies = past.turns, list(past.latencies)

    def take(self, event: events.Event, by: UUID | None = None, to: str = "") -> None:
        """Put an event aside for the records; words with the participant who said them,
        and whom they were for if not for everybody."""
        if isinstance(event, events.Heard):
            if event.is_final:
                self.turn_count = max(self.turn_count, event.turn)
                self._said("user", event.at_ms, event.end_ms, event.text, "", event, by)
        elif isinstance(event, events.Spoke):
            said, rest = event.text, event.unheard
            self._said("agent", event.at_ms, event.end_ms, said, rest, event, by, to)
        elif isinstance(event, events.TurnLatency):
            self._waited(event)
        elif isinstance(event, events.Used):
            key = (event.channel, event.provider, event.model)
            for unit, quantity in event.quantities.items():
                self.used[key][unit] = self.used[key].get(unit, 0) + quantity
        elif isinstance(event, _STORED):
            self._happened(event)
        if isinstance(event, events.Ended):
            self.ended = event

    def happened(self, kind: str, at_ms: int, detail: dict[str, Any]) -> None:
        """Put something aside that is no event of the engine's."""
        self.timeline.append(
            {
                "sequence": self._event,
                "kind": kind,
                "at_ms": max(0, at_ms),
                "end_ms": None,
                "detail": detail,
            }
        )
        self._event += 1

    def _said(
        self,
        who: str,
        at: int,
        end: int,
        text: str,
        unheard: str,
        event: Any,
        by: UUID | None = None,
        to: str = "",
    ) -> None:
        if not self.transcription or not (text or unheard):
            return
        metadata = (
            {"source": event.source}
            if who == "user"
            else {"utterance": event.utterance, **({"to": to} if to else {})}
        )
        self.segments.append(
            {
                "sequence": self._segment,
                "speaker": who,
                "text": text,
                "unheard": unheard,
                "turn": event.turn,
                "started_at_ms": max(0, at),
                "ended_at_ms": max(0, at, end),
                "source": "stt" if who == "user" else "runtime",
                "participant_id": by,
                "metadata": metadata,
            }
        )
        self._segment += 1

    def _waited(self, event: events.TurnLatency) -> None:
        content = content_of(event)
        content["number"] = content.pop("turn")
        self.turns.append({k: max(0, v) for k, v in content.items()})
        self.latencies.append(event.total_ms)

    def _happened(self, event: events.Event) -> None:
        detail = content_of(event)
        at, end = detail.pop("at_ms"), detail.get("end_ms")
        self.timeline.append(
            {
                "sequence": self._event,
                "kind": kind_of(event),
                "at_ms": max(0, at),
                "end_ms": end,
                "detail": detail,
            }
        )
        self._event += 1

    def drain(self) -> "Batch":
        """Hand over what is not written yet."""
        batch = Batch(self.segments, self.timeline, self.turns)
        self.segments, self.timeline, self.turns = [], [], []
        return batch


@dataclass(slots=True)
class Batch:
    """Rows of one call, on their way to the database."""

    segments: list[dict[str, Any]] = field(default_factory=list)
    timeline: list[dict[str, Any]] = field(default_factory=list)
    turns: list[dict[str, Any]] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.segments or self.timeline or self.turns)

    def __iadd__(self, later: "Batch") -> "Batch":
        self.segments += later.segments
        self.timeline += later.timeline
        self.turns += later.turns
        return self
