"""A key for a web page, made and revoked in a real browser."""

import pytest
from playwright.sync_api import expect

from accounts import keys
from tests.browser import accessible, fits, picture

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_page_gets_a_key_and_loses_it(signed_in, agent):
    page = signed_in
    page.goto("/settings/keys/")
    page.get_by_role("button", name="New publishable key").click()
    page.get_by_label("Name").fill("Website")
    page.get_by_label("Allowed pages").fill("ftp://www.example.com")
    page.get_by_role("button", name="Make the key").click()
    expect(page.get_by_role("alert")).to_contain_text("no address of a web page")
    accessible(page)
    picture(page, "keys-publishable-refused", full=False)

    page.get_by_label("Allowed pages").fill("www.example.com")
    page.get_by_role("button", name="Make the key").click()
    raw = page.locator("#raw-key").inner_text()
    accessible(page)
    picture(page, "keys-publishable-made", full=False)
    page.get_by_role("button", name="I have copied it").click()
    row = page.locator("#publishable tr", has_text="Website")

    expect(row).to_contain_text("www.example.com")
    expect(row).to_contain_text("2 at once · 3 min each")
    assert keys.authenticate(raw).agent_id == agent.id
    accessible(page)
    fits(page)
    picture(page, "keys-publishable")

    page.once("dialog", lambda dialog: dialog.accept())
    row.get_by_role("button", name="Revoke").click()

    expect(page.get_by_text("No page has a key yet")).to_be_visible()
    assert keys.authenticate(raw) is None
