"""The agent pages in a real browser: looks, keyboard, saving as one types."""

import pytest
from playwright.sync_api import expect

from agents import authoring, publishing
from agents.studio.sections import SECTIONS
from tests import factories
from tests.browser import accessible, fits, grumbling, picture

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
QUESTION = "playbook.qualificationFlow"


def open_section(page, agent, section):
    page.goto(f"/agents/{agent.id}/?section={section}")


def saved(page):
    expect(page.locator("#saved")).to_contain_text("Saved")


@pytest.mark.parametrize("section", [one.name for one in SECTIONS])
def test_sections_are_accessible_and_fit(signed_in, agent, owner, section):
    authoring.edit(agent, changes={"persona.role": "porter"}, by=owner)
    publishing.publish(agent, by=owner)
    authoring.edit(
        agent,
        changes={"supported_languages": ["en-US", "cy"], "persona.name": "Eve"},
        by=owner,
    )
    open_section(signed_in, agent, section)

    accessible(signed_in)
    picture(signed_in, f"agent-{section}", full=False)


@pytest.mark.parametrize("width", [390, 768, 1024, 1440, 1920])
def test_the_editor_fits(signed_in, agent, width):
    signed_in.set_viewport_size({"width": width, "height": 900})
    open_section(signed_in, agent, "playbook")

    fits(signed_in)


def test_the_list_is_accessible_and_fits(signed_in, agent, owner, workspace):
    publishing.publish(agent, by=owner)
    factories.CallFactory(agent=agent)
    factories.AgentFactory(workspace=workspace, name="A draft with a rather long name")
    signed_in.goto("/agents/")

    expect(signed_in.locator(f"#calls-{agent.id}")).to_have_text("1")
    accessible(signed_in)
    picture(signed_in, "agents")


def test_the_empty_list_is_accessible_and_fits(signed_in):
    signed_in.goto("/agents/")

    accessible(signed_in)
    picture(signed_in, "agents-empty")


def test_the_list_is_searched_as_one_types(signed_in, agent, workspace):
    factories.AgentFactory(workspace=workspace, name="Other")
    signed_in.goto("/agents/")

    signed_in.keyboard.press("/")
    signed_in.keyboard.type("front")

    expect(signed_in.get_by_role("link", name="Other")).to_have_count(0)
    expect(signed_in.get_by_role("link", name="Front desk")).to_be_visible()
    signed_in.keyboard.type(" nothing")
    expect(signed_in.get_by_text("No agent matches")).to_be_visible()


def test_a_deleted_agent_is_asked_about_and_brought_back(signed_in, agent):
    signed_in.goto("/agents/")
    signed_in.on("dialog", lambda dialog: dialog.accept())

    signed_in.get_by_label("More about Front desk").click()
    signed_in.get_by_role("button", name="Delete agent").click()
    expect(signed_in.get_by_text("Front desk was deleted.")).to_be_visible()
    signed_in.get_by_role("button", name="Bring it back").click()

    expect(signed_in.get_by_role("heading", name="Front desk")).to_be_visible()


def test_what_is_typed_is_saved_by_itself_and_ctrl_z_takes_it_back(signed_in, agent):
    open_section(signed_in, agent, "persona")
    role = signed_in.get_by_label("Role")

    role.fill("porter")
    saved(signed_in)
    agent.refresh_from_db()
    assert agent.config["persona"]["role"] == "porter"
    expect(signed_in.locator("#undo")).to_be_enabled()

    role.blur()
    signed_in.keyboard.press("Control+z")

    expect(signed_in.get_by_label("Role")).to_have_value("receptionist")
    agent.refresh_from_db()
    assert agent.config["persona"]["role"] == "receptionist"


def test_a_wrong_value_stays_is_marked_and_is_taken_once_mended(signed_in, agent):
    open_section(signed_in, agent, "settings")
    longest = signed_in.get_by_label("Longest call")

    longest.fill("5")
    expect(signed_in.locator("#saved")).to_contain_text("not saved")
    expect(longest).to_have_attribute("aria-invalid", "true")
    expect(signed_in.locator(".err")).to_have_text(
        "Give a whole number from 30 to 7,200."
    )
    expect(longest).to_have_value("5")
    accessible(signed_in)
    picture(signed_in, "agent-wrong", full=False)

    # It is still there after a look at another section.
    signed_in.get_by_role("link", name="Persona").click()
    expect(signed_in.get_by_label("Role")).to_be_visible()
    signed_in.get_by_role("link", name="Settings").click()
    expect(longest).to_have_value("5")

    longest.fill("300")
    saved(signed_in)
    expect(longest).not_to_have_attribute("aria-invalid", "true")
    agent.refresh_from_db()
    assert agent.config["advanced"]["maxCallDuration"] == 300


