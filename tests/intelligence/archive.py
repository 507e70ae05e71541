"""Many calls of all ages, and what should be left of them, worked out apart."""

import random
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from django.conf import settings

from billing.models import LimitOverride
from common import ids
from intelligence.models import Analysis, LegalHold, RetentionPolicy
from telephony.models import Call, Recording, TimelineEvent, TranscriptSegment
from tests import factories
from webhooks.models import Event

CONTENT = ("recording", "transcript", "detail", "analysis", "webhook")
DEFAULT = {"recording": 30, "transcript": 90, "detail": 90, "analysis": 90, "webhook": 30, "call": 730}  # fmt: skip


@dataclass
class Archive:
    """``kept[artefact]`` are the calls whose part must still be there after a purge."""

    kept: dict[str, set[UUID]] = field(default_factory=dict)
    had: dict[str, set[UUID]] = field(default_factory=dict)
    workspaces: list = field(default_factory=list)


def build(count, now, folder="archive"):
    """Make calls in four workspaces: free, one with its own policy (and an agent with
    another), one under a hold, and one that keeps all for long."""
    chance = random.Random(7)
    archive = Archive()
    free = factories.AgentFactory()
    own = factories.AgentFactory(workspace__plan="enterprise")
    shorter = factories.AgentFactory(workspace=own.workspace)
    held = factories.AgentFactory(workspace__plan="enterprise")
    RetentionPolicy.objects.create(
        workspace=own.workspace, recording_days=7, transcript_days=400, call_days=500
    )
    RetentionPolicy.objects.create(
        workspace=own.workspace, agent=shorter, transcript_days=3
    )
    LimitOverride.objects.create(
        workspace=own.workspace, limit="retention_days", value=None
    )
    windows = {
        free.pk: dict.fromkeys(CONTENT, 30) | {"call": 730},
        own.pk: DEFAULT | {"recording": 7, "transcript": 400, "call": 500},
        shorter.pk: DEFAULT | {"transcript": 3},
        held.pk: dict.fromkeys(DEFAULT, 10**6),
    }
    agents = [free, own, shorter, held]
    ages = [
        (
            agents[n % 4],
            chance.choice(
                [
                    1,
                    2,
                    5,
                    10,
                    29,
                    31,
                    60,
                    89,
                    91,
                    200,
                    399,
                    401,
                    480,
                    510,
                    729,
                    731,
                    900,
                ]
            ),
        )  # fmt: skip
        for n in range(count)
    ]
    calls = [_call(agent, now - timedelta(days=age, hours=1)) for agent, age in ages]
    Call.objects.bulk_create(calls)
    LegalHold.objects.create(workspace=held.workspace, reason="court")
    one_held = {call.pk for call in chance.sample(calls, count // 50)}
    LegalHold.objects.bulk_create(
        LegalHold(workspace_id=call.workspace_id, call=call, reason="court")
        for call in calls
        if call.pk in one_held
    )
    _content(calls, folder)
    for name in DEFAULT:
        archive.had[name] = {call.pk for call in calls}
        archive.kept[name] = {
            call.pk
            for call, (agent, age) in zip(calls, ages, strict=True)
            if age < windows[agent.pk][name] or call.pk in one_held
        }
    archive.workspaces = [free.workspace, own.workspace, held.workspace]
    return archive


def _call(agent, moment):
    return factories.CallFactory.build(
        id=UUID(int=ids.floor(moment).int + random.getrandbits(60) + (7 << 76)),
        agent=agent,
        workspace=agent.workspace,
        summary="They asked for something.",
        ended_at=moment,
        handed_over_at=moment,
        charge_micros=1,
    )


def _content(calls, folder):
    place = Path(settings.RECORDINGS_DIR) / folder
    place.mkdir(parents=True, exist_ok=True)
    for call in calls:
        (place / f"{call.pk}.wav").write_bytes(bytes(44))
    Recording.objects.bulk_create(
        Recording(
            call=c, path=f"{folder}/{c.pk}.wav", sample_rate=8000, status="completed"
        )  # fmt: skip
        for c in calls
    )
    TranscriptSegment.objects.bulk_create(
        TranscriptSegment(
            call=c,
            speaker="user",
            text="Hello",
            sequence=n,
            started_at_ms=n,
            ended_at_ms=n,
        )  # fmt: skip
        for c in calls
        for n in range(2)
    )
    TimelineEvent.objects.bulk_create(
        TimelineEvent(call=c, kind="resumed", at_ms=1, sequence=0) for c in calls
    )
    Analysis.objects.bulk_create(
        Analysis(call=c, workspace_id=c.workspace_id, summary="…") for c in calls
    )
    Event.objects.bulk_create(
        Event(
            workspace_id=c.workspace_id,
            type="call.completed",
            key=f"call.completed:{c.pk}",
            subject=f"call:{c.pk}",
            body="{}",
        )  # fmt: skip
        for c in calls
    )


def left(folder="archive"):
    """Return which calls still have which part."""
    place = Path(settings.RECORDINGS_DIR) / folder
    files = {UUID(path.stem) for path in place.glob("*.wav")}
    rows = set(Recording.objects.values_list("call_id", flat=True))
    assert rows == files
    return {
        "recording": rows,
        "transcript": set(TranscriptSegment.objects.values_list("call_id", flat=True)),
        "detail": set(TimelineEvent.objects.values_list("call_id", flat=True)),
        "analysis": set(Analysis.objects.values_list("call_id", flat=True)),
        "webhook": {
            UUID(s.removeprefix("call:"))
            for s in Event.objects.values_list("subject", flat=True)
        },  # fmt: skip
        "call": set(Call.objects.values_list("pk", flat=True)),
    }
