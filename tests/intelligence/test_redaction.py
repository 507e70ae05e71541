"""Personal data is taken out of words, keys and sound, before anything is sent."""

import json
import wave
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from django.conf import settings

from common import clock
from intelligence import masking, pipeline, redaction, retention
from intelligence.masking import AGENT, CALLER, Stretch
from intelligence.models import AnalysisStep, Redaction, RetentionPolicy
from tests.intelligence.test_pipeline import work_out
from tests.studio import sample
from webhooks.models import Event

pytestmark = pytest.mark.django_db


@pytest.fixture
def recorded(agent):
    folder = Path(settings.RECORDINGS_DIR)
    folder.mkdir(parents=True, exist_ok=True)
    return sample.talk(agent, config=agent.config, directory=folder)


@pytest.fixture
def policy(workspace):
    return RetentionPolicy.objects.create(
        workspace=workspace, masked=["phone", "keypad"]
    )


def channels(call):
    with wave.open(str(settings.RECORDINGS_DIR / call.recording.path)) as file:
        frames = np.frombuffer(file.readframes(file.getnframes()), np.int16)
        return frames.reshape(-1, 2).T, file.getframerate()


def test_without_a_policy_nothing_is_touched(recorded):
    before, _ = channels(recorded)
    work_out(recorded)

    assert recorded.analysis_steps.get(name="redaction").state == "skipped"
    assert np.array_equal(channels(recorded)[0], before)
    assert not Redaction.objects.exists()


def test_words_keys_and_sound_are_masked(recorded, policy):
    before, rate = channels(recorded)
    work_out(recorded)

    line = recorded.transcript_segments.get(sequence=3)
    assert line.text == "[phone number]."
    keys = recorded.timeline.filter(kind="pressed").values_list("detail", flat=True)
    assert [detail["digit"] for detail in keys] == ["•", "#"]
    tool = recorded.timeline.filter(kind="tool_called").first()
    assert tool.detail["arguments"] == {"phone": "[phone number]"}
    after, _ = channels(recorded)
    inside = slice(13 * rate, 16 * rate)  # the number was said from 12.7 to 17.0 s
    assert not np.array_equal(after[CALLER, inside], before[CALLER, inside])
    assert np.array_equal(after[AGENT], before[AGENT])
    outside = slice(30 * rate, 40 * rate)
    assert np.array_equal(after[CALLER, outside], before[CALLER, outside])
    assert after.shape == before.shape
    assert recorded.redaction.counts == {"phone": 2, "keypad": 1}


def test_what_is_sent_is_masked_and_what_was_extracted_is_not(recorded, policy):
    work_out(recorded)

    letter = json.loads(Event.objects.get(type="call.intelligence.ready").body)["data"]
    assert "[phone number]" in letter["transcript"]["text"]
    assert "double oh" not in json.dumps(letter["transcript"])
    assert "double oh" not in letter["summary"]
    assert letter["extraction"]["phone"] == "07700900418"


def test_the_original_is_kept_encrypted_for_its_time_or_not_at_all(recorded, policy):
    policy.original_hours = 24
    policy.save()
    work_out(recorded)

    kept = Redaction.objects.get()
    assert kept.original["lines"]["3"].startswith("Oh seven seven double oh")
    assert kept.original["audio"][0]["pcm"]
    raw = Redaction.objects.extra(select={"raw": "original"}).values_list("raw")[0][0]
    assert "seven" not in raw

    retention.forget_originals(now=clock.now() + timedelta(hours=25))

    assert Redaction.objects.get().original is None
    assert Redaction.objects.get().counts["phone"] == 2


def test_masking_again_finds_nothing_more(recorded, policy):
    work_out(recorded)
    once, _ = channels(recorded)

    pipeline.reprocess(recorded, now=clock.now())
    work_out(recorded)

    assert np.array_equal(channels(recorded)[0], once)
    assert recorded.redaction.counts == {"phone": 2, "keypad": 1}


def test_what_cannot_be_masked_is_not_sent(recorded, policy, monkeypatch):
    def broken(*_, **__):
        raise OSError("disk full")

    monkeypatch.setattr(redaction, "prepare", broken)
    now = clock.now()
    for _ in range(pipeline.TRIES):
        work_out(recorded, at=now)
        now += timedelta(minutes=20)

    step = recorded.analysis_steps.get(name="redaction")
    assert step.state == AnalysisStep.State.DEAD
    assert recorded.intelligence_status == "dead_letter"
    for event in Event.objects.all():
        assert "double oh" not in event.body
        assert json.loads(event.body)["data"]["transcript"] is None


def test_an_agents_own_policy_says_what_is_masked(recorded, policy, agent):
    RetentionPolicy.objects.create(
        workspace=agent.workspace, agent=agent, masked=["email"]
    )
    work_out(recorded)

    assert "double oh" in recorded.transcript_segments.get(sequence=3).text


def test_a_stretch_at_the_edge_of_a_file_is_masked(tmp_path):
    path = tmp_path / "x.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(np.full(8000 * 2, 100, np.int16).tobytes())

    masking.mask(path, [Stretch(AGENT, 500, 5_000), Stretch(CALLER, 0, 100)])

    with wave.open(str(path)) as file:
        left, right = np.frombuffer(file.readframes(8000), np.int16).reshape(-1, 2).T
    assert (left[800:] == 100).all()
    assert (left[:800] != 100).any()
    assert (right[:4000] == 100).all()
    assert (right[4000:] != 100).any()
