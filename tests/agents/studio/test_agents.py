import pytest
from django.test import Client

from agents import authoring, config, publishing
from agents.studio import agents as pages
from tests import factories


@pytest.fixture
def others(workspace):
    return [
        factories.AgentFactory(workspace=workspace, name=f"Agent {number:02}")
        for number in range(35)
    ]


def test_the_list_shows_what_is_ours_and_not_deleted(studio, agent):
    gone = factories.AgentFactory(workspace=agent.workspace, name="Gone")
    authoring.delete(gone, by=None)
    factories.AgentFactory(name="Neighbour’s")

    page = studio.get("/agents/").text

    assert "Front desk" in page
    assert "Ava · receptionist" in page
    assert "1 agent, none of them on the phone yet." in page
    assert "Gone" not in page
    assert "Neighbour" not in page


def test_an_empty_workspace_says_the_next_step(studio):
    page = studio.get("/agents/").text

    assert "No agents yet" in page


@pytest.mark.parametrize(
    ("search", "found"),
    [("front", True), ("AVA", True), ("brightwater recep", True), ("vet", False)],
)
def test_search_looks_at_names_roles_and_companies(studio, agent, search, found):
    page = studio.get("/agents/", {"q": search}).text

    assert (f'href="/agents/{agent.id}/"' in page) is found
    assert ("No agent matches" in page) is not found


def test_states_tell_drafts_from_what_is_published(studio, agent, owner):
    publishing.publish(agent, by=owner)

    assert "Published v1" in studio.get("/agents/", {"state": "published"}).text
    assert "Front desk" not in studio.get("/agents/", {"state": "draft"}).text

    authoring.edit(agent, changes={"persona.role": "porter"}, by=owner)

    assert "Draft ahead of v1" in studio.get("/agents/").text


def test_pages_are_cut_by_key_and_lose_nobody(studio, others):
    seen, path = [], "/agents/"
    while path:
        page = studio.get(path, headers={"HX-Request": "true"} if seen else {}).text
        seen += [a.name for a in others if f">{a.name}</a>" in page]
        _, _, rest = page.partition('hx-get="/agents/?before=')
        path = f"/agents/?before={rest.partition(chr(34))[0]}" if rest else ""

    assert sorted(seen) == sorted(a.name for a in others)
    assert len(seen) == len(others) > pages.PAGE


def test_a_list_of_many_makes_few_queries(
    studio, others, django_assert_max_num_queries
):
    studio.get("/")  # the first page of a session notes who is there

    with django_assert_max_num_queries(11):
        studio.get("/agents/")


def test_a_broken_cursor_is_the_first_page(studio, agent):
    assert "Front desk" in studio.get("/agents/", {"before": "nonsense"}).text


def test_a_copy_opens_and_is_a_draft_of_its_own(studio, agent, workspace):
    answer = studio.post(f"/agents/{agent.id}/copy/")

    twin = workspace.agents.exclude(pk=agent.pk).get()
    assert answer.url == f"/agents/{twin.id}/"
    assert twin.name == "Front desk (Copy)"
    assert config.parse(twin.config) == config.parse(agent.config)


def test_a_deleted_agent_can_be_brought_back(studio, agent):
    answer = studio.post(f"/agents/{agent.id}/deletion/")
    page = studio.get(answer.headers["HX-Redirect"]).text

    assert studio.get(f"/agents/{agent.id}/").status_code == 404
    assert "Front desk was deleted." in page
    restoration = f"/agents/{agent.id}/restoration/"
    assert restoration in page

    answer = studio.post(restoration, follow=True)

    assert answer.status_code == 200
    agent.refresh_from_db()
    assert agent.deleted_at is None


def test_a_viewer_may_not_copy_or_delete(agent, viewer):
    client = Client()
    client.force_login(viewer)

    for verb in ("copy", "deletion"):
        assert client.post(f"/agents/{agent.id}/{verb}/").status_code == 403
    assert "Delete agent" not in client.get("/agents/").text
