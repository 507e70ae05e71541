"""Choosing speech to speech in a real browser."""

import pytest
from playwright.sync_api import expect

from agents.models import ProviderKey
from tests.browser import accessible, picture

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def openai(agent):
    return ProviderKey.objects.create(
        workspace=agent.workspace,
        provider="openai",
        account_name="OpenAI",
        credentials={"api_key": "sk-12345678901234567890"},
        masked="sk-1···7890",
    )


def test_speech_to_speech_is_compared_and_chosen_by_keyboard(signed_in, agent, openai):
    signed_in.goto(f"/agents/{agent.id}/?section=voice")

    signed_in.get_by_role("button", name="Compare speech to speech").press("Enter")
    drawer = signed_in.locator("#drawer")
    expect(drawer.get_by_text("One model hears, thinks and speaks")).to_be_visible()
    accessible(signed_in)
    picture(signed_in, "heads-picker", full=False)

    drawer.get_by_role("radio", name="OpenAI · gpt-realtime-mini").check()
    drawer.get_by_role("button", name="Use it").press("Enter")

    expect(signed_in.get_by_text("One model, one hop")).to_be_visible()
    expect(signed_in.get_by_role("radio", name="Cedar")).to_be_visible()
    accessible(signed_in)
    picture(signed_in, "heads-voice", full=False)
