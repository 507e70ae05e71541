"""What an agent was, and the way back to it, in a real browser."""

import pytest
from playwright.sync_api import expect

from agents import authoring, publishing
from tests.browser import accessible, picture

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_version_is_gone_back_to(signed_in, agent, owner):
    opener = agent.config["playbook"]["opener"]
    publishing.publish(agent, by=owner)
    changes = {
        "playbook.opener": "Harbour Dental, good morning. What can I do for you?",
        "persona.role": "receptionist for new patients",
        "advanced.temperature": 0.9,
    }
    authoring.edit(agent, changes=changes, by=owner)
    agent.refresh_from_db()
    publishing.publish(agent, by=owner)
    page = signed_in
    page.goto(f"/agents/{agent.id}/?section=history")
    expect(page.get_by_role("button", name="Back to v1")).to_be_visible()
    accessible(page)
    picture(page, "agent-history")

    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Back to v1").click()

    taken_back = page.locator(".history del", has_text="Harbour Dental, good morning.")
    expect(taken_back).to_be_visible()
    agent.refresh_from_db()
    assert agent.config["playbook"]["opener"] == opener
    picture(page, "agent-history-back")
