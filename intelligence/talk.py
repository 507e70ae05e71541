"""A call as the steps read it: who said what, and what was really done. Plain values."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from telephony.models import Call, TimelineEvent, TranscriptSegment


@dataclass(frozen=True, slots=True)
class Line:
    """One thing said; ``number`` is the transcript segment's sequence."""

    number: int
    who: str  # "agent" or "caller"
    text: str
    at_ms: int = 0

    @property
    def is_caller(self) -> bool:
        """Whether the caller said it."""
        return self.who == "caller"


@dataclass(frozen=True, slots=True)
class Deed:
    """A tool that ran during the call."""

    name: str
    arguments: dict[str, Any] = field(default_factory=dict)
    result: str = ""
    failed: bool = False
    at_ms: int = 0


@dataclass(frozen=True, slots=True)
class Talk:
    """All of a conversation."""

    lines: tuple[Line, ...]
    deeds: tuple[Deed, ...] = ()
    ending: str = ""  # the call's end reason

    @property
    def caller(self) -> list[Line]:
        """What the caller said."""
        return [line for line in self.lines if line.is_caller]

    @property
    def agent(self) -> list[Line]:
        """What the agent said and the caller heard."""
        return [line for line in self.lines if not line.is_caller]

    def text(self, *, numbered: bool = False) -> str:
        """Write it down: ``Caller: …``, with the lines' numbers if asked for."""
        return "\n".join(
            f"{f'[{line.number}] ' if numbered else ''}{line.who.capitalize()}: {line.text}"
            for line in self.lines
        )

    def done(self) -> str:
        """Write down which tools ran, for a model to read."""
        return "\n".join(
            f"{deed.name}({deed.arguments}) → "
            f"{'FAILED: ' if deed.failed else ''}{deed.result[:300]}"
            for deed in self.deeds
        )


def read(call: Call) -> Talk:
    """Read a call's records: two queries."""
    return of(
        call.transcript_segments.order_by("sequence"),
        call.timeline.filter(kind="tool_called").order_by("sequence"),
        ending=call.end_reason,
    )


def has_words(call_id: UUID) -> bool:
    """Tell whether anything was written down of what was said."""
    return TranscriptSegment.objects.filter(call_id=call_id).exclude(text="").exists()


def of(segments: Any, events: Any, *, ending: str = "") -> Talk:
    """Build it from transcript segments and timeline events."""
    agent = TranscriptSegment.Speaker.AGENT
    return Talk(
        tuple(
            Line(
                each.sequence,
                "agent" if each.speaker == agent else "caller",
                each.text,
                each.started_at_ms,
            )
            for each in segments
            if each.text.strip()
        ),
        tuple(_deed(event) for event in events),
        ending,
    )


def _deed(event: TimelineEvent) -> Deed:
    detail = event.detail
    arguments = detail.get("arguments")
    return Deed(
        str(detail.get("name", "")),
        arguments if isinstance(arguments, dict) else {},
        str(detail.get("result", "")),
        bool(detail.get("failed")),
        event.at_ms,
    )
