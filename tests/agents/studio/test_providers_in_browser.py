"""Settings → BYO Providers, in a real browser."""

import pytest

from agents.models import ProviderKey
from common import clock
from tests.agents.studio.test_providers import GOOD, openai
from tests.browser import accessible, picture
from tests.factories import AgentFactory

__all__ = ["openai"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def keys(workspace, openai):
    """A key that works and is used, and one that its provider has begun to refuse."""
    AgentFactory(workspace=workspace, name="Ava", config={"llm_provider": "openai"})
    tried = {"workspace": workspace, "tested_at": clock.now()}
    ProviderKey.objects.create(
        **tried,
        provider="openai",
        credentials=GOOD,
        masked="good···-key",
        verdict=ProviderKey.Verdict.OK,
    )
    ProviderKey.objects.create(
        **tried,
        provider="elevenlabs",
        credentials={"api_key": "worn-out"},
        masked="sk_8···81be",
        verdict=ProviderKey.Verdict.REFUSED,
        test_error="The account with ElevenLabs has no credit left (401).",
    )


def test_keys_are_seen_and_a_bad_one_is_mended(signed_in, keys):
    page = signed_in
    page.goto("/settings/providers/")
    accessible(page)
    picture(page, "providers")

    page.get_by_role("button", name="Mend").click()

    drawer = page.get_by_role("dialog")
    drawer.get_by_text("no credit left").wait_for()
    accessible(page, within="#drawer")
    picture(page, "providers-drawer-failing", full=False)


def test_the_drawer_of_a_key_that_is_used(signed_in, keys):
    page = signed_in
    page.goto("/settings/providers/?open=openai")

    page.get_by_role("dialog").get_by_role("link", name="Ava").wait_for()
    picture(page, "providers-drawer-used", full=False)
    page.get_by_role("button", name="Try again").click()
    page.get_by_text("OpenAI accepts the key").wait_for()
    picture(page, "providers-drawer-tried", full=False)


def test_a_key_is_refused_in_the_drawer(signed_in, openai):
    page = signed_in
    page.goto("/settings/providers/")
    page.get_by_role("button", name="Add a key for OpenAI", exact=True).click()
    page.get_by_label("API key").fill("bad-key")
    page.get_by_role("button", name="Try and save").click()

    page.get_by_text("OpenAI was not connected").wait_for()
    assert page.get_by_label("API key").input_value() == "bad-key"
    accessible(page, within="#drawer")
    picture(page, "providers-drawer-refused", full=False)


def test_the_list_is_sifted(signed_in, keys):
    page = signed_in
    page.goto("/settings/providers/")

    page.get_by_role("button", name="Connected", exact=True).click()
    assert page.locator("#providers .card:visible").count() == 2
    assert page.locator("[data-sift-count]:visible").all_inner_texts() == ["1", "1"]
    picture(page, "providers-connected")

    page.get_by_label("Search providers").fill("no such provider")
    assert page.get_by_text("No provider matches").is_visible()
    picture(page, "providers-none")

    page.get_by_role("button", name="Show all").click()
    assert page.locator("#providers .card:visible").count() > 20
