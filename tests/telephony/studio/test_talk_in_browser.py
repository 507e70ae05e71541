"""The public page of a shared agent, in a real browser."""

import pytest

from agents import share_links
from billing import wallet
from tests import factories
from tests.browser import accessible, picture

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def link(workspace):
    wallet.top_up(workspace=workspace, amount_micros=10**9, key="t", note="test")
    agent = factories.AgentFactory(
        workspace=workspace,
        config={"persona": {"name": "Ava", "companyName": "Brightwater Dental"}},
    )
    return share_links.put(agent, fields={}, by=None)


def test_the_page_is_for_everybody(open_page, link):
    page = open_page(path=f"/talk/{link.token}/")

    assert page.get_by_role("heading", name="Ava").is_visible()
    assert page.get_by_role("button", name="Start talking to Ava").is_enabled()
    accessible(page)
    picture(page, "talk")


def test_a_closed_link_says_so(open_page, link):
    page = open_page(path="/talk/nothing/")

    assert page.get_by_text("This link is closed").is_visible()
    accessible(page)
