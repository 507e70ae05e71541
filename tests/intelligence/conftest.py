"""A call that ended, with everything in it, and what its agent asks for afterwards."""

import pytest

from agents import authoring, config
from agents.models import ProviderKey
from tests.doubles.openai import OpenAI
from tests.doubles.server import in_a_thread
from tests.studio import sample

SCHEMA = {
    "type": "object",
    "properties": {
        "phone": {"type": "string", "description": "The number of the booking"},
        "day": {"type": "string", "enum": ["Thursday", "Friday"]},
        "guests": {"type": "integer"},
    },
    "required": ["phone"],
}
AGENT = {
    "persona": {"name": "Ava", "role": "receptionist", "companyName": "Brightwater"},
    "playbook": {
        "opener": "Hello, Brightwater Dental, this is Ava. How can I help?",
        "qualificationFlow": [
            {
                "question": "Which number is the booking under?",
                "slotName": "phone",
                "listensFor": "a phone number",
            }
        ],
        "requiredSlots": [{"name": "phone", "description": "", "required": True}],
    },
    "post_call": {
        "structured_extraction": {"json_schema": SCHEMA},
        "evaluation": {"rubric": "The visit was moved."},
    },
}


@pytest.fixture
def agent(workspace, owner):
    return authoring.create(
        workspace=workspace, name="Reception", config=config.parse(AGENT), by=owner
    )


@pytest.fixture
def call(agent):
    """It ended, was settled, and nobody has looked at it since."""
    return sample.talk(agent, config=agent.config)


@pytest.fixture
def model(workspace, settings):
    """A language model of the workspace's own, answering over a real socket."""
    with in_a_thread(OpenAI()) as double:
        settings.PROVIDER_BASE_URLS = {
            **settings.PROVIDER_BASE_URLS,
            "openai": f"{double.url}/v1",
        }
        ProviderKey.objects.create(
            workspace=workspace,
            provider="openai",
            credentials={"api_key": double.key},
            masked="…",
            verdict="ok",
        )
        yield double
