"""An agent that answers a number."""

import pytest

from agents.models import Snapshot
from billing import wallet
from telephony.models import CarrierConnection, Number
from tests.factories import AgentFactory


@pytest.fixture
def agent(workspace):
    agent = AgentFactory(workspace=workspace, name="Parcelway redelivery")
    agent.published = Snapshot.objects.create(
        agent=agent, number=5, revision=1, config=agent.config, compiled_prompt=""
    )
    agent.save()
    connection = CarrierConnection.objects.create(
        workspace=workspace, provider="twilio", credentials={}, masked="AC···"
    )
    Number.objects.create(
        workspace=workspace,
        number="+15550100200",
        agent=agent,
        provider=connection.provider,
    )
    wallet.top_up(workspace=workspace, amount_micros=10**9, key="x")
    return agent
