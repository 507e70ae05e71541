import pytest

from common import http
from tests.doubles.tool_server import ToolServer


@pytest.fixture
async def server():
    """A customer's server, on a network that the operator allowed."""
    http.configure(allow=["127.0.0.0/8"])
    async with ToolServer().serving() as double:
        yield double
    http.configure()
