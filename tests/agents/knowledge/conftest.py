import pytest

from agents.knowledge import ingestion
from common import clock
from tests import factories


@pytest.fixture
def agent(workspace):
    return factories.AgentFactory(workspace=workspace)


@pytest.fixture
def read():
    """Read a source now, as the worker does, and return it as it is then."""

    def read(source):
        ingestion.read(source.pk, now=clock.now())
        source.refresh_from_db()
        return source

    return read
