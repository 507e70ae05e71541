"""What receivers are told of a call, once."""

import json

import pytest

from common import clock
from intelligence import pipeline
from intelligence.models import Analysis
from telephony import calls
from telephony.models import Call
from tests.factories import CallFactory
from tests.intelligence.test_pipeline import work_out
from webhooks.models import Event

pytestmark = pytest.mark.django_db


def letters():
    return {event.type: json.loads(event.body)["data"] for event in Event.objects.all()}


def test_both_events_are_written_with_the_last_step(call):
    work_out(call)

    told = letters()
    assert set(told) == {"call.completed", "call.intelligence.ready"}
    completed, ready = told["call.completed"], told["call.intelligence.ready"]
    assert completed["call_id"] == ready["call_id"] == str(call.id)
    assert completed["agent_id"] == str(call.agent_id)
    assert completed["duration"] == 46
    assert completed["cost"] == 0.06
    assert completed["intelligence_status"] == "completed"
    assert completed["transcript"]["text"].startswith("Agent: Hello, Brightwater")
    assert "\nCaller: Hi, I can’t" in completed["transcript"]["text"]
    assert ready["summary"].startswith("The caller said")
    assert ready["sentiment"] == "positive"
    assert ready["extraction"] == {"phone": "07700900418", "day": "Friday"}
    assert ready["evaluation"]["rubric"] == "The visit was moved."
    assert ready["said_not_done"][0]["promise"] == "a booking"
    assert ready["made_by"] == "rules"


def test_without_a_transcript_only_the_end_is_told(agent):
    silent = CallFactory(agent=agent, config=agent.config, ended_at=clock.now())

    work_out(silent)

    (completed,) = letters().values()
    assert completed["intelligence_status"] == "not_started"
    assert completed["transcript"] is None
    assert completed["summary"] is None


def test_working_a_call_out_anew_sends_nothing(call):
    work_out(call)
    pipeline.reprocess(call, now=clock.now())
    work_out(call)

    assert Event.objects.count() == 2
    assert Analysis.objects.get().edition == 2


def test_the_end_of_a_call_brings_it_all_about(
    agent, owner, django_capture_on_commit_callbacks
):
    from billing import wallet

    wallet.top_up(workspace=agent.workspace, amount_micros=10**9, key="t", note="")
    call, _ = calls.start_test(agent=agent, by=owner, origin="http://x")
    calls.answer(call.id, now=clock.now())
    call.transcript_segments.create(
        speaker="user",
        text="Hello, are you",
        sequence=0,
        started_at_ms=0,
        ended_at_ms=9,
    )

    with django_capture_on_commit_callbacks(execute=True):
        calls.end(
            call.id,
            calls.Outcome(Call.EndReason.USER_DISCONNECT, duration_ms=4_000),
            now=clock.now(),
        )
    with django_capture_on_commit_callbacks(execute=True):
        pass

    call.refresh_from_db()
    assert call.intelligence_status == "completed"
    assert len(letters()) == 2
