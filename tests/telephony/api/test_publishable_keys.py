"""Calls from web pages, with a key that anybody may see."""

import pytest
from django.test import Client

from agents import authoring
from agents import config as configs
from common import clock
from telephony import calls, media_tokens
from telephony.models import Call
from tests.api import Api
from tests.telephony.api.test_calls import body

PAGE = "https://shop.example.com"


@pytest.fixture
def web(workspace, agent):
    """A page with a publishable key."""
    return Api(
        workspace, (), kind="publishable", agent_id=agent.id, allowed_origins=[PAGE]
    )


def page_key(workspace, agent, **limits):
    return Api(workspace, (), kind="publishable", agent_id=agent.id, **limits)


def test_a_page_starts_a_call_with_its_key_and_may_read_the_answer(web, agent):
    answer = web.post("/calls", body(agent), Origin=PAGE)

    assert answer.status_code == 201, answer.json()
    assert answer["Access-Control-Allow-Origin"] == PAGE
    assert "Access-Control-Allow-Credentials" not in answer
    token = answer.json()["participants"][0]["access"]["token"]
    assert (
        media_tokens.claim(token, now=clock.now(), origin="https://evil.example")
        is None
    )
    assert media_tokens.claim(token, now=clock.now(), origin=PAGE)


@pytest.mark.parametrize(
    "origin",
    ["https://evil.example", "http://shop.example.com", f"{PAGE}.evil.example", "null"],
)
def test_a_foreign_page_starts_nothing(web, agent, workspace, origin):
    answer = web.post("/calls", body(agent), Origin=origin)

    assert (answer.status_code, answer.json()["code"]) == (403, "origin_not_allowed")
    assert "Access-Control-Allow-Origin" not in answer
    assert workspace.calls.count() == 0


def test_a_preflight_is_answered_for_that_page_alone(db):
    answer = Client().options(
        "/v1/calls",
        headers={"Origin": PAGE, "Access-Control-Request-Method": "POST"},
    )

    assert answer.status_code == 204
    assert answer["Access-Control-Allow-Origin"] == PAGE
    assert answer["Access-Control-Allow-Methods"] == "POST"
    assert "Authorization" in answer["Access-Control-Allow-Headers"]


def test_a_secret_key_is_not_for_pages(api, agent):
    answer = api.post("/calls", body(agent), Origin=PAGE)

    assert answer.status_code == 201
    assert "Access-Control-Allow-Origin" not in answer


def test_a_page_calls_its_own_agent_alone(web, workspace, owner):
    other = authoring.create(
        workspace=workspace, name="Other", config=configs.defaults(), by=owner
    )

    assert web.post("/calls", body(other), Origin=PAGE).status_code == 404


def test_a_page_calls_no_phone_without_the_channel(web, agent):
    phone = [{"transport": "pstn", "identity": "+15550001"}]

    answer = web.post("/calls", body(agent, participants=phone), Origin=PAGE)

    assert (answer.status_code, answer.json()["code"]) == (403, "channel_not_allowed")


@pytest.mark.parametrize(
    "path", ["/calls", "/calls/active", "/agents", "/keys/self", "/calls/queue/stats"]
)
def test_a_page_reads_nothing(web, path):
    answer = web.get(path, Origin=PAGE)

    assert (answer.status_code, answer.json()["code"]) == (401, "unauthorized")


def test_a_page_has_its_lines_and_no_more(workspace, agent):
    web, other = (
        page_key(workspace, agent, max_concurrent=2),
        page_key(workspace, agent, max_concurrent=1),
    )

    first, second, third = [web.post("/calls", body(agent)) for _ in range(3)]

    assert [first.status_code, second.status_code] == [201, 201]
    assert (third.status_code, third.json()["code"]) == (429, "publishable_key_busy")
    assert workspace.calls.count() == 2
    assert other.post("/calls", body(agent)).status_code == 201


def test_a_call_that_has_ended_frees_its_line(workspace, agent):
    web = page_key(workspace, agent, max_concurrent=1)
    first = web.post("/calls", body(agent)).json()["id"]

    calls.end(first, calls.Outcome(Call.EndReason.CLOSED), now=clock.now())

    assert web.post("/calls", body(agent)).status_code == 201


def test_a_page_talks_no_longer_than_its_key_says(workspace, agent):
    short, long = [
        page_key(workspace, agent, max_call_seconds=seconds) for seconds in (60, 7_200)
    ]

    longest = [
        Call.objects.get(pk=web.post("/calls", body(agent)).json()["id"]).config[
            "advanced"
        ]["maxCallDuration"]
        for web in (short, long)
    ]

    assert longest == [60, 600]  # the agent's own is 600


def test_phones_that_a_page_calls_are_held_to_it_too(workspace, published, number):
    web = page_key(
        workspace,
        published,
        allowed_channels=["phone"],
        max_concurrent=1,
        max_call_seconds=60,
    )
    to = [{"transport": "pstn", "identity": "+447700900123"}]

    first, second = [
        web.post("/calls", body(published, participants=to)) for _ in range(2)
    ]

    assert first.status_code == 202, first.json()
    call = Call.objects.get(pk=first.json()["id"])
    assert call.config["advanced"]["maxCallDuration"] == 60
    assert second.json()["code"] == "publishable_key_busy"


def test_a_key_for_pages_is_made_listed_and_revoked(api, agent):
    made = api.post(
        "/keys/publishable",
        {
            "agent_id": str(agent.id),
            "label": "Shop",
            "allowed_origins": [PAGE],
            "max_concurrent": 2,
        },
    )
    listed = api.get("/keys/publishable").json()["keys"]
    gone = api.delete(f"/keys/publishable/{made.json()['id']}")

    assert made.status_code == 201, made.json()
    assert made.json()["key"].startswith("sb_publishable_")
    assert made.json()["allowed_channels"] == ["web"]
    assert made.json()["default_from_number"] is None
    assert "key" not in listed[0]
    assert (listed[0]["label"], listed[0]["max_concurrent"]) == ("Shop", 2)
    assert gone.json() == {"success": True}
    assert api.get("/keys/publishable").json()["keys"] == []


def test_a_key_for_a_strangers_agent_is_not_made(foreign_api, agent):
    answer = foreign_api.post(
        "/keys/publishable", {"agent_id": str(agent.id), "label": "Shop"}
    )

    assert answer.status_code == 404
