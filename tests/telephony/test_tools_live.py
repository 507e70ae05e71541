"""A customer's own tool in a spoken call: over the media socket, heard by the offline
recogniser, thought out by a model's double, asked of a real server, spoken."""

import asyncio

import pytest

from agents import authoring
from agents.models import ProviderKey
from agents.tools import secrets
from common import http
from tests import speech
from tests.doubles.openai import OpenAI, tool_pieces, word_pieces
from tests.doubles.server import in_a_thread, strictly
from tests.doubles.tool_server import ToolServer
from tests.processes import media_server
from tests.telephony.caller import Caller
from tests.telephony.conftest import ended, spoken
from tests.telephony.marks import LIVE

pytestmark = [pytest.mark.realtime, *LIVE]
NETWORK = "127.0.0.0/8"
SECRET = "shop-key-71935"


class Mind(OpenAI):
    """Asks the shop when it is spoken to, and says what it was told."""

    def pieces(self, body):
        last = body["messages"][-1]
        if last["role"] == "tool":
            told = "Thursday" if "Thursday" in str(last["content"]) else "nothing"
            return word_pieces(f"Your order comes on {told}.")
        return tool_pieces("find_order", {"number": 4711, "note": "by phone"})


@pytest.fixture
def mind():
    with strictly(Mind()) as double:
        yield double


@pytest.fixture
def shop():
    """The customer's server, which takes its time and knows more than is wanted."""
    order = {"state": "sent", "day": "Thursday", "margin": "38 percent"}
    http.configure(allow=[NETWORK])
    with in_a_thread(ToolServer(answer={"order": order}, wait=2.5)) as double:
        yield double
    http.configure()


@pytest.fixture
def talker(agent, owner, workspace, shop):
    ProviderKey.objects.create(
        workspace=workspace,
        provider="openai",
        credentials={"api_key": "good-key"},
        masked="g",
    )
    host = shop.url.removeprefix("http://")
    secrets.put(workspace=workspace, name="SHOP", value=SECRET, host=host, by=owner)
    tool = {
        "tool_id": "call_webhook",
        "enabled": True,
        "timeout_ms": 8_000,
        "side_effect": "write",
        "consent": "never",
        "provider_settings": {
            "name": "find_order",
            "url": f"{shop.url}/orders/find",
            "method": "POST",
            "purpose": "Look up when an order comes.",
            "fields": [
                {"name": "number", "type": "integer", "required": True},
                {"name": "note", "type": "string"},
            ],
            "headers": {"Authorization": "Bearer {{secrets.SHOP}}"},
            "response_fields": ["order.state", "order.day"],
        },
    }
    changes = {"llm_provider": "openai", "llm_model": "gpt-4o-mini", "tools": [tool]}
    authoring.edit(agent, changes=changes, by=owner)
    agent.refresh_from_db()
    return agent


async def converse(port, token):
    caller = await Caller.connect(port, token)
    await caller.hear_out(1)
    await caller.speak(speech.prompt("vm-whichbox"))
    await caller.until(lambda: caller.events("tool_called"), 60)
    heard_before = len(caller.audio)
    await caller.until(lambda: len(caller.events("spoke")) >= 2, 60)
    await caller.say(type="end")
    await caller.ended()
    return caller, heard_before


def test_a_customers_tool_is_asked_bridged_and_told(mind, shop, talker, start, purse):
    call, token = start()
    with media_server(
        DOUBLE_OF_OPENAI=f"{mind.url}/v1", OUTBOUND_ALLOW=NETWORK
    ) as port:
        caller, heard_before = asyncio.run(converse(port, token))
        call = ended(call.id)

    (asked,) = shop.asked
    assert (asked["method"], asked["path"]) == ("POST", "/orders/find")
    assert asked["headers"]["Authorization"] == f"Bearer {SECRET}"
    assert asked["headers"]["Content-Type"] == "application/json"
    assert (asked["body"]["number"], asked["body"]["note"]) == (4711, "by phone")
    assert asked["body"]["metadata"]["call_id"] == str(call.id)
    assert asked["body"]["metadata"]["agent_id"] == str(talker.id)

    answer = spoken(call)[-1]
    assert answer[0] == "agent"
    assert "One moment." in answer[1]  # said while the shop took its time
    assert answer[1].endswith("Your order comes on Thursday.")
    # The answer takes a second; all of it was sound, with what was left of the bridge.
    assert len(caller.audio) - heard_before >= 24_000 * 2

    told = call.timeline.get(kind="tool_called")
    assert told.detail["name"] == "find_order"
    assert told.detail["failed"] is False
    assert told.detail["arguments"] == {"number": 4711, "note": "by phone"}
    assert 2_400 <= told.detail["end_ms"] - told.at_ms <= 8_000
    wire = told.detail["detail"]
    assert (wire["method"], wire["status"], wire["tries"]) == ("POST", 200, 1)
    assert '"number":4711' in wire["request"]
    assert "Thursday" in wire["reply"]
    assert wire["elapsed_ms"] >= 2_400

    # What nobody asked for does not reach the model, and the secret reaches only the shop.
    to_model = str(mind.requests)
    assert "38 percent" not in to_model
    assert SECRET not in to_model + str(told.detail)
