"""Placing a call, in a real browser."""

import pytest
from playwright.sync_api import expect

from telephony.models import Call
from tests.browser import accessible, picture

pytestmark = pytest.mark.browser


def test_a_phone_rings_in_the_browser_and_is_busy(signed_in, agent):
    page = signed_in
    page.goto("/calls/")
    page.get_by_role("button", name="Place a call").click()
    expect(page.get_by_label("Number to call")).to_be_visible()
    accessible(page, within="#dialog")
    picture(page, "call-new", full=False)

    page.get_by_label("Number to call").fill("+44 7700 900123")
    page.get_by_role("button", name="Call my phone (simulated)").click()
    expect(page.get_by_text("Ringing: +15550100200")).to_be_visible()
    expect(page.get_by_role("button", name="Answer")).to_be_focused()
    accessible(page, within="#dialog")
    picture(page, "call-ringing", full=False)
    page.get_by_role("button", name="Be busy").click()

    expect(page.get_by_text("The line was busy. It cost nothing.")).to_be_visible()
    page.get_by_role("link", name="Look at it").click()
    expect(page.get_by_text("Busy").first).to_be_visible()
    call = Call.objects.get()
    assert (call.status, call.direction) == ("busy", "outbound")
