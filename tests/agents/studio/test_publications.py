import pytest

from agents import authoring, publishing


@pytest.fixture
def url(agent):
    return f"/agents/{agent.id}/publication/"


def test_the_drawer_names_each_blocker_and_links_to_its_section(
    studio, agent, owner, url
):
    authoring.edit(agent, changes={"persona.role": ""}, by=owner)

    drawer = studio.get(url).text

    assert "1 thing stops it" in drawer
    assert "The agent has no role" in drawer
    assert 'href="?section=persona"' in drawer
    assert 'class="btn go" disabled' in drawer


def test_what_is_blocked_is_not_published(studio, agent, owner, url):
    authoring.edit(agent, changes={"persona.role": ""}, by=owner)

    answer = studio.post(url)

    assert "The agent has no role" in answer.text
    agent.refresh_from_db()
    assert agent.published is None


def test_publishing_freezes_a_snapshot_and_says_so(studio, agent, owner, url):
    answer = studio.post(url)

    agent.refresh_from_db()
    assert agent.published.number == 1
    assert agent.published.published_by == owner
    assert "v1 is live" in answer.headers["HX-Trigger"]
    assert "Published v1" in answer.text


def test_the_drawer_shows_what_changes_for_callers(studio, agent, owner, url):
    publishing.publish(agent, by=owner)
    authoring.edit(
        agent,
        changes={"advanced.maxCallDuration": 300, "name": "Only ours"},
        by=owner,
    )

    drawer = studio.get(url).text

    assert "Longest call" in drawer
    assert '<del class="bad">600</del><ins class="ok">300</ins>' in drawer
    assert "Name in Studio" not in drawer


def test_withdrawing_takes_it_off_the_phone(studio, agent, owner, url):
    publishing.publish(agent, by=owner)

    answer = studio.delete(url)

    agent.refresh_from_db()
    assert agent.published is None
    assert "takes no more phone calls" in answer.headers["HX-Trigger"]


def test_a_viewer_may_look_but_not_publish(client, agent, viewer, url):
    client.force_login(viewer)

    assert client.get(url).status_code == 200
    assert client.post(url).status_code == 403
    assert client.delete(url).status_code == 403


def test_history_leads_back_to_a_version(studio, agent, owner):
    version = publishing.publish(agent, by=owner)
    back = f"/agents/{agent.id}/versions/{version.id}/return/"
    assert back not in studio.get(f"/agents/{agent.id}/?section=history").text
    authoring.edit(agent, changes={"advanced.maxCallDuration": 300}, by=owner)
    shown = studio.get(f"/agents/{agent.id}/?section=history").text

    answer = studio.post(back)

    assert back in shown
    assert "Back to v1: 1 setting changed" in answer.headers["HX-Trigger"]
    agent.refresh_from_db()
    assert agent.config["advanced"]["maxCallDuration"] == 600
    foreign = back.replace(str(version.id), str(agent.id))
    assert studio.post(foreign).status_code == 404
