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


HEARD = {"kind": "heard", "turn": 1, "at_ms": 2_000, "is_final": False, "text": "I am"}
SHARED = {
    **HEARD,
    "is_final": True,
    "text": "I am Ann. And I am Ben.",
    "lines": [
        {"name": "ann@example.com", "text": "I am Ann.", "at_ms": 2_000},
        {"name": "ben@example.com", "text": "And I am Ben.", "at_ms": 3_100},
    ],
}
DRAW = """async (events) => {
  const { Transcript } = await import("/static/js/call/transcript.js");
  const list = document.querySelector("[data-flow]");
  const transcript = new Transcript(list, { agent: "Ava", caller: "You" });
  events.forEach((event) => transcript.take(event));
  return [...list.querySelectorAll("li")].map((turn) => [
    turn.querySelector("[data-name]").textContent, turn.querySelector("time").textContent,
    turn.querySelector("p").textContent, turn.classList.contains("partial")]);
}"""


def test_a_turn_that_two_people_share_is_drawn_as_a_line_each(open_page, link):
    page = open_page(path=f"/talk/{link.token}/")

    drawn = page.evaluate(DRAW, [HEARD])
    assert drawn == [["You", "0:02", "I am", True]]
    drawn = page.evaluate(DRAW, [HEARD, SHARED, {**HEARD, "turn": 2, "text": "So"}])
    assert drawn == [
        ["ann@example.com", "0:02", "I am Ann.", False],
        ["ben@example.com", "0:03", "And I am Ben.", False],
        ["You", "0:02", "So", True],
    ]
