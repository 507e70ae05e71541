"""Takes personal data out of a call: of its words, its keys and its sound.

It comes last, when everything that needs the words has read them, and before anything is
sent. The order makes it safe to be killed: what is taken out is put away first, if it is
to be kept at all; then the sound is masked; then the words, with the step itself.
"""

import base64
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import structlog

from intelligence import masking
from intelligence.masking import AGENT, CALLER, Stretch
from intelligence.models import Analysis, Redaction, RetentionPolicy
from intelligence.rules import personal
from intelligence.rules.personal import Span
from intelligence.talk import Line
from telephony import recordings
from telephony.models import Call, Recording, TimelineEvent, TranscriptSegment

PAD_MS = 250  # recognisers are not exact about when a word begins
log = structlog.get_logger()


@dataclass
class Plan:
    """What goes, found and not yet taken out."""

    texts: dict[TranscriptSegment, str] = field(default_factory=dict)
    events: dict[TimelineEvent, dict[str, Any]] = field(default_factory=dict)
    stretches: list[Stretch] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    taken: set[str] = field(default_factory=set)  # the very words, to find them again


def policy_for(call: Call) -> RetentionPolicy | None:
    """Return the policy that says what is masked in a call: its agent's, if that says
    anything, else the workspace's."""
    found = RetentionPolicy.objects.filter(workspace_id=call.workspace_id)
    own = found.filter(agent_id=call.agent_id).first()
    return own if own and own.masked else found.filter(agent=None).first()


def prepare(call: Call, *, now: datetime) -> Plan | None:
    """Find what goes, put the original away if it is kept, and mask the sound; None:
    nothing is masked in this workspace. May be done again after a crash."""
    policy = policy_for(call)
    if policy is None or not policy.masked:
        return None
    plan = find(call, policy.masked)
    path = _recording(call)
    if plan.counts and policy.original_hours:
        _put_away(call, plan, path, now + timedelta(hours=policy.original_hours))
    if path:
        masking.mask(path, plan.stretches)
    return plan


def commit(call: Call, plan: Plan) -> None:
    """Take the words out. Call it in the transaction that settles the step."""
    for segment, text in plan.texts.items():
        segment.text = text
        segment.metadata = {**segment.metadata, "redacted": True}
    TranscriptSegment.objects.bulk_update(plan.texts, ["text", "unheard", "metadata"])
    for event, detail in plan.events.items():
        event.detail = detail
    TimelineEvent.objects.bulk_update(plan.events, ["detail"])
    _clean_conclusions(call, plan)
    found, is_new = Redaction.objects.get_or_create(
        call=call, defaults={"workspace_id": call.workspace_id}
    )
    found.counts = dict(Counter(found.counts) + plan.counts)
    found.audio_spans = found.audio_spans + [
        [each.channel, each.start_ms, each.end_ms] for each in plan.stretches
    ]
    found.save(update_fields=["counts", "audio_spans"])


# ---------------------------------------------------------------- finding


def find(call: Call, kinds: Iterable[str]) -> Plan:
    """Return what is personal in a call's records."""
    plan, wanted = Plan(), list(kinds)
    segments = list(call.transcript_segments.order_by("sequence"))
    lines = [_line(segment) for segment in segments]
    names = personal.introduced(lines) if "name" in wanted else set()
    for place, (segment, line) in enumerate(zip(segments, lines, strict=True)):
        before = lines[place - 1] if place else None
        spans = personal.find(line, before, wanted, names)
        unheard = personal.find(
            Line(line.number, line.who, segment.unheard), before, wanted, names
        )
        if not (spans or unheard):
            continue
        plan.taken.update(line.text[span.start : span.end] for span in spans)
        plan.counts.update(span.kind for span in (*spans, *unheard))
        plan.texts[segment] = personal.redacted(line.text, spans)
        segment.unheard = personal.redacted(segment.unheard, unheard)
        plan.stretches += [_stretch(segment, span) for span in spans]
    for event in call.timeline.order_by("sequence"):
        detail = _event(event, wanted, names, plan)
        if detail != event.detail:
            plan.events[event] = detail
    return plan


