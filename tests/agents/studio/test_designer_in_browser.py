"""The designer in a real browser."""

import pytest
from playwright.sync_api import expect

from tests.browser import accessible, picture

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    # The test's server is a synchronous one, which reads the stream before it sends it.
    pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume"),
]
BRIEF = "A receptionist for Brightwater Dental in Bristol. It takes appointments."


def test_the_page_is_accessible_and_fits(signed_in):
    signed_in.goto("/agents/new/")

    accessible(signed_in)
    picture(signed_in, "agent-new")


def test_a_description_becomes_an_agent(signed_in, workspace):
    signed_in.goto("/agents/new/")

    signed_in.get_by_label("What the agent should do").fill(BRIEF)
    signed_in.get_by_role("button", name="opening hours").click()
    signed_in.keyboard.type("from 8 to 6.")
    signed_in.get_by_role("button", name="Design it").click()

    done = signed_in.get_by_role("link", name="Open and talk to it")
    expect(done).to_be_visible()
    expect(signed_in.locator('[data-step][data-state="done"]')).to_have_count(8)
    expect(signed_in.get_by_text("not a language model")).to_be_visible()
    accessible(signed_in)
    picture(signed_in, "agent-designed")
    done.click()
    agent = workspace.agents.get()
    expect(signed_in.get_by_role("heading", name=agent.name)).to_be_visible()


def test_what_keeps_it_from_talking_is_said_at_once(signed_in, workspace):
    signed_in.goto("/agents/new/")

    signed_in.get_by_label("What the agent should do").fill(
        "A receptionist for our veterinary clinic in Lyon, Clinique des Quais. It asks for"
        " the animal's name and speaks French."
    )
    signed_in.get_by_role("button", name="Design it").click()

    expect(signed_in.get_by_text("Almost ready")).to_be_visible()
    checks = signed_in.locator('[data-step="checks"]')
    expect(checks).to_have_attribute("data-state", "open")
    expect(checks).to_contain_text("Nothing covers fr-FR for speech recognition.")
    expect(signed_in.locator("[data-missing]")).to_contain_text("Nothing covers fr-FR")
    accessible(signed_in)
    picture(signed_in, "agent-designed-open")
    assert workspace.agents.get().name == "Clinique des Quais receptionist"


def test_a_template_asks_and_fills_in(signed_in, workspace):
    signed_in.goto("/agents/new/")

    signed_in.get_by_role("link", name="Dental receptionist").click()
    practice = signed_in.get_by_label("What is your practice called?")
    expect(practice).to_be_visible()
    accessible(signed_in)
    picture(signed_in, "agent-questions")
    signed_in.get_by_role("button", name="Design it").last.click()
    assert practice.evaluate("field => field.validity.valueMissing")
    practice.fill("Harbour Dental")
    signed_in.get_by_text("Implants").click()
    signed_in.get_by_role("button", name="Design it").last.click()

    expect(signed_in.get_by_role("link", name="Open and talk to it")).to_be_visible()
    assert workspace.agents.get().config["persona"]["companyName"] == "Harbour Dental"


def test_an_empty_brief_is_refused_in_words(signed_in):
    signed_in.goto("/agents/new/")

    signed_in.get_by_role("button", name="Design it").click()

    expect(signed_in.get_by_text("Say in a sentence or two")).to_be_visible()
    expect(signed_in.get_by_label("What the agent should do")).to_be_focused()


def test_what_was_typed_survives_a_broken_line(signed_in, workspace):
    signed_in.goto("/agents/new/")
    signed_in.get_by_label("What the agent should do").fill(BRIEF)

    signed_in.route("**/agents/new/design/", lambda route: route.abort())
    signed_in.get_by_role("button", name="Design it").click()
    expect(signed_in.get_by_text("nothing was saved")).to_be_visible()
    signed_in.get_by_role("button", name="Back to your words").click()

    brief = signed_in.get_by_label("What the agent should do")
    expect(brief).to_have_value(BRIEF)
    signed_in.reload()
    expect(brief).to_have_value(BRIEF)
    assert not workspace.agents.exists()
