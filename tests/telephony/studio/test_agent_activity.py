from datetime import timedelta

import pytest
from django.test import Client

from common import clock, ids
from tests import factories


@pytest.fixture
def agent(workspace):
    return factories.AgentFactory(workspace=workspace)


def test_activity_tells_the_last_call_and_those_of_a_week(studio, agent):
    long_ago = clock.now() - timedelta(days=30)
    factories.CallFactory(agent=agent, id=ids.floor(long_ago))
    for _ in range(2):
        factories.CallFactory(agent=agent)

    answer = studio.get("/agents/activity/", {"agent": [agent.id, "nonsense"]}).text

    assert f'id="calls-{agent.id}" hx-swap-oob="true">2<' in answer
    assert f'id="last-call-{agent.id}" hx-swap-oob="true">–' not in answer


def test_an_agent_without_calls_says_none(studio, agent):
    answer = studio.get("/agents/activity/", {"agent": agent.id}).text

    assert f'id="last-call-{agent.id}" hx-swap-oob="true">–<' in answer


def test_a_stranger_learns_nothing(agent, stranger):
    client = Client()
    client.force_login(stranger)

    answer = client.get("/agents/activity/", {"agent": agent.id})

    assert (answer.status_code, answer.text.strip()) == (200, "")
