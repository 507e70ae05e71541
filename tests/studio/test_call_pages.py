"""The calls list and a call, in a real browser."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser import accessible, picture, wait_until
from tests.factories import AgentFactory, CallFactory
from tests.studio import sample

pytestmark = pytest.mark.browser


@pytest.fixture
def agent(workspace):
    return AgentFactory(workspace=workspace, name="Brightwater reception")


@pytest.fixture
def recordings(settings, tmp_path):
    settings.RECORDINGS_DIR = tmp_path
    return tmp_path


@pytest.fixture
def call(agent, recordings):
    made = sample.talk(agent, directory=recordings)
    sample.pay(made)
    return made


@pytest.fixture
def some_calls(agent, call):
    desk = AgentFactory(workspace=agent.workspace, name="Parcelway delivery desk")
    CallFactory(
        agent=desk,
        status="failed",
        end_reason="error",
        error_code="call_failed",
        error_message="lookup_parcel did not answer for 10 s, twice",
        duration_ms=57_000,
        charge_micros=4_200_000,
    )
    CallFactory(agent=desk, channel="text", caller="lena@example.com", charge_micros=0)
    CallFactory(agent=agent, status="no_answer", end_reason="", charge_micros=0)
    return CallFactory(agent=desk, status="in_progress", end_reason="", caller="")


def test_the_list_looks_right(signed_in, some_calls):
    signed_in.goto("/calls/")

    accessible(signed_in)
    picture(signed_in, "calls")


def test_an_empty_list_says_what_comes(signed_in):
    signed_in.goto("/calls/")

    accessible(signed_in)
    picture(signed_in, "calls-empty")


def test_filters_change_rows_address_and_export(signed_in, some_calls):
    signed_in.goto("/calls/")

    signed_in.get_by_text("Failed", exact=True).first.click()

    expect(signed_in.locator("tbody tr")).to_have_count(1)
    expect(signed_in).to_have_url(re.compile(r"/calls/\?state=failed$"))
    assert "state=failed" in signed_in.locator("#export").get_attribute("href")
    signed_in.get_by_label("Search calls").fill("999")
    expect(signed_in.get_by_role("heading", name="No call matches")).to_be_visible()
    signed_in.go_back()
    expect(signed_in.locator("tbody tr")).to_have_count(1)


def test_a_live_row_ends_by_itself(signed_in, some_calls):
    signed_in.goto("/calls/")
    row = signed_in.locator(f"#call-{some_calls.id}")
    expect(row).to_contain_text("Live")

    type(some_calls).objects.filter(pk=some_calls.pk).update(status="completed")
    CallFactory(agent=some_calls.agent)

    expect(row).to_contain_text("Completed")
    expect(signed_in.get_by_role("link", name="1 new call: show")).to_be_visible()


def test_the_player_jumps_plays_and_follows(signed_in, call):
    signed_in.goto(f"/calls/{call.id}/")
    player = signed_in.locator("[data-player]")
    audio = "document.querySelector('[data-player] audio')"
    wait_until(signed_in, f"{audio}.readyState > 0")
    assert signed_in.evaluate(f"{audio}.duration") == pytest.approx(46, abs=0.1)

    signed_in.get_by_role("button", name="Play from 0:18").first.click()
    expect(player.locator("[data-clock]")).to_have_text("0:18 / 0:46")
    expect(signed_in.locator("[data-now]")).to_contain_text("Thank you, Sam")
    signed_in.locator("canvas").press("ArrowRight")
    expect(player.locator("[data-clock]")).to_have_text("0:23 / 0:46")
    signed_in.locator("canvas").press(" ")
    wait_until(signed_in, f"{audio}.currentTime > 23.5")
    signed_in.locator("canvas").press(" ")

    assert signed_in.evaluate(f"{audio}.paused")


def test_a_call_looks_right(signed_in, call):
    signed_in.goto(f"/calls/{call.id}/")
    expect(signed_in.get_by_text("In the ledger")).to_be_visible()
    signed_in.locator(".script [data-seek='18105']").click()

    accessible(signed_in)
    picture(signed_in, "call")


def test_words_are_found_in_a_call(signed_in, call):
    signed_in.goto(f"/calls/{call.id}/")

    signed_in.get_by_label("Find in this call").fill("friday at nine")

    expect(signed_in.locator(".script .turn:visible")).to_have_count(1)


def test_a_failed_typed_call_says_how_to_mend_it(signed_in, agent):
    call = sample.talk(
        agent,
        channel="text",
        status="failed",
        end_reason="error",
        error_code="call_failed",
        end_detail="no language model answered",
        error_message="no language model answered",
    )
    signed_in.goto(f"/calls/{call.id}/")

    expect(signed_in.get_by_text("Check the language model’s key")).to_be_visible()
    expect(signed_in.locator("[data-player]")).to_have_count(0)
    accessible(signed_in)
    picture(signed_in, "call-failed")


def test_a_live_call_is_followed_to_its_end(signed_in, agent):
    call = sample.talk(agent, status="in_progress", end_reason="")
    signed_in.goto(f"/calls/{call.id}/")
    expect(signed_in.get_by_text("What is being said")).to_be_visible()
    accessible(signed_in)
    picture(signed_in, "call-live")

    type(call).objects.filter(pk=call.pk).update(
        status="completed", end_reason="user_disconnect"
    )

    expect(signed_in.get_by_text("Reply time by turn")).to_be_visible(timeout=8_000)
