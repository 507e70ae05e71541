"""Share & testers in a real browser."""

import pytest

from agents import authoring, share_links
from agents import config as configs
from tests.browser import accessible, picture, wait_until

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_sharing_and_inviting(signed_in, open_page, workspace, owner):
    config = configs.parse({"persona": {"role": "clerk"}})
    agent = authoring.create(
        workspace=workspace, name="Front desk", config=config, by=owner
    )
    page = signed_in
    page.goto(f"/agents/{agent.id}/?section=share")
    page.get_by_text("No testers yet").wait_for()
    accessible(page)
    picture(page, "share-off", full=False)

    page.get_by_role("switch", name="Public link").check()
    page.get_by_role("button", name="Replace").wait_for()
    page.get_by_label("Minutes in the pool").fill("45")
    page.get_by_text("Saved", exact=True).first.wait_for()
    wait_until(
        page, "document.querySelector('#share-said').textContent.includes('Saved')"
    )
    assert share_links.of(agent).minutes_limit == 45

    page.get_by_role("button", name="Invite a tester").click()
    page.get_by_label("Mail address").fill("tess@example.com")
    accessible(page, within="#drawer")
    page.keyboard.press("Enter")
    link = page.locator("#tester-link").inner_text()
    page.get_by_role("button", name="Done").click()
    page.get_by_text("not yet opened").wait_for()
    accessible(page)
    picture(page, "share-on", full=False)

    visitor = open_page(path="/talk" + link.partition("/talk")[2])
    visitor.get_by_text("You try the draft").wait_for()
    accessible(visitor)
    picture(visitor, "share-tester")
    page.reload()
    page.get_by_text("Opened").wait_for()
