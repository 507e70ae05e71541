"""A conversation that another process began: where it stands, so that it goes on."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from django.db.models import Max

from agents import phrases
from providers.ports import Message
from telephony.models import Call
from voice.config import SessionConfig

# The process before may still be writing a few rows under its own numbers.
APART = 100


@dataclass(frozen=True, slots=True)
class Past:
    """What happened before."""

    begins_at_ms: int = 0
    exchanged_ms: int = 0
    segments: int = 0  # where numbers begin
    events: int = 0
    turns: int = 0
    latencies: tuple[int, ...] = ()
    messages: tuple[Message, ...] = ()
    silently: bool = False  # we ended the audio ourselves: nobody was cut off


def past_of(call: Call, now: datetime) -> Past:
    """Read where a call stands."""
    began = call.started_at or now
    segments = call.transcript_segments.aggregate(
        last=Max("sequence"), turns=Max("turn")
    )
    events = call.timeline.aggregate(last=Max("sequence"))["last"] or 0
    latencies = call.turns.values_list("total_ms", flat=True)
    return Past(
        begins_at_ms=max(1, int((now - began).total_seconds() * 1000)),
        exchanged_ms=call.exchanged_ms,
        segments=(segments["last"] or 0) + APART,
        events=events + APART,
        turns=segments["turns"] or 0,
        latencies=tuple(latencies),
        messages=tuple(_said(call)),
        silently=bool(
            call.legs.filter(keys_sent_at__isnull=False).update(keys_sent_at=None)
        ),
    )


def _said(call: Call) -> list[Message]:
    """Read the transcript as the model knew it: callers' lines that nobody answered in
    between were one message, whoever of them spoke."""
    said: list[Message] = []
    lines = call.transcript_segments.exclude(text="").values_list("speaker", "text")
    for speaker, text in lines:
        role: Literal["assistant", "user"] = (
            "assistant" if speaker == "agent" else "user"
        )
        if said and said[-1].role == role == "user":
            said[-1] = Message(role, f"{said[-1].text} {text}")
        else:
            said.append(Message(role, text))
    return said


def continued(config: SessionConfig, past: Past) -> SessionConfig:
    """Return the configuration with which a conversation goes on."""
    return replace(
        config,
        opener="" if past.silently else phrases.of(config.language).back,
        opener_audio=b"",
        agent_greets=not past.silently,
        waits=False,
        begins_at_ms=past.begins_at_ms,
        earlier_turns=past.turns,
        earlier=past.messages,
    )
