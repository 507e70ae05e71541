"""An agent's public link: who may talk by it, how long, how often."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client

from agents import authoring, share_links
from agents import config as configs
from billing import wallet
from common import clock
from telephony import media_tokens
from telephony.models import Call, SharedCall

pytestmark = pytest.mark.django_db


@pytest.fixture
def agent(workspace, owner):
    cache.clear()
    wallet.top_up(workspace=workspace, amount_micros=10**9, key="t", note="test")
    config = configs.parse({"persona": {"role": "clerk", "name": "Ava"}})
    return authoring.create(workspace=workspace, name="Desk", config=config, by=owner)


@pytest.fixture
def link(agent, owner):
    return share_links.put(agent, fields={}, by=owner)


def talk(link, address="203.0.113.7", origin="http://testserver"):
    return Client(REMOTE_ADDR=address).post(
        f"/talk/{link.token}/calls/", headers={"Origin": origin}
    )


def end_all(duration_ms=0):
    Call.objects.update(
        status="completed", duration_ms=duration_ms, ended_at=clock.now()
    )


def test_a_visitor_sees_whom_they_talk_to_and_nothing_else(link, agent, workspace):
    page = Client().get(f"/talk/{link.token}/")

    text = page.content.decode()
    assert page.status_code == 200
    assert "Talk to Ava" in text
    assert "computer" in text
    assert str(workspace.id) not in text
    assert str(agent.id) not in text


def test_a_visitor_starts_a_call_that_is_billed_to_the_workspace(link, workspace):
    answer = talk(link)

    assert answer.status_code == 201, answer.json()
    call = Call.objects.get(pk=answer.json()["call_id"])
    assert call.workspace == workspace
    assert call.config["advanced"]["maxCallDuration"] == 300
    token = answer.json()["token"]
    assert media_tokens.claim(token, now=clock.now(), origin="http://testserver")


def test_the_fourth_call_of_an_hour_from_one_place_waits(link):
    for _ in range(3):
        assert talk(link).status_code == 201
        end_all()

    fourth = talk(link)
    elsewhere = talk(link, "203.0.113.8")

    assert (fourth.status_code, fourth.json()["code"]) == (
        429,
        "share_link_calls_per_hour",
    )
    assert elsewhere.status_code == 201
    end_all()
    SharedCall.objects.update(created_at=clock.now() - timedelta(hours=1, seconds=1))
    assert talk(link).status_code == 201


def test_two_lines_and_no_third(link):
    assert talk(link, "203.0.113.1").status_code == 201
    assert talk(link, "203.0.113.2").status_code == 201

    third = talk(link, "203.0.113.3")

    assert (third.status_code, third.json()["code"]) == (429, "share_link_busy")


def test_the_pool_is_used_up_and_the_last_call_is_shorter(link, agent, owner):
    share_links.put(agent, fields={"minutes_limit": 6}, by=owner)
    talk(link, "203.0.113.1")
    end_all(duration_ms=180_000)

    last = talk(link, "203.0.113.2")
    config = Call.objects.get(pk=last.json()["call_id"]).config
    meanwhile = talk(link, "203.0.113.3")

    assert config["advanced"]["maxCallDuration"] == 180
    assert (meanwhile.status_code, meanwhile.json()["code"]) == (
        429,
        "share_link_used_up",
    )


@pytest.mark.parametrize("how", ["off", "replaced", "deleted"])
def test_a_link_that_is_closed_opens_nothing(link, agent, owner, how):
    old = share_links.find(link.token)
    if how == "off":
        share_links.put(agent, fields={"enabled": False}, by=owner)
    elif how == "replaced":
        share_links.regenerate(agent, by=owner)
    else:
        authoring.delete(agent, by=owner)

    assert Client().get(f"/talk/{old.token}/").status_code == 404
    assert talk(old).status_code == 404
    assert Call.objects.count() == 0


def test_visitors_learn_nothing_of_the_balance(link, workspace):
    wallet.adjust(
        workspace=workspace, amount_micros=-(10**9), key="x", reason="test", by=None
    )

    answer = talk(link)

    assert answer.status_code == 402
    assert "credit" not in answer.json()["error"].lower()


def test_a_form_of_another_page_starts_nothing(link):
    strict = Client(enforce_csrf_checks=True)

    assert strict.post(f"/talk/{link.token}/calls/").status_code == 403


def test_the_link_over_the_api(api, agent):
    path = f"/agents/{agent.id}"

    none = api.get(f"{path}/testers").json()
    made = api.put(f"{path}/share-link", {"enabled": True}).json()
    changed = api.put(f"{path}/share-link", {"max_concurrent": 5}).json()
    renewed = api.post(f"{path}/share-link/regenerate").json()

    assert none["link"] is None
    assert (made["minutes_limit"], made["max_call_seconds"]) == (30, 300)
    assert (made["max_concurrent"], made["calls_per_ip_hour"]) == (2, 3)
    assert (changed["max_concurrent"], changed["url"]) == (5, made["url"])
    assert renewed["url"] != made["url"]
    for wrong in (
        {"minutes_limit": 6_001},
        {"max_call_seconds": 59},
        {"max_concurrent": 11},
        {"calls_per_ip_hour": 0},
        {"enabled": "maybe"},
    ):
        assert api.put(f"{path}/share-link", wrong).status_code == 400, wrong


def test_a_stranger_has_no_part_in_the_link(foreign_api, agent, link):
    assert foreign_api.get(f"/agents/{agent.id}/testers").status_code == 404
    assert foreign_api.put(f"/agents/{agent.id}/share-link", {}).status_code == 404
    again = foreign_api.post(f"/agents/{agent.id}/share-link/regenerate")
    assert again.status_code == 404
