"""The editor's Tools section, and Settings → Connectors."""

import json

import pytest

from agents import authoring
from agents import config as configs
from agents.tools import secrets
from common import http
from tests.doubles.server import in_a_thread
from tests.doubles.tool_server import ToolServer

HTMX = {"HX-Request": "true"}
WEBHOOK = {
    "name": "find_order",
    "url": "https://api.example.com/orders",
    "method": "GET",
    "purpose": "Tells how an order stands.",
    "headers": '{"Authorization": "Bearer {{secrets.SHOP}}"}',
    "send_metadata": "on",
    "fields": "n1",
    "fields.n1.name": "number",
    "fields.n1.type": "integer",
    "fields.n1.description": "The order's number",
    "fields.n1.required": "on",
    "response_fields": "order.state",
    "timeout_ms": "4000",
    "consent": "auto",
    "side_effect": "read",
}


def post(studio, agent, path, **fields):
    return studio.post(f"/agents/{agent.id}/tools/{path}", fields, headers=HTMX)


def tools_of(agent):
    agent.refresh_from_db()
    return configs.parse(agent.config).tools


def test_the_section_lists_what_is_always_there(studio, agent):
    page = studio.get(f"/agents/{agent.id}/?section=tools", headers=HTMX).text

    assert "It can only talk so far" in page
    for name in ("datetime_now", "knowledge_search", "end_call", "forget_me"):
        assert name in page


def test_a_webhook_is_set_up_changed_and_taken_away(studio, agent):
    form = studio.get(f"/agents/{agent.id}/tools/call_webhook/", headers=HTMX)
    assert "response_fields" in form.text

    assert post(studio, agent, "call_webhook/", **WEBHOOK).status_code == 200
    [binding] = tools_of(agent)
    assert (binding.tool_id, binding.side_effect, binding.timeout_ms) == (
        "call_webhook",
        "read",
        4000,
    )
    assert binding.provider_settings["fields"][0]["name"] == "number"
    assert binding.provider_settings["response_fields"] == ["order.state"]

    again = {**WEBHOOK, "purpose": "Another purpose."}
    post(studio, agent, "find_order/", **again)
    [binding] = tools_of(agent)
    assert binding.provider_settings["purpose"] == "Another purpose."

    post(studio, agent, "find_order/removal/")
    assert tools_of(agent) == []


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"url": "http://example.com"}, "https"),
        ({"url": "https://169.254.169.254/"}, "public internet"),
        ({"headers": '{"X-Api-Key": "abc"}'}, "tool secret"),
        ({"headers": "{"}, "Line 1"),
        ({"name": "Find Order"}, "small letters"),
        ({"method": "POST"}, "only GET"),
    ],
)
def test_what_is_wrong_is_said_in_the_drawer(studio, agent, changes, sentence):
    answer = post(studio, agent, "call_webhook/", **{**WEBHOOK, **changes})

    assert answer.status_code == 422
    assert answer.headers["HX-Retarget"] == "#tool-said"
    assert sentence.lower() in answer.text.lower()
    assert tools_of(agent) == []


def test_a_tool_is_switched_off_and_on(studio, agent):
    post(studio, agent, "datetime_now/switch/")
    assert [(t.tool_id, t.enabled) for t in tools_of(agent)] == [
        ("datetime_now", False)
    ]

    post(studio, agent, "datetime_now/switch/")
    assert [(t.tool_id, t.enabled) for t in tools_of(agent)] == [("datetime_now", True)]


def test_a_tool_without_its_app_says_what_it_needs(studio, agent, owner):
    authoring.edit(agent, changes={"tools": [{"tool_id": "create_ticket"}]}, by=owner)

    page = studio.get(f"/agents/{agent.id}/?section=tools", headers=HTMX).text

    assert "Connect an app for it" in page


@pytest.fixture
def server():
    http.configure(allow=["127.0.0.0/8"])
    with in_a_thread(ToolServer(answer={"order": {"state": "on its way"}})) as double:
        yield double
    http.configure()


