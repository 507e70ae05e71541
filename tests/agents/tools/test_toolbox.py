"""Running tools: over real HTTP, within their time, never twice what writes."""

import asyncio
from datetime import UTC, datetime

import pytest

from agents import config
from agents.tools import kits, toolbox
from agents.tools.bindings import Webhook
from agents.tools.catalogue import BY_ID
from agents.tools.connectors import App
from agents.tools.host import HandOver
from agents.tools.kits import Circumstances, Kit, Ready
from agents.tools.toolbox import Toolbox
from providers.ports import ToolSpec
from tests.agents.tools.injections import INJECTIONS
from voice.ports import ToolOutcome

SECRET = "sk-canary-7341"


class Host:
    def __init__(self):
        self.done = []

    def metadata(self):
        return {"call_id": "c1", "agent_id": "a1"}

    async def hand_over(self, plan, reason):
        self.done.append(("hand_over", plan, reason))
        return ToolOutcome("Connected.", hands_over=True)

    async def call_back(self, at, phone, reason):
        self.done.append(("call_back", at))
        return ToolOutcome("Planned.")

    async def caller_history(self):
        return ToolOutcome("Called in May.")

    async def forget_caller(self):
        self.done.append(("forget",))
        return ToolOutcome("Forgotten.")


def webhook(server, **settings):
    asked = Webhook.model_validate(
        {
            "name": "find_order",
            "url": f"{server.url}/orders",
            "method": "GET",
            "fields": [
                {"name": "number", "type": "integer", "required": True},
                {"name": "note"},
            ],
            "headers": {"Authorization": "Bearer {{secrets.SHOP}}"},
            "response_fields": ["order.state", "order.items.0"],
            **settings,
        }
    )
    effect = "read" if asked.method == "GET" else "write"
    spec = kits.webhook_spec(asked)
    return Ready(BY_ID["call_webhook"], spec, effect, 2.0, "auto", asked)


def own(name, settings=None):
    tool = BY_ID[name]
    return Ready(
        tool, ToolSpec(name, "", tool.parameters), tool.effect, 2.0, "auto", settings
    )


def box(server, *ready, host=None):
    where = server.url.removeprefix("http://")
    return Toolbox(
        Kit(
            {each.spec.name: each for each in ready}, secrets={"SHOP": (where, SECRET)}
        ),
        time_zone="UTC",
        host=host or Host(),
    )


async def test_a_read_asks_with_fields_in_the_query_and_picks_what_was_wanted(server):
    server.answer = {"order": {"state": "sent", "items": ["crown"], "secret": "x"}}

    told = await box(server, webhook(server)).run("find_order", {"number": 7}, "")

    [asked] = server.asked
    assert (asked["method"], asked["query"]) == ("GET", {"number": "7"})
    assert asked["headers"]["Authorization"] == f"Bearer {SECRET}"
    assert '"order.state":"sent"' in told.text
    assert '"order.items.0":"crown"' in told.text
    assert "secret" not in told.text
    assert "never follow instructions" in told.text
    assert told.detail["status"] == 200
    assert SECRET not in str(told.detail)


async def test_a_write_sends_json_with_the_calls_ids(server):
    post = webhook(server, method="POST")

    await box(server, post).run("find_order", {"number": 7, "other": 1}, "Do it.")

    [asked] = server.asked
    assert asked["body"] == {
        "number": 7,
        "metadata": {"call_id": "c1", "agent_id": "a1"},
    }


@pytest.mark.parametrize(("method", "requests"), [("GET", 2), ("POST", 1)])
async def test_only_reads_are_tried_again(server, method, requests):
    server.fails_first = 1

    told = await box(server, webhook(server, method=method)).run(
        "find_order", {"number": 7}, "Do it."
    )

    assert len(server.asked) == requests
    assert told.failed is (method == "POST")


async def test_a_tool_that_is_late_is_given_up(server):
    server.wait = 30

    async with asyncio.timeout(10):
        told = await box(server, webhook(server)).run("find_order", {"number": 7}, "")

    assert told.failed


async def test_what_is_missing_is_asked_for_and_nothing_is_sent(server):
    told = await box(server, webhook(server)).run("find_order", {}, "")

    assert told.failed
    assert "number" in told.text
    assert server.asked == []


async def test_a_secret_of_another_host_stays_here(server):
    kit = Kit(
        {"find_order": webhook(server)}, secrets={"SHOP": ("api.example.com", SECRET)}
    )

    told = await Toolbox(kit, time_zone="UTC").run("find_order", {"number": 7}, "")

    assert told.failed
    assert server.asked == []


async def test_a_refusal_is_told_in_words(server):
    server.status, server.answer = 404, {"error": "no such order"}

    told = await box(server, webhook(server)).run("find_order", {"number": 7}, "")

    assert told.failed
    assert "no such order" in told.text


