"""What a minute costs, and what a day may, as people choose it."""

import pytest
from playwright.sync_api import expect

from billing.models import ManagedSku
from common import clock
from tests import factories
from tests.browser import accessible, picture

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def offered(settings):
    settings.PROVIDER_API_KEYS = {"deepgram": "d", "openai": "o", "cartesia": "c"}
    stack = {"stt": "deepgram/nova-3", "llm": "openai/gpt-4o-mini", "tts": "cartesia/sonic-3"}  # fmt: skip
    for name, price in (("Natural", 10_000_000), ("Swift", 7_000_000)):
        ManagedSku.objects.update_or_create(
            pk=name.lower(),
            defaults={
                "name": name,
                "description": f"{name} voices, looked after by us",
                "price_micros": price,
                "stack": stack,
                "priced_on": clock.now().date(),
            },
        )


def test_a_managed_stack_is_chosen_by_its_price(signed_in, agent, offered):
    signed_in.goto(f"/agents/{agent.id}/?section=voice")
    accessible(signed_in)
    picture(signed_in, "stack-own")

    signed_in.get_by_role("radio", name="Natural").check()

    expect(signed_in.get_by_text("One fixed price")).to_be_visible()
    expect(signed_in.get_by_role("radio", name="Natural")).to_be_checked()
    expect(signed_in.get_by_role("button", name="Change voice engine")).to_have_count(0)
    accessible(signed_in)
    picture(signed_in, "stack-managed")


def test_an_agent_s_day_is_capped_in_its_settings(signed_in, agent):
    signed_in.goto(f"/agents/{agent.id}/?section=settings")
    panel = signed_in.locator("#daily-cap")
    panel.get_by_label("Stop taking this agent’s calls at, a day").fill("much")
    panel.get_by_role("button", name="Save").click()
    expect(panel.get_by_role("alert")).to_contain_text("is no amount")
    picture(signed_in, "daily-cap-refused")

    panel.get_by_label("Stop taking this agent’s calls at, a day").fill("12.50")
    panel.get_by_role("button", name="Save").click()

    expect(panel.get_by_role("status")).to_have_text("Saved")
    accessible(signed_in, within="#daily-cap")
    picture(signed_in, "daily-cap")


def test_an_agency_caps_its_clients(signed_in, workspace):
    for name in ("Harbour Dental", "Lakeside Telephone"):
        factories.WorkspaceFactory(
            account=workspace.account, parent=workspace, name=name
        )
    signed_in.goto("/settings/billing/")
    clients = signed_in.locator("#clients")
    field = clients.get_by_label("Cap of Harbour Dental a month, in USD")
    field.fill("40")
    clients.get_by_role("button", name="Save the cap of Harbour Dental").click()

    expect(clients.get_by_text("Saved", exact=True)).to_be_visible()
    accessible(signed_in, within="#clients")
    picture(signed_in, "clients")
