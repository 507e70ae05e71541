"""Our MCP server, asked by the library's own client over loopback."""

import asyncio
import json
import socket
import threading
import time
from contextlib import asynccontextmanager

import httpx2
import pytest
import requests
import uvicorn
from django.core.cache import cache
from mcp import ClientSession
from mcp.client.streamable_http import streamable_http_client

from accounts import keys
from agents import authoring
from agents import config as configs
from billing import wallet
from rymi_site import mcp_tools
from rymi_site.asgi import application
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)
PING = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
JSON = {"Accept": "application/json, text/event-stream"}


@pytest.fixture
def address(transactional_db, settings):
    """Serve the product's own ASGI application on a free port."""
    cache.clear()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    config = uvicorn.Config(application, port=port, log_level="error", lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 20
    while not server.started and time.monotonic() < deadline:
        time.sleep(0.02)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(20)


@pytest.fixture
def workspace(db):
    workspace = factories.WorkspaceFactory(name="Ours", plan="enterprise")
    wallet.top_up(workspace=workspace, amount_micros=10**9, key="t", note="test")
    return workspace


@pytest.fixture
def agent(workspace):
    config = configs.parse({"persona": {"role": "clerk"}})
    return authoring.create(workspace=workspace, name="Desk", config=config, by=None)


def a_key(workspace, scopes=("*",), **more):
    return keys.create(
        workspace=workspace, kind=more.pop("kind", "workspace"), scopes=scopes, **more
    )[1]


@asynccontextmanager
async def session(address, raw):
    client = httpx2.AsyncClient(headers={"Authorization": f"Bearer {raw}"}, timeout=30)
    async with (
        client,
        streamable_http_client(f"{address}/mcp", http_client=client) as streams,
        ClientSession(*streams[:2]) as opened,
    ):
        await opened.initialize()
        yield opened


def ask(address, raw, *calls):
    """Call tools one after the other; return (is it an error, what was said) of each."""

    async def talk():
        async with session(address, raw) as opened:
            found = []
            for name, arguments in calls:
                if callable(arguments):
                    arguments = arguments(found)
                told = await opened.call_tool(name, arguments)
                found.append((told.is_error, json.loads(told.content[0].text)))
            return found

    return asyncio.run(talk())


def test_tools_are_listed_as_far_as_the_key_reaches(address, workspace):
    async def names(raw):
        async with session(address, raw) as opened:
            return {tool.name: tool for tool in (await opened.list_tools()).tools}

    every = asyncio.run(names(a_key(workspace)))
    few = asyncio.run(names(a_key(workspace, ["calls:read"])))

    assert set(every) == set(mcp_tools.TOOLS)
    assert "list_calls" in few
    assert not {"create_call", "list_agents"} & set(few)
    assert every["get_agent"].annotations.read_only_hint is True


def test_reading_runs_at_once(address, workspace, agent):
    [(failed, told), (lost, error)] = ask(
        address,
        a_key(workspace),
        ("list_agents", {"limit": 10}),
        ("get_agent", {"agent_id": "0199c0de-0000-7000-8000-000000000000"}),
    )

    assert not failed
    assert [each["name"] for each in told["agents"]] == ["Desk"]
    assert lost
    assert (error["code"], error["status"]) == ("not_found", 404)


def test_publishing_asks_first(address, workspace, agent):
    wanted = {"agent_id": str(agent.id)}
    [(_, proposal), (_, done), (wrong, told)] = ask(
        address,
        a_key(workspace),
        ("publish_agent", wanted),
        ("publish_agent", lambda f: wanted | {"confirmation": f[0][1]["confirmation"]}),
        ("delete_agent", lambda f: wanted | {"confirmation": f[0][1]["confirmation"]}),
    )

    assert proposal["confirmation_required"] is True
    assert done["published"] is True
    assert wrong
    assert told["code"] == "confirmation_invalid"
    agent.refresh_from_db()
    assert agent.published is not None
    assert agent.deleted_at is None


def test_a_call_that_costs_money_asks_first(address, workspace, agent):
    body = {
        "agent_id": str(agent.id),
        "participants": [{"transport": "webrtc", "identity": "v"}],
    }
    [(_, proposal)] = ask(address, a_key(workspace), ("create_call", body))

    assert proposal["confirmation_required"] is True
    assert workspace.calls.count() == 0


def test_a_key_without_the_scope_is_told_so(address, workspace):
    [(failed, told)] = ask(
        address, a_key(workspace, ["agents:read"]), ("create_agent", {"name": "X"})
    )

    assert failed
    assert (told["code"], told["status"]) == ("forbidden", 403)


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [("get_agent", {}), ("list_agents", {"colour": "red"}), ("nothing", {})],
)
def test_wrong_arguments_are_named(address, workspace, tool, arguments):
    [(failed, told)] = ask(address, a_key(workspace), (tool, arguments))

    assert failed
    assert told["error"]


def test_nobody_gets_in_without_a_secret_key(address, workspace, agent):
    page = a_key(workspace, (), kind="publishable", agent_id=agent.id)

    for header in (
        {},
        {"Authorization": "Bearer rymi_no"},
        {"Authorization": f"Bearer {page}"},
    ):
        answer = requests.post(
            f"{address}/mcp", json=PING, headers=JSON | header, timeout=20
        )
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"].startswith(
            "Bearer resource_metadata="
        )
        assert answer.json()["code"] == "unauthorized"


@pytest.mark.parametrize("origin", ["https://evil.example", "https://[inside]"])
def test_pages_of_others_get_nothing(address, workspace, origin):
    header = {"Authorization": f"Bearer {a_key(workspace)}", "Origin": origin}

    answer = requests.post(
        f"{address}/mcp", json=PING, headers=JSON | header, timeout=20
    )

    assert answer.status_code == 403


def test_only_post_is_answered_and_django_is_behind(address):
    assert requests.get(f"{address}/mcp", timeout=20).status_code == 405
    assert requests.get(f"{address}/healthz", timeout=20).json() == {"status": "ok"}
    told = requests.get(
        f"{address}/.well-known/oauth-protected-resource/mcp", timeout=20
    ).json()
    assert told["resource"].endswith("/mcp")


def test_every_tool_names_a_scope_there_is():
    assert {tool.scope for tool in mcp_tools.TOOLS.values()} <= set(keys.SCOPES)
