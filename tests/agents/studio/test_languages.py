from agents import authoring
from agents.studio import speech


def choose(studio, agent, verb, tag):
    return studio.post(f"/agents/{agent.id}/languages/", {"verb": verb, "tag": tag})


def spoken(agent):
    agent.refresh_from_db()
    return agent.config["language"], agent.config["supported_languages"]


def test_more_than_150_languages_can_be_found():
    assert speech.speakable() >= 150
    assert len(speech.find_languages("", taken=[], most=1000)) == speech.speakable()


def test_languages_are_found_by_name_own_name_and_tag(studio, agent):
    url = f"/agents/{agent.id}/languages/search/"

    for wanted in ("welsh", "Cymraeg", "cy"):
        assert "Welsh" in studio.get(url, {"q": wanted}).text, wanted
    assert "No language by that name" in studio.get(url, {"q": "klingon"}).text


def test_languages_are_added_made_primary_and_removed(studio, agent):
    choose(studio, agent, "add", "cy")
    assert spoken(agent) == ("en-US", ["en-US", "cy"])

    choose(studio, agent, "primary", "cy")
    assert spoken(agent) == ("cy", ["cy", "en-US"])

    choose(studio, agent, "remove", "en-US")
    assert spoken(agent) == ("cy", ["cy"])


def test_the_primary_language_stays(studio, agent):
    choose(studio, agent, "remove", "en-US")

    assert spoken(agent) == ("en-US", ["en-US"])


def test_a_tag_that_is_none_is_refused(studio, agent):
    answer = choose(studio, agent, "add", "not a tag!")

    assert answer.status_code == 400
    assert spoken(agent) == ("en-US", ["en-US"])


def test_each_language_shows_its_stack_and_what_is_missing(studio, agent, owner):
    authoring.edit(agent, changes={"supported_languages": ["en-US", "cy"]}, by=owner)

    page = studio.get(f"/agents/{agent.id}/?section=languages").text

    assert "Cymraeg" in page
    assert "No stack" in page
    assert "Nothing covers cy for speech recognition" in page
