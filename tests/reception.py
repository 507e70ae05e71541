"""An agent that may be called, the credit for it, and a carrier."""

import pytest

from agents import authoring, config, publishing
from billing import wallet
from tests.doubles.server import strictly
from tests.doubles.twilio import Twilio

AGENT = {
    "persona": {
        "name": "Ada",
        "role": "receptionist",
        "companyName": "Harbour Dental",
        "knowledgeBase": ["We are open Monday to Friday from 8 to 6."],
    },
    "playbook": {
        "opener": "Hello, this is Ada at Harbour Dental. How can I help you?",
        "fallbackCTA": "I can take a message for the team.",
    },
}
BASE = "https://voice.example"
CREDIT = 1_000_000  # micros


@pytest.fixture
def purse(workspace):
    """Five hundred credits and nothing else."""
    purse = wallet.open(workspace)
    rest = 500 * CREDIT - purse.balance_micros
    if rest:
        wallet.top_up(workspace=workspace, amount_micros=rest, key="start")
    return purse


@pytest.fixture
def agent(workspace, owner, purse):
    return authoring.create(
        workspace=workspace, name="Front desk", config=config.parse(AGENT), by=owner
    )


@pytest.fixture
def published(agent, owner):
    """The agent, answering the phone."""
    publishing.publish(agent, by=owner)
    agent.refresh_from_db()
    return agent


@pytest.fixture
def twilio(settings):
    """Twilio's double, which complains of what its documents do not say."""
    settings.PUBLIC_BASE_URL = settings.MEDIA_BASE_URL = BASE
    with strictly(Twilio()) as double:
        settings.PROVIDER_BASE_URLS = {"twilio": double.url}
        yield double