def _line(segment: TranscriptSegment) -> Line:
    is_agent = segment.speaker == TranscriptSegment.Speaker.AGENT
    return Line(segment.sequence, "agent" if is_agent else "caller", segment.text)


def _stretch(segment: TranscriptSegment, span: Span) -> Stretch:
    """Return when a span was heard: by the words' times where they are known, else by
    its share of the line."""
    start, end = segment.started_at_ms, segment.ended_at_ms
    length = max(1, len(segment.text))
    lasts = max(0, end - start)
    channel = AGENT if segment.speaker == TranscriptSegment.Speaker.AGENT else CALLER
    return Stretch(
        channel,
        max(0, start + lasts * span.start // length - PAD_MS),
        start + -(-lasts * span.end // length) + PAD_MS,
    )


def _event(
    event: TimelineEvent, kinds: list[str], names: set[str], plan: Plan
) -> dict[str, Any]:
    if event.kind == "pressed" and "keypad" in kinds:
        if event.detail.get("digit") not in (None, "•", "#", "*"):
            plan.counts["keypad"] += 1
            return {**event.detail, "digit": personal.KINDS["keypad"]}
        return dict(event.detail)
    return {
        name: _cleaned(value, kinds, names, plan)
        for name, value in event.detail.items()
    }


def _cleaned(value: Any, kinds: list[str], names: set[str], plan: Plan) -> Any:
    if isinstance(value, str):
        spans = personal.find(Line(0, "caller", value), None, kinds, names)
        plan.counts.update(span.kind for span in spans)
        return personal.redacted(value, spans)
    if isinstance(value, dict):
        return {key: _cleaned(each, kinds, names, plan) for key, each in value.items()}
    if isinstance(value, list):
        return [_cleaned(each, kinds, names, plan) for each in value]
    return value


# ---------------------------------------------------------------- taking out


def _clean_conclusions(call: Call, plan: Plan) -> None:
    """Take the same out of summary, reasoning and quotes. Extracted fields stay: they
    were asked for by name."""
    policy = policy_for(call)
    analysis = Analysis.objects.filter(pk=call.pk).first()
    if analysis is None or policy is None:
        return
    names = {text for text in plan.taken if not any(sign.isdigit() for sign in text)}

    def cleaned(text: str) -> str:
        spans = personal.find(Line(0, "agent", text), None, policy.masked, ())
        text = personal.redacted(text, spans)
        for name in sorted(names, key=len, reverse=True):
            text = text.replace(name, personal.KINDS["name"])
        return text

    analysis.summary = cleaned(analysis.summary)
    analysis.reasoning = cleaned(analysis.reasoning)
    analysis.unkept = [
        {**each, "quote": cleaned(each["quote"]), "why": cleaned(each["why"])}
        for each in analysis.unkept
    ]
    analysis.save(update_fields=["summary", "reasoning", "unkept"])


def _recording(call: Call) -> Path | None:
    found = Recording.objects.filter(
        call=call, status=Recording.Status.COMPLETED, format="wav"
    ).first()
    path = recordings.full_path(found.path) if found else None
    return path if path and path.is_file() else None


def _put_away(call: Call, plan: Plan, path: Path | None, until: datetime) -> None:
    """Keep what goes, encrypted, once: a second try would find it masked already."""
    if Redaction.objects.filter(call=call, original__isnull=False).exists():
        return
    heard = masking.read(path, plan.stretches) if path else []
    original = {
        "lines": {str(s.sequence): s.text for s in _unchanged(call, plan)},
        "events": {str(event.sequence): event.detail for event in plan.events},
        "audio": [
            {
                "channel": each.channel,
                "start_ms": each.start_ms,
                "end_ms": each.end_ms,
                "pcm": base64.b64encode(sound).decode(),
            }
            for each, sound in zip(plan.stretches, heard, strict=False)
        ],
    }
    Redaction.objects.update_or_create(
        call=call,
        defaults={
            "workspace_id": call.workspace_id,
            "original": original,
            "original_until": until,
        },
    )


def _unchanged(call: Call, plan: Plan) -> Iterable[TranscriptSegment]:
    return call.transcript_segments.filter(pk__in=[each.pk for each in plan.texts])
