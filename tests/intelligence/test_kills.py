"""``kill -9`` in every step: each call's events are written once, nothing is lost."""

import signal

import pytest

from common import clock
from intelligence import pipeline
from intelligence.models import Analysis, RetentionPolicy
from tests import processes
from webhooks.models import Delivery, Endpoint, Event

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]
PLACES = (
    "pipeline.before_plan_commit",
    "pipeline.transcript.before_commit",
    "pipeline.summary.claimed",
    "pipeline.sentiment.before_commit",
    "pipeline.extraction.settled",
    "pipeline.evaluation.claimed",
    "pipeline.promises.before_commit",
    "pipeline.redaction.masked",
    "pipeline.finish.before_commit",
    "pipeline.finish.settled",
)


def killed_at(place, call, offset):
    process = processes.start(
        "tests.intelligence.worker",
        call.pk,
        offset,
        RYMI_CHAOS="1",
        RYMI_CRASH_AT=place,
    )
    try:
        return process.wait(60)
    finally:
        processes.stop(process)


@pytest.mark.timeout(300)
def test_a_worker_killed_in_every_step_loses_and_doubles_nothing(call, workspace):
    Endpoint.objects.create(
        workspace=workspace, url="https://example.com/", events=["*"], secret="x" * 16
    )

    RetentionPolicy.objects.create(
        workspace=workspace, masked=["phone", "keypad"], original_hours=24
    )

    ended = [killed_at(place, call, 60 * n) for n, place in enumerate(PLACES)]

    assert ended == [-signal.SIGKILL] * len(PLACES)
    assert not pipeline.advance(call.pk, now=clock.now())
    call.refresh_from_db()
    assert call.intelligence_status == "completed"
    assert {step.state for step in call.analysis_steps.all()} == {"done"}
    assert Analysis.objects.get().summary
    assert call.redaction.counts == {"phone": 2, "keypad": 1}
    assert call.redaction.original["lines"]["3"].startswith("Oh seven seven")
    assert "[phone number]" in call.transcript_segments.get(sequence=3).text
    told = ["call.completed", "call.intelligence.ready"]
    assert sorted(Event.objects.values_list("type", flat=True)) == told
    assert Delivery.objects.count() == 2
