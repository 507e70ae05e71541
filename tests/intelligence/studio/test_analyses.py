"""What was worked out from a call, as its page shows it."""

from datetime import timedelta

import pytest
from django.urls import reverse

from common import clock
from intelligence import pipeline, retention
from intelligence.models import Analysis
from tests.factories import CallFactory
from tests.intelligence.test_pipeline import work_out

pytestmark = pytest.mark.django_db


def text(response):
    return " ".join(response.content.decode().split())


@pytest.fixture
def url(call):
    return reverse("intelligence:call-analysis", args=[call.id])


def test_it_shows_what_was_worked_out_and_that_rules_did(studio, call, url):
    work_out(call)

    shown = text(studio.get(url))

    assert "The caller said: “Hi, I can’t make my hygiene" in shown
    assert "Positive" in shown
    assert "not by a language model" in shown
    assert "Promised a booking" in shown
    assert 'href="#line-3" data-seek="12700"' in shown
    assert "Not judged" in shown
    assert "hx-trigger" not in shown


def test_it_asks_again_while_it_is_made(studio, call, url):
    pipeline.begin(call.pk, now=clock.now())

    shown = text(studio.get(url))

    assert 'hx-trigger="every 2s"' in shown
    assert "Step 1 of 8: transcript." in shown


def test_a_call_without_a_transcript_says_why_and_how_to_mend_it(studio, call, url):
    call.config["features"]["transcription_enabled"] = False
    call.save()
    work_out(call)

    shown = text(studio.get(url))

    assert "No transcript was kept of this call" in shown
    assert "Switch “Keep a transcript” on" in shown


def test_what_a_model_could_not_do_is_told(studio, call, url, model):
    model.fault = "401"
    work_out(call)

    shown = text(studio.get(url))

    assert "Done in part" in shown
    assert "The summary was made by rules" in shown
    assert "BYO Providers" in shown


def test_running_again_makes_it_wait(studio, call):
    work_out(call)

    shown = text(studio.post(reverse("intelligence:call-reprocess", args=[call.id])))

    assert "Waiting" in shown
    assert Analysis.objects.get().edition == 2


def test_a_viewer_may_look_and_not_run(client, viewer, call, url):
    work_out(call)
    client.force_login(viewer)

    assert "Run again" not in text(client.get(url))
    again = client.post(reverse("intelligence:call-reprocess", args=[call.id]))
    assert again.status_code == 403


def test_a_strangers_call_is_not_there(client, stranger, call, url):
    client.force_login(stranger)

    assert client.get(url).status_code == 404
    again = client.post(reverse("intelligence:call-reprocess", args=[call.id]))
    assert again.status_code == 404


def test_it_takes_few_queries(studio, call, url, django_assert_max_num_queries):
    work_out(call)
    studio.get(url)

    with django_assert_max_num_queries(15):
        studio.get(url)


def test_a_call_with_no_steps_yet_is_shown(studio, agent):
    old = CallFactory(agent=agent, config={}, ended_at=clock.now())

    shown = text(studio.get(reverse("intelligence:call-analysis", args=[old.id])))

    assert "Not worked on" in shown


def test_a_call_is_held_and_released_from_its_page(studio, call):
    work_out(call)
    url = reverse("intelligence:call-hold", args=[call.id])

    held = text(studio.post(url, headers={"HX-Prompt": "A court asks."}))
    assert "Legal hold" in held
    assert "A court asks." in held

    released = text(studio.post(url))
    assert "Recording until" in released


def test_what_retention_took_is_said_to_be_gone(studio, call, url):
    work_out(call)
    retention.purge_all(now=clock.now() + timedelta(days=100))

    assert "its time was over" in text(studio.get(url))
    page = text(studio.get(reverse("telephony:call-detail", args=[call.id])))
    assert "The transcript is gone" in page
