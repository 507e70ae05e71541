"""What an agent may spend a day, in its settings."""

import pytest

from tests import factories

HTMX = {"HX-Request": "true"}

pytestmark = pytest.mark.django_db


def post(browser, agent, daily):
    return browser.post(
        f"/agents/{agent.id}/daily-cap/", {"daily": daily}, headers=HTMX
    )


def test_a_cap_is_set_changed_and_taken_away(studio, agent, workspace):
    assert "Saved" in post(studio, agent, "$12.50").text
    cap = workspace.spend_caps.get()
    assert (cap.subject, cap.label) == (f"agent:{agent.id}", agent.name)
    assert cap.daily_micros == 1_250_000_000

    post(studio, agent, "20")
    shown = studio.get(f"/agents/{agent.id}/daily-cap/", headers=HTMX).text
    assert 'value="20"' in shown

    post(studio, agent, "")
    assert not workspace.spend_caps.exists()


@pytest.mark.parametrize("daily", ["a lot", "0", "-3", "1e400"])
def test_what_is_no_cap_is_refused_and_changes_nothing(studio, agent, workspace, daily):
    post(studio, agent, "5")

    answer = post(studio, agent, daily)

    assert answer.status_code == 422
    assert "Not saved" in answer.text
    assert workspace.spend_caps.get().daily_micros == 500_000_000


def test_the_settings_ask_for_it_only_from_those_who_pay(client, studio, agent):
    page = f"/agents/{agent.id}/?section=settings"
    assert "/daily-cap/" in studio.get(page).text
    editor = factories.MembershipFactory(workspace=agent.workspace, role="editor").user
    client.force_login(editor)

    assert "/daily-cap/" not in client.get(page).text
    assert post(client, agent, "5").status_code == 403


def test_the_billing_page_names_agents_with_a_cap(studio, agent):
    post(studio, agent, "5")

    assert f"{agent.name} $5.00 a day" in studio.get("/settings/billing/").text
