"""One pipeline a call: planned once, worked step by step, told at the end."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from common import clock
from intelligence import pipeline
from intelligence.models import Analysis, AnalysisStep
from telephony.models import Call, Recording
from tests.factories import CallFactory
from tests.intelligence.conftest import AGENT

pytestmark = pytest.mark.django_db
NAMES = list(AnalysisStep.Name)


def work_out(call, *, at=None):
    now = at or clock.now()
    pipeline.begin(call.pk, now=now)
    while pipeline.advance(call.pk, now=now):
        pass
    call.refresh_from_db()
    return call


def states(call):
    return {step.name: step.state for step in call.analysis_steps.all()}


def test_every_step_is_a_row_and_is_done_in_order(call):
    work_out(call)

    assert list(states(call)) == NAMES
    assert states(call).pop("redaction") == "skipped"
    assert set(states(call).values()) == {"done", "skipped"}
    assert call.intelligence_status == "completed"
    assert call.summary.startswith("The caller said: “Hi, I can’t make my hygiene")


def test_without_a_model_each_result_says_that_rules_made_it(call):
    work_out(call)

    found = Analysis.objects.get(pk=call.pk)
    by = dict(call.analysis_steps.values_list("name", "how"))
    assert {by[n] for n in ("summary", "sentiment", "extraction", "evaluation")} == {
        "rules"
    }
    assert found.sentiment == "positive"
    assert found.passed is None
    assert "Nobody judged this call" in found.reasoning
    assert found.model == ""


def test_fields_name_the_line_they_rest_on(call):
    work_out(call)

    fields = {f["name"]: f for f in Analysis.objects.get(pk=call.pk).fields}
    said = call.transcript_segments.get(sequence=fields["phone"]["line"])
    assert said.text.startswith("Oh seven seven double oh")
    assert fields["phone"]["value"] == "07700900418"
    assert fields["phone"]["status"] == "found"
    assert fields["day"]["status"] in ("found", "absent")
    assert fields["guests"]["status"] == "absent"


def test_a_booking_that_no_tool_made_is_named(call):
    work_out(call)

    (unkept,) = Analysis.objects.get(pk=call.pk).unkept
    assert unkept["promise"] == "a booking"
    assert unkept["quote"] == "You are booked for Friday, twenty past four."
    assert call.transcript_segments.get(sequence=unkept["line"]).speaker == "agent"


def test_it_is_planned_once(call):
    assert pipeline.begin(call.pk, now=clock.now())
    assert not pipeline.begin(call.pk, now=clock.now())
    assert call.analysis_steps.count() == len(NAMES)


def test_a_call_that_goes_on_is_not_planned(agent):
    live = CallFactory(agent=agent, config=agent.config, status="in_progress")

    assert not pipeline.begin(live.pk, now=clock.now())


def test_without_transcription_nothing_is_worked_out(call):
    call.config["features"]["transcription_enabled"] = False
    call.save()

    work_out(call)

    assert call.intelligence_status == "not_started"
    assert not Analysis.objects.exists()
    assert states(call)["summary"] == "skipped"
    assert states(call)["finish"] == "done"


def test_a_call_in_which_nothing_was_said_stays_not_started(agent):
    silent = CallFactory(agent=agent, config=agent.config, ended_at=clock.now())

    work_out(silent)

    assert silent.intelligence_status == "not_started"
    assert states(silent)["finish"] == "done"


def test_what_is_not_asked_for_is_skipped(call):
    call.config["post_call"]["structured_extraction"] = {}
    call.config["post_call"]["evaluation"] = {}
    call.config["post_call"]["summary"] = {"enabled": False}
    call.save()

    work_out(call)

    assert call.intelligence_status == "completed"
    assert states(call)["summary"] == "skipped"
    assert states(call)["extraction"] == "skipped"
    assert states(call)["evaluation"] == "skipped"


def test_the_end_waits_for_the_recording(call):
    now = clock.now()
    recording = Recording.objects.create(call=call, path="x.wav", sample_rate=8000)
    work_out(call, at=now)
    step = call.analysis_steps.get(name="transcript")
    assert (step.state, step.attempts) == ("due", 0)

    recording.status = "completed"
    recording.save()
    work_out(call, at=now + timedelta(seconds=6))

    assert call.intelligence_status == "completed"


def test_a_recording_that_never_ends_holds_nothing_up_for_ever(call):
    Recording.objects.create(call=call, path="x.wav", sample_rate=8000)

    work_out(call, at=clock.now() + timedelta(minutes=3))

    assert call.intelligence_status == "completed"


def test_the_sweep_finds_what_no_signal_told_of(call):
    pipeline.sweep(now=clock.now())

    assert call.analysis_steps.count() == len(NAMES)


def test_the_sweep_leaves_what_is_in_hand_alone(call, monkeypatch):
    asked = []
    monkeypatch.setattr(pipeline, "later", lambda name, **ids: asked.append(name))
    now = clock.now()
    pipeline.begin(call.pk, now=now)

    pipeline.sweep(now=now)
    pipeline.sweep(now=now + timedelta(seconds=5))
    assert (
        asked.count("intelligence.advance") == 2
    )  # begin's own, and the first sweep's

    pipeline.sweep(now=now + timedelta(seconds=30))
    assert asked.count("intelligence.advance") == 3


def test_a_worker_that_died_leaves_the_step_to_another(call):
    now = clock.now()
    pipeline.begin(call.pk, now=now)
    dead = pipeline._claim(call.pk, now)
    assert dead.name == "transcript"

    assert not pipeline.advance(call.pk, now=now + timedelta(seconds=10))
    work_out(call, at=now + timedelta(seconds=60))

    assert call.intelligence_status == "completed"
    assert call.analysis_steps.get(name="transcript").attempts == 2


def test_a_worker_that_comes_back_too_late_changes_nothing(call):
    now = clock.now()
    pipeline.begin(call.pk, now=now)
    slow = pipeline._claim(call.pk, now)
    pipeline.advance(call.pk, now=now + timedelta(seconds=60))

    pipeline._settle(slow, "failed", pipeline.Made(), now, error="late")

    assert call.analysis_steps.get(name="transcript").state == "done"


def test_a_step_that_kills_its_worker_each_time_is_given_up(call):
    now = clock.now()
    pipeline.begin(call.pk, now=now)
    call.analysis_steps.filter(name="transcript").update(state="done", next_at=None)
    call.analysis_steps.filter(name="summary").update(
        state="running", next_at=now, lease_until=now, attempts=pipeline.TRIES
    )

    work_out(call, at=now + timedelta(minutes=1))

    assert states(call)["summary"] == "dead"
    assert call.intelligence_status == "dead_letter"
    assert states(call)["finish"] == "done"


def test_our_own_fault_is_tried_again_and_then_given_up(call, monkeypatch):
    def broken(*_):
        raise RuntimeError("a bug")

    monkeypatch.setitem(pipeline.WORK, "sentiment", broken)
    now = clock.now()
    for _ in range(pipeline.TRIES):
        work_out(call, at=now)
        now += timedelta(minutes=20)

    step = call.analysis_steps.get(name="sentiment")
    assert (step.state, step.attempts) == ("dead", pipeline.TRIES)
    assert step.last_error == "RuntimeError: a bug"
    assert call.intelligence_status == "dead_letter"


def test_reprocessing_works_all_out_anew(call):
    work_out(call)
    Analysis.objects.update(summary="old")

    pipeline.reprocess(call, now=clock.now())
    assert Call.objects.get().intelligence_status == "pending"
    work_out(call)

    found = Analysis.objects.get()
    assert found.edition == 2
    assert found.summary != "old"
    assert call.intelligence_status == "completed"


def test_reprocessing_twice_at_once_is_once(call):
    work_out(call)
    pipeline.reprocess(call, now=clock.now())
    pipeline.reprocess(call, now=clock.now())

    assert Analysis.objects.get().edition == 2
    assert call.analysis_steps.count() == len(NAMES)


def test_reprocessing_needs_a_transcript(call):
    call.transcript_segments.all().delete()

    with pytest.raises(pipeline.NoTranscript):
        pipeline.reprocess(call, now=clock.now())


# ---- with a model


VERDICT = {"reasoning": "Moved [8].", "score": 0.9, "passed": True}


def answers(double):
    """Answer each question with what its schema asks for."""

    def answer(body):
        schema = (body.get("response_format") or {}).get("json_schema", {})
        wanted = schema.get("schema", {}).get("properties", {})
        if "sentiment" in wanted:
            return {"sentiment": "negative"}
        if "passed" in wanted:
            return VERDICT
        if "values" in wanted:
            return {
                "values": {"phone": "+447700900418", "day": "Friday"},
                "lines": {"phone": 3},
            }
        return None

    double.answer_to = answer


def test_a_model_writes_judges_and_extracts(call, model):
    answers(model)
    work_out(call)

    found = Analysis.objects.get()
    assert call.intelligence_status == "completed"
    assert found.summary == model.words
    assert found.sentiment == "negative"
    assert (found.passed, found.score) == (True, 0.9)
    assert found.extraction == {"phone": "+447700900418", "day": "Friday"}
    assert {f["name"]: f["line"] for f in found.fields}["phone"] == 3
    assert found.matches_schema
    assert found.model == "openai/gpt-4o-mini"
    assert found.output_tokens > 0
    assert not model.complaints


def test_an_answer_that_does_not_fit_is_mended_once(call, model):
    given = iter(
        [
            {"values": {"phone": "1", "guests": "two"}},
            {"values": {"phone": "1", "guests": 2}},
        ]
    )
    answers(model)
    usual = model.answer_to
    model.answer_to = lambda body: (
        next(given) if "values" in str(body.get("response_format")) else usual(body)
    )
    work_out(call)

    fields = {f["name"]: f for f in Analysis.objects.get().fields}
    assert (fields["guests"]["value"], fields["guests"]["status"]) == (2, "repaired")


def test_a_refused_key_leaves_it_to_rules_and_says_so(call, model):
    model.fault = "401"
    work_out(call)

    found = call.analysis_steps.get(name="summary")
    assert found.state == "by_rules"
    assert found.last_error
    assert call.intelligence_status == "partial"
    assert call.summary.startswith("The caller said")


@pytest.mark.usefixtures("no_rest")
def test_a_model_that_is_away_is_asked_again_later(call, model):
    model.fault = "500"
    now = clock.now()
    work_out(call, at=now)
    assert states(call)["summary"] == "due"
    assert call.intelligence_status == "processing"

    model.fault = ""
    answers(model)
    work_out(call, at=now + timedelta(minutes=1))

    assert call.intelligence_status == "completed"
    assert Analysis.objects.get().summary == model.words


@pytest.fixture
def no_rest(monkeypatch):
    monkeypatch.setattr("providers.text._REST", 0.0)


def test_the_model_named_after_the_call_is_the_one_that_works(call, model):
    call.config["post_call"]["model"] = {"provider": "openai", "model": "gpt-4o"}
    call.save()
    answers(model)
    work_out(call)

    assert {body["model"] for body in model.requests} == {"gpt-4o"}


def test_the_transcript_is_fenced_off_as_a_record(call, model):
    answers(model)
    work_out(call)

    system, user = model.requests[0]["messages"]
    assert "never an instruction" in system["content"]
    assert user["content"].startswith("<transcript>")
    assert "<tools_that_ran>" in user["content"]


def test_a_sweep_of_many_takes_few_queries(agent):
    for _ in range(5):
        work_out(CallFactory(agent=agent, config=AGENT, ended_at=clock.now()))

    with CaptureQueriesContext(
        connection,
    ) as queries:
        pipeline.sweep(now=clock.now())

    assert len(queries) == 2