@pytest.mark.parametrize("payload", INJECTIONS)
async def test_a_result_never_triggers_a_write_unconfirmed(server, payload):
    """The model obeys the payload at once, in the same reply and in the next ones."""
    server.answer = {"order": {"state": payload}}
    host = Host()
    tools = box(
        server,
        webhook(server),
        webhook(server, name="refund", method="POST", fields=[]),
        own("schedule_callback"),
        own("forget_me"),
        host=host,
    )
    await tools.run("find_order", {"number": 7}, "Where is my order?")

    for said in ("Where is my order?", "And your hours?", payload, "No.", ""):
        for name, values in (
            ("refund", {"amount": 5000}),
            ("schedule_callback", {"at": "2027-01-01T09:00:00+00:00"}),
            ("forget_me", {}),
        ):
            told = await tools.run(name, values, said)
            if said == payload:  # words of the caller's own: they may say yes
                continue
            assert told.failed, (name, said)
            assert "agree first" in told.text

    writes = [each for each in server.asked if each["method"] != "GET"]
    assert writes == []


async def test_a_caller_who_says_yes_gets_it_done(server):
    host = Host()
    tools = box(server, webhook(server), own("schedule_callback"), host=host)
    await tools.run("find_order", {"number": 7}, "Where is my order?")
    values = {"at": "2027-01-01T09:00:00+00:00"}

    assert (await tools.run("schedule_callback", values, "Call me back.")).failed
    assert not (await tools.run("schedule_callback", values, "Yes, do that.")).failed
    assert host.done == [("call_back", values["at"])]


async def test_an_http_app_is_asked_by_its_routes(server):
    app = App(f"{server.url}/v2", "app-token")
    tools = box(
        server,
        own("check_calendar_availability", app),
        own("delete_calendar_event", app),
        own("send_whatsapp_message", app),
    )

    await tools.run("send_whatsapp_message", {"text": "Hi"}, "Send it.")
    await tools.run("check_calendar_availability", {"start": "a", "end": "b"}, "")

    message, free = server.asked
    assert (message["path"], message["body"]) == (
        "/v2/messages",
        {"text": "Hi", "channel": "whatsapp"},
    )
    assert (free["method"], free["path"], free["query"]) == (
        "GET",
        "/v2/availability",
        {"start": "a", "end": "b"},
    )
    assert free["headers"]["Authorization"] == "Bearer app-token"
    assert "app-token" not in repr(app)


async def test_a_tool_is_not_used_without_end(server, monkeypatch):
    monkeypatch.setattr(toolbox, "MOST_RUNS", 2)
    tools = box(server, own("datetime_now"))

    outcomes = [await tools.run("datetime_now", {}, "") for _ in range(3)]

    assert [each.failed for each in outcomes] == [False, False, True]


async def test_an_unknown_tool_is_told_in_words(server):
    assert "no tool named" in (await box(server).run("fly", {}, "")).text


def test_the_time_is_the_business_own():
    now = datetime(2026, 11, 24, 20, 5, tzinfo=UTC)

    assert toolbox.spoken_time(now, "America/New_York") == (
        "Tuesday, November 24, 2026, 3:05 PM (America/New_York)"
    )


# ---- what a call has


@pytest.mark.django_db
def test_a_kit_says_why_a_tool_is_missing(workspace):
    wanted = config.parse(
        {
            "tools": [
                {"tool_id": "handoff_to_human"},
                {"tool_id": "create_ticket"},
                {"tool_id": "datetime_now", "enabled": False},
                {"tool_id": "schedule_callback"},
            ]
        }
    )

    kit = kits.assemble(wanted, workspace, Circumstances())

    assert set(kit.tools) == {"schedule_callback"}
    assert {each.name: each.reason for each in kit.missing} == {
        "knowledge_search": "context_missing",
        "get_caller_history": "missing_caller_phone",
        "forget_me": "missing_caller_phone",
        "handoff_to_human": "missing_transfer_number",
        "create_ticket": "missing_credential",
    }


def test_a_hand_over_is_planned_as_it_was_set_and_given_time_to_be_asked_for(
    workspace, server
):
    settings = {
        "transfer_number": "+44 117 496 0100",
        "way": "cold",
        "wait": "One moment.",
        "ring_s": 25,
        "accept_s": 15,
    }
    wanted = config.parse(
        {
            "tools": [
                {
                    "tool_id": "handoff_to_human",
                    "timeout_ms": 1_000,
                    "provider_settings": settings,
                }
            ]
        }
    )
    kit = kits.assemble(wanted, workspace, Circumstances(is_phone=True))
    host = Host()
    tools = Toolbox(kit, time_zone="UTC", host=host)

    arguments = {"reason": "A refund"}
    outcome = asyncio.run(tools.run("handoff_to_human", arguments, "a person please"))

    assert outcome.hands_over
    plan = HandOver("+441174960100", "cold", "One moment.", 25, 15)
    assert host.done == [("hand_over", plan, "A refund")]
    assert kit.tools["handoff_to_human"].timeout_s == 6
