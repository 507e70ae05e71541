import pytest

from tests.providers.scripted.talk import Talk


@pytest.fixture
async def talk():
    talk = Talk()
    await talk.open()
    return talk
