"""Addresses that lead inside, through every door that agents open (R8): a server
listens there, and nobody may connect."""

import asyncio

import pytest

from agents.knowledge import fetching
from agents.tools import asking, mcp_servers
from agents.tools.bindings import McpServer
from common import http

INSIDE = [
    "127.0.0.1",
    "127.1",
    "2130706433",
    "0x7f000001",
    "0x7f.1",
    "0177.0.0.1",
    "0.0.0.0",  # noqa: S104  # called, not bound
    "0",
    "localhost",
    "LOCALHOST",
    "localhost.",
    "sub.localhost",
    "[::1]",
    "[::]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[64:ff9b::7f00:1]",
    "[2002:7f00:1::]",
    "①②⑦.⓪.⓪.①",
    "127。0。0。1",
    "user@127.0.0.1",
    "good@evil@127.0.0.1",
    "127.0.0.1%00.example.com",
]


@pytest.fixture
async def inside():
    """A server on loopback that counts who connects."""
    http.configure()
    visitors = []

    async def visited(reader, writer):
        visitors.append(await reader.read(100))
        writer.close()

    server = await asyncio.start_server(visited, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1], visitors


@pytest.mark.parametrize("host", INSIDE)
async def test_no_door_leads_inside(inside, host):
    port, visitors = inside
    url = f"http://{host}:{port}/"

    told = await asking.send(
        "GET", url, headers={}, content=b"", secrets_kept={}, paths=[], timeout_s=3
    )
    server = McpServer.model_construct(url=url, headers={}, name="", allowlist=["x"])
    asked = await mcp_servers.call(server, "x", {}, kept={}, timeout_s=3)
    with pytest.raises(fetching.Failed) as failed:
        await asyncio.to_thread(fetching.fetch, url)

    assert told.failed
    assert asked.failed
    assert str(port) not in failed.value.detail
    assert visitors == []
