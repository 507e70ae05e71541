import pytest

from common import clock
from intelligence.evals import runs
from tests import factories

pytestmark = pytest.mark.django_db


def finish(run_id):
    while runs.play(run_id, now=clock.now()):
        pass


def test_a_run_is_started_and_read(api, agent):
    started = api.post(f"/agents/{agent.id}/evals/run")  # as the SDK: no body

    assert started.status_code == 202
    run = started.json()
    assert (run["mode"], run["status"]) == ("synthetic", "waiting")
    finish(run["id"])
    read = api.get(f"/agents/{agent.id}/evals/runs/{run['id']}").json()
    assert read["status"] == "completed"
    assert len(read["scenarios"]) == read["total"] > 0
    assert set(read["scenarios"][0]) >= {"name", "passed", "score", "checks"}
    listed = api.get(f"/agents/{agent.id}/evals/runs").json()
    assert [each["id"] for each in listed["runs"]] == [run["id"]]
    assert listed["total"] == 1


def test_a_live_run_without_a_model_is_refused_in_words(api, agent):
    answer = api.post(f"/agents/{agent.id}/evals/run?mode=live&judge=1")

    assert answer.status_code == 409
    assert answer.json()["code"] == "no_model"


def test_a_mode_that_is_not_known_is_refused(api, agent):
    answer = api.post(f"/agents/{agent.id}/evals/run?mode=loud")

    assert answer.status_code == 400


def test_a_suite_saves_a_run_for_each_agent(api, agent):
    other = factories.AgentFactory(workspace=agent.workspace, config=agent.config)
    foreign = factories.AgentFactory(config=agent.config)

    answer = api.post(
        "/agents/evals/suite",
        {"agentIds": [str(agent.id), str(other.id), str(foreign.id)], "concurrency": 9},
    )

    report = answer.json()
    assert answer.status_code == 202
    assert (report["runs"], report["refused"]) == (2, 1)
    assert report["agents"][2]["code"] == "not_found"


def test_a_strangers_agent_is_not_there(api, agent):
    foreign = factories.AgentFactory(config=agent.config)

    assert api.post(f"/agents/{foreign.id}/evals/run").status_code == 404
    assert api.get(f"/agents/{foreign.id}/evals/runs").status_code == 404
