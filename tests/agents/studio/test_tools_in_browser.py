"""Tools and connectors in a real browser."""

import pytest
from playwright.sync_api import expect

from agents import authoring
from agents.tools import connectors, secrets
from tests.browser import accessible, fits, picture

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WEBHOOK = {
    "tool_id": "call_webhook",
    "side_effect": "read",
    "provider_settings": {
        "name": "lookup_order",
        "url": "https://api.brightwater-dental.example/orders",
        "method": "GET",
        "purpose": "Tells how an order stands.",
        "fields": [{"name": "number", "type": "integer", "required": True}],
    },
}


def test_a_webhook_is_added_by_hand(signed_in, agent):
    page = signed_in
    page.goto(f"/agents/{agent.id}/?section=tools")
    page.get_by_role("button", name="Add a tool").first.click()
    page.get_by_role("button", name="Add: Ask your own server").click()
    drawer = page.locator("#drawer")
    drawer.locator("[name=name]").fill("lookup_order")
    drawer.locator("[name=url]").fill("https://api.example.com/orders")
    drawer.get_by_role("button", name="Add a field").click()
    drawer.locator("[name$='.name']").last.fill("number")
    drawer.get_by_role("button", name="Add it").click()

    expect(page.locator("#section-tools")).to_contain_text("lookup_order")
    expect(page.locator("#section-tools")).to_contain_text("api.example.com")


def test_the_section_and_its_drawers_are_accessible_and_fit(signed_in, agent, owner):
    authoring.edit(
        agent,
        changes={
            "tools": [
                WEBHOOK,
                {
                    "tool_id": "handoff_to_human",
                    "provider_settings": {"transfer_number": "+441174960100"},
                },
                {"tool_id": "create_ticket"},
                {"tool_id": "send_whatsapp_message", "enabled": False},
            ]
        },
        by=owner,
    )
    signed_in.goto(f"/agents/{agent.id}/?section=tools")
    accessible(signed_in)
    picture(signed_in, "agent-tools-full", full=False)

    signed_in.get_by_role("button", name="Set up lookup_order").click()
    expect(signed_in.locator("#tool-form")).to_be_visible()
    accessible(signed_in)
    picture(signed_in, "agent-tool", full=False)


def test_connectors_are_accessible_and_fit(signed_in, workspace):
    connectors.connect(
        workspace=workspace,
        category="calendar",
        name="Front desk calendar",
        base_url="https://cal.brightwater-dental.example/v1",
        token="t",
        by=None,
    )
    secrets.put(
        workspace=workspace, name="SHOP_KEY", value="x", host="a.example.com", by=None
    )
    signed_in.goto("/settings/connectors/")
    accessible(signed_in)
    picture(signed_in, "connectors", full=False)

    signed_in.get_by_role("button", name="Change").click()
    expect(signed_in.locator("#connector-form")).to_be_visible()
    accessible(signed_in)
    picture(signed_in, "connector", full=False)


def test_handing_over_is_set_up_where_callers_are_routed(signed_in, agent):
    page = signed_in
    page.goto(f"/agents/{agent.id}/?section=routing")
    page.get_by_role("button", name="Set up", exact=True).click()
    page.get_by_label("Number").fill("+441174960100")
    accessible(page)
    picture(page, "agent-hand-over-drawer", full=False)
    page.get_by_role("button", name="Add it").click()

    expect(page.get_by_text("+44 117 496 0100")).to_be_visible()
    accessible(page)
    fits(page)
    picture(page, "agent-routing", full=False)
