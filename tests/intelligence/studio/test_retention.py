"""Settings → Retention."""

import pytest
from django.urls import reverse

from common import clock
from intelligence import retention
from intelligence.models import ErasureReceipt, LegalHold, RetentionPolicy
from tests.intelligence.test_pipeline import work_out

pytestmark = pytest.mark.django_db
NUMBER = "+447700900418"


def url(name, *args):
    return reverse(f"intelligence:{name}", args=args)


def text(response):
    return " ".join(response.content.decode().split())


def test_the_page_shows_windows_within_the_plan(studio, agent):
    shown = text(studio.get(url("retention")))

    assert "Your plan keeps what was said for 30 days at most." in shown
    assert '<option value="30" selected>30 days</option>' in shown
    assert 'value="90"' not in shown.split('name="call"')[0]
    assert agent.name in shown


def test_windows_are_saved(studio, workspace):
    shown = text(studio.post(url("retention-keep"), {"recording": "7"}))

    assert "Saved" in shown
    assert RetentionPolicy.objects.get().recording_days == 7


def test_what_is_masked_is_saved(studio, workspace):
    studio.post(url("retention-masked"), {"card": "on", "original_hours": "72"})

    policy = RetentionPolicy.objects.get()
    assert (policy.masked, policy.original_hours) == (["card"], 72)


def test_an_agent_has_windows_of_its_own_and_none_again(studio, agent):
    studio.post(url("retention-agent", agent.id), {"transcript": "7"})
    assert RetentionPolicy.objects.get(agent=agent).transcript_days == 7

    studio.post(url("retention-agent", agent.id), {"follow": "1"})

    assert not RetentionPolicy.objects.filter(agent=agent).exists()


def test_a_hold_is_placed_and_released(studio, workspace):
    shown = text(studio.post(url("retention-hold"), {"reason": "A court asks."}))
    assert "A court asks." in shown
    hold = LegalHold.objects.get()

    studio.post(url("retention-release", hold.id))

    assert not retention.held_calls(workspace).exists()


def test_a_person_is_looked_up_and_erased_after_four_digits(studio, call):
    work_out(call)
    shown = text(studio.post(url("person"), {"number": "+44 7700 900418"}))
    assert "+44 7700 900418" in shown
    assert "<dt>Calls</dt><dd>1</dd>" in shown

    wrong = studio.post(url("person-erase"), {"number": NUMBER, "confirmed": "1111"})
    assert wrong.status_code == 422
    assert call.transcript_segments.exists()
    done = studio.post(url("person-erase"), {"number": NUMBER, "confirmed": "0418"})

    assert "are gone" in text(done)
    assert not call.transcript_segments.exists()
    assert ErasureReceipt.objects.count() == 1


def test_a_person_is_exported(studio, call):
    work_out(call)

    answer = studio.post(url("person-export"), {"number": NUMBER})

    assert answer["Content-Type"] == "application/zip"
    assert b"".join(answer.streaming_content).startswith(b"PK")


def test_what_is_no_number_is_told_beside_the_field(studio):
    answer = studio.post(url("person"), {"number": "Sam"})

    assert answer.status_code == 422
    assert "with its country" in text(answer)


def test_only_those_who_administer_may(client, viewer):
    client.force_login(viewer)

    assert client.get(url("retention")).status_code == 403


def test_a_strangers_hold_is_not_there(client, stranger, workspace, owner):
    hold = retention.hold(workspace, reason="x", by=owner)
    client.force_login(stranger)

    assert client.post(url("retention-release", hold.id)).status_code == 404
    retention.release(hold, by=owner, now=clock.now())