def test_a_tool_is_tried_for_real(studio, agent, workspace, server):
    secrets.put(
        workspace=workspace,
        name="SHOP",
        value="sk-canary-7341",
        host=server.url.removeprefix("http://"),
        by=None,
    )
    saved = post(
        studio, agent, "call_webhook/", **{**WEBHOOK, "url": f"{server.url}/orders"}
    )
    assert saved.status_code == 200, saved.text

    form = studio.get(f"/agents/{agent.id}/tools/find_order/trial/", headers=HTMX)
    assert "v.number" in form.text
    tried = post(
        studio, agent, "find_order/trial/", tool="find_order", **{"v.number": "7"}
    )

    assert "on its way" in tried.text
    assert "It works" in tried.text
    assert "sk-canary-7341" not in tried.text
    [asked] = server.asked
    assert asked["query"] == {"number": "7"}
    assert asked["headers"]["Authorization"] == "Bearer sk-canary-7341"


def test_a_stranger_and_a_viewer_change_nothing(client, agent, stranger, viewer):
    client.force_login(stranger)
    assert post(client, agent, "datetime_now/switch/").status_code == 404
    client.force_login(viewer)
    assert post(client, agent, "datetime_now/switch/").status_code == 403
    assert tools_of(agent) == []


# ---- connectors


def test_an_app_is_connected_and_its_token_is_not_shown(studio, workspace):
    answer = studio.post(
        "/settings/connectors/calendar/",
        {
            "name": "Front desk",
            "base_url": "https://cal.example.com/v1",
            "token": "tok-canary",
        },
        headers=HTMX,
    )

    assert "connectors:changed" in json.loads(answer.headers["HX-Trigger"])
    page = studio.get("/settings/connectors/").text
    form = studio.get("/settings/connectors/calendar/", headers=HTMX).text
    assert "Front desk" in page
    assert "Google Calendar" in page
    assert "tok-canary" not in page + form
    assert workspace.connectors.get().token == "tok-canary"


def test_another_address_does_not_get_the_old_token(studio, workspace):
    app = "/settings/connectors/crm/"
    studio.post(app, {"base_url": "https://a.example.com", "token": "t"}, headers=HTMX)
    studio.post(app, {"base_url": "https://b.example.com", "token": ""}, headers=HTMX)

    assert workspace.connectors.get().token == ""


def test_an_app_on_our_own_network_is_refused(studio, workspace):
    answer = studio.post(
        "/settings/connectors/crm/", {"base_url": "https://10.0.0.5/"}, headers=HTMX
    )

    assert answer.status_code == 422
    assert not workspace.connectors.exists()


def test_a_tool_secret_is_kept_and_deleted(studio, workspace):
    studio.post(
        "/settings/connectors/secrets/",
        {"name": "SHOP", "host": "api.example.com", "value": "canary"},
        headers=HTMX,
    )
    assert "canary" not in studio.get("/settings/connectors/").text

    studio.post("/settings/connectors/secrets/SHOP/removal/", headers=HTMX)
    assert not workspace.tool_secrets.exists()


def routing(studio, agent):
    return studio.get(f"/agents/{agent.id}/?section=routing", headers=HTMX).text


def test_caller_routing_says_who_gets_callers_that_want_a_person(studio, agent):
    assert "Handing over to a person" in routing(studio, agent)
    assert "offered a message instead" in routing(studio, agent)

    form = {
        "transfer_number": "+44 117 496 0100",
        "way": "warm",
        "wait": "I am calling Ruth.",
        "ring_s": "25",
        "accept_s": "15",
        "timeout_ms": "2000",
        "consent": "auto",
    }
    answer = post(studio, agent, "handoff_to_human/", **form)

    assert answer.status_code == 200, answer.text
    page = routing(studio, agent)
    assert "+44 117 496 0100" in page
    assert "up to 25 s" in page
    assert "Asked first" in page
    [binding] = tools_of(agent)
    assert binding.provider_settings["wait"] == "I am calling Ruth."

    post(studio, agent, "handoff_to_human/", **{**form, "way": "cold"})
    assert "Passed on at once" in routing(studio, agent)


@pytest.mark.parametrize(
    "wrong", [{"ring_s": "5"}, {"accept_s": "90"}, {"way": "lukewarm"}]
)
def test_a_hand_over_that_cannot_be_is_not_saved(studio, agent, wrong):
    form = {"transfer_number": "+441174960100", "way": "warm", "ring_s": "25", **wrong}

    answer = post(studio, agent, "handoff_to_human/", **form)

    assert answer.status_code == 422
    assert tools_of(agent) == []