def test_rows_are_added_moved_and_removed_by_keyboard(signed_in, agent):
    open_section(signed_in, agent, "playbook")
    signed_in.get_by_role("tab", name="Opening").focus()
    signed_in.keyboard.press("ArrowRight")

    signed_in.get_by_role("button", name="Add a question").press("Enter")
    signed_in.keyboard.type("Which day?")
    saved(signed_in)
    signed_in.keyboard.press("Alt+ArrowUp")
    signed_in.keyboard.press("Alt+ArrowUp")
    expect(signed_in.locator("#saved")).to_contain_text("Saving")
    saved(signed_in)

    agent.refresh_from_db()
    asked = [q["question"] for q in agent.config["playbook"]["qualificationFlow"]]
    assert asked == ["Which day?", "What brings you in?", "New or known?"]

    rows = signed_in.locator(f'[data-rows="{QUESTION}"] [data-row]')
    rows.nth(1).get_by_label("Remove").press("Enter")
    expect(rows).to_have_count(2)
    expect(signed_in.locator("#saved")).to_contain_text("Saving")
    saved(signed_in)
    agent.refresh_from_db()
    assert len(agent.config["playbook"]["qualificationFlow"]) == 2


def test_two_people_on_one_field_choose(signed_in, agent, viewer):
    open_section(signed_in, agent, "persona")
    authoring.edit(agent, changes={"persona.role": "cook"}, by=viewer)

    signed_in.get_by_label("Role").fill("porter")
    expect(signed_in.locator(".err")).to_contain_text(
        "changed this meanwhile, to “cook”"
    )
    picture(signed_in, "agent-conflict", full=False)
    signed_in.get_by_role("button", name="Keep mine").click()

    saved(signed_in)
    agent.refresh_from_db()
    assert agent.config["persona"]["role"] == "porter"


def test_two_people_on_one_field_the_second_may_give_in(signed_in, agent, viewer):
    open_section(signed_in, agent, "persona")
    authoring.edit(agent, changes={"persona.role": "cook"}, by=viewer)

    signed_in.get_by_label("Role").fill("porter")
    signed_in.get_by_role("button", name="Take theirs").click()

    expect(signed_in.get_by_label("Role")).to_have_value("cook")


def test_nothing_typed_is_lost_when_the_line_is_down(signed_in, agent):
    open_section(signed_in, agent, "persona")
    with grumbling(signed_in):
        signed_in.context.set_offline(True)

        signed_in.get_by_label("Role").fill("porter")
        expect(signed_in.locator("#saved")).to_contain_text("cannot be reached")
        signed_in.context.set_offline(False)

        expect(signed_in.locator("#saved")).to_contain_text("Saved")
    agent.refresh_from_db()
    assert agent.config["persona"]["role"] == "porter"


def test_validate_names_what_is_wrong_and_publishes_once_mended(signed_in, agent):
    open_section(signed_in, agent, "persona")
    signed_in.get_by_label("Role").fill("")
    saved(signed_in)

    signed_in.get_by_role("button", name="Validate").click()
    drawer = signed_in.locator("#drawer")
    expect(drawer.get_by_text("The agent has no role")).to_be_visible()
    expect(drawer.get_by_role("button", name="Publish")).to_be_disabled()
    accessible(signed_in, within="#drawer")
    picture(signed_in, "agent-validate", full=False)

    drawer.get_by_role("link", name="Go to Persona").click()
    signed_in.get_by_label("Role").fill("receptionist")
    # Not waiting for the autosave: the drawer must check what was just typed.
    signed_in.get_by_role("button", name="Publish", exact=True).click()
    drawer.get_by_role("button", name="Publish").click()

    expect(signed_in.locator("#state")).to_contain_text("Published v1")
    agent.refresh_from_db()
    assert agent.published.config["persona"]["role"] == "receptionist"


def test_a_model_is_picked_in_the_drawer(signed_in, agent):
    open_section(signed_in, agent, "voice")

    signed_in.get_by_role("button", name="Change voice engine").click()
    drawer = signed_in.locator("#drawer")
    expect(
        drawer.get_by_text("Premium: the quickest first sound.").first
    ).to_be_visible()
    accessible(signed_in, within="#drawer")
    picture(signed_in, "agent-picker", full=False)
    search = drawer.get_by_label("Search models")
    search.fill("no such model")
    expect(drawer.get_by_text("No model matches")).to_be_visible()
    search.fill("openai hd")
    expect(drawer.get_by_text("ElevenLabs").first).to_be_hidden()
    drawer.get_by_text("OpenAI · tts-1-hd").click()
    search.fill("elevenlabs")
    drawer.get_by_role("button", name="Use it").click()

    expect(signed_in.get_by_text("OpenAI is not connected").first).to_be_visible()
    agent.refresh_from_db()
    assert agent.config["tts_model"] == "tts-1-hd"


def test_a_language_is_added_and_removed(signed_in, agent):
    open_section(signed_in, agent, "languages")

    signed_in.get_by_label("Search languages").fill("welsh")
    signed_in.get_by_role("button", name="Add Welsh").first.click()
    expect(signed_in.get_by_role("button", name="Remove Welsh")).to_be_visible()
    signed_in.get_by_role("button", name="Remove Welsh").click()

    expect(signed_in.get_by_role("button", name="Remove Welsh")).to_have_count(0)
    agent.refresh_from_db()
    assert agent.config["supported_languages"] == ["en-US"]
