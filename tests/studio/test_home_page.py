"""Home, settings and what went wrong, in a real browser."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from agents.models import Snapshot
from billing import wallet
from billing.models import DailySpend, Wallet
from common import clock
from tests.browser import accessible, picture
from tests.doubles.openai import OpenAI
from tests.doubles.server import in_a_thread
from tests.factories import AgentFactory, CallFactory
from tests.studio import sample

pytestmark = pytest.mark.browser


@pytest.fixture
def busy(workspace):
    """A workspace that works: two agents on the phone, one draft, money, calls."""
    wallet.top_up(
        workspace=workspace, amount_micros=25 * 10**8, key="test:busy", note=""
    )
    names = ("Brightwater reception", "Parcelway delivery desk", "Late arrivals")
    agents = [AgentFactory(workspace=workspace, name=name) for name in names]
    for number, agent in enumerate(agents[:2], start=3):
        agent.published = Snapshot.objects.create(
            agent=agent, number=number, revision=1, config={}, compiled_prompt=""
        )
        agent.revision = number - 2
        agent.save()
    for n, state in enumerate(["configured", "manual_required"]):
        workspace.numbers.create(
            number=f"+1415555013{n}", provider="twilio", agent=agents[n], binding=state
        )
    for day in range(14):
        DailySpend.objects.update_or_create(
            wallet=Wallet.objects.get(workspace=workspace),
            day=clock.now().date() - timedelta(days=day),
            defaults={"spent_micros": (day * 7 % 11 + 1) * 4 * 10**7},
        )
    sample.talk(agents[0])
    CallFactory(agent=agents[1], status="failed", end_reason="error", charge_micros=0)
    return CallFactory(
        agent=agents[0],
        status="in_progress",
        end_reason="",
        started_at=clock.now(),
        caller="+447700900772",
    )


@pytest.fixture
def openai(settings):
    with in_a_thread(OpenAI()) as double:
        settings.PROVIDER_BASE_URLS = {"openai": f"{double.url}/v1"}
        yield double


def test_home_looks_right(signed_in, busy):
    signed_in.goto("/")

    accessible(signed_in)
    picture(signed_in, "home")


def test_a_new_workspace_is_shown_the_way(signed_in, workspace):
    wallet.top_up(workspace=workspace, amount_micros=10**8, key="test:new", note="")
    signed_in.goto("/")

    accessible(signed_in)
    picture(signed_in, "home-new")


def test_a_call_that_ends_leaves_the_live_list(signed_in, busy):
    signed_in.goto("/")
    expect(signed_in.locator("#live-now")).to_contain_text("+44 7700 900772")

    type(busy).objects.filter(pk=busy.pk).update(status="completed")

    expect(signed_in.locator("#live-now")).to_contain_text("Nobody is on the line")


def test_the_wires_can_be_checked_again(signed_in, busy):
    signed_in.goto("/")
    Snapshot.objects.filter(number=3).delete()

    signed_in.get_by_role("button", name="Check again").click()

    expect(signed_in.get_by_text("Does not pick up")).to_have_count(2)


def test_a_provider_is_connected_from_its_drawer(signed_in, openai):
    signed_in.goto("/settings/providers/")
    accessible(signed_in)
    signed_in.get_by_role("button", name="Add a key for OpenAI").click()
    key = signed_in.get_by_label("API key")
    key.fill("wrong-key-0123456789")
    signed_in.get_by_role("button", name="Try and save").click()
    expect(signed_in.get_by_text("OpenAI was not connected")).to_be_visible()
    expect(key).to_have_value("wrong-key-0123456789")
    accessible(signed_in, within="#drawer")
    picture(signed_in, "provider-refused", full=False)

    key.fill("good-key")
    signed_in.get_by_role("button", name="Try and save").click()

    expect(signed_in.get_by_text("OpenAI accepts the key.")).to_be_visible()
    expect(signed_in.get_by_role("button", name="Open OpenAI")).to_be_visible()
    picture(signed_in, "providers")
    signed_in.get_by_role("button", name="Connected").click()
    expect(signed_in.locator("#providers .card:visible")).to_have_count(1)


def test_a_provider_is_disconnected_after_a_question(signed_in, openai):
    signed_in.goto("/settings/providers/?open=openai")
    signed_in.get_by_label("API key").fill("good-key")
    signed_in.get_by_role("button", name="Try and save").click()
    signed_in.get_by_role("button", name="Open OpenAI").click()
    picture(signed_in, "provider", full=False)
    asked = []
    signed_in.on("dialog", lambda box: (asked.append(box.message), box.accept()))

    signed_in.get_by_role("button", name="Remove key").click()

    expect(signed_in.get_by_role("button", name="Add a key for OpenAI")).to_be_visible()
    assert asked[0].startswith("Delete the OpenAI key?")


def test_what_went_wrong_looks_right(signed_in, open_page):
    signed_in.goto("/nowhere/")
    accessible(signed_in)
    picture(signed_in, "404")
    stranger = open_page(path="/nowhere/")
    accessible(stranger)
    picture(stranger, "404-stranger")


def test_what_is_not_allowed_looks_right(open_page, viewer):
    page = open_page(user=viewer, path="/settings/providers/")

    expect(page.get_by_text(re.compile("Your role"))).to_be_visible()
    accessible(page)
    picture(page, "403")
