import pytest

from agents import authoring
from agents import config as configs
from billing import wallet


@pytest.fixture
def agent(workspace, owner):
    wallet.top_up(workspace=workspace, amount_micros=10**9, key="t", note="test")
    config = configs.parse({"persona": {"role": "clerk"}})
    return authoring.create(workspace=workspace, name="Desk", config=config, by=owner)
