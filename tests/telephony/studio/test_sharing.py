"""Share & testers: the editor's section, and the links it hands out."""

import re

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from agents import authoring, publishing, share_links, testers
from agents import config as configs
from billing import wallet
from telephony.models import Call

pytestmark = pytest.mark.django_db


@pytest.fixture
def agent(workspace, owner):
    wallet.top_up(workspace=workspace, amount_micros=10**9, key="t", note="test")
    config = configs.parse({"persona": {"role": "clerk"}})
    return authoring.create(workspace=workspace, name="Desk", config=config, by=owner)


def url(name, agent, *more):
    return reverse(f"telephony:{name}", args=[agent.pk, *more])


LIMITS = {
    "minutes_limit": "60",
    "max_call_seconds": "120",
    "max_concurrent": "3",
    "calls_per_ip_hour": "5",
}


def invited(agent, owner, email="tess@example.com"):
    tester, link = testers.invite(agent, email=email, by=owner)
    return tester, re.search(r"(/talk/[^/]+/)", link)[1]


def test_the_link_is_switched_on_and_limited(studio, agent):
    assert "Off" in studio.get(url("share", agent)).content.decode()

    on = studio.post(url("share", agent), {"switch": "1", "enabled": "on"})
    saved = studio.post(url("share", agent), LIMITS)

    link = share_links.of(agent)
    assert share_links.url(link) in on.content.decode()
    assert saved.status_code == 200
    assert (link.minutes_limit, link.max_call_seconds) == (60, 120)
    assert (link.max_concurrent, link.calls_per_ip_hour) == (3, 5)
    assert link.enabled


@pytest.mark.parametrize(
    "wrong",
    [{"minutes_limit": "6001"}, {"max_concurrent": "0"}, {"max_call_seconds": "x"}],
)
def test_limits_outside_of_their_range_are_refused(studio, agent, wrong):
    answer = studio.post(url("share", agent), {**LIMITS, **wrong})

    assert answer.status_code == 422
    assert share_links.of(agent) is None


def test_a_replaced_link_is_dead_at_once(studio, agent):
    studio.post(url("share", agent), {"switch": "1", "enabled": "on"})
    old = f"/talk/{share_links.of(agent).token}/"
    assert Client().get(old).status_code == 200

    studio.post(url("share-renewal", agent))

    assert Client().get(old).status_code == 404


def test_a_viewer_looks_and_changes_nothing(client, viewer, agent):
    client.force_login(viewer)

    assert client.get(url("share", agent)).status_code == 200
    for name in ("share", "share-renewal", "tester-new"):
        assert client.post(url(name, agent), LIMITS).status_code == 403


def test_a_tester_is_invited_talks_to_the_draft_and_is_taken_back(studio, agent, owner):
    publishing.publish(agent, by=owner)
    authoring.edit(agent, changes={"persona.name": "Draft Dora"}, by=owner)

    answer = studio.post(url("tester-new", agent), {"email": "Tess@Example.com"})
    [letter] = mail.outbox
    path = re.search(r"(/talk/[^/]+/)", letter.body)[1]

    assert letter.to == ["tess@example.com"]
    assert path in answer.content.decode()
    assert not share_links.of(agent).enabled
    page = Client().get(path).content.decode()
    assert "Draft Dora" in page
    assert "You try the draft" in page
    assert Client().post(f"{path}calls/").status_code == 201
    call = Call.objects.get()
    assert (call.snapshot, call.caller) == (None, "tess@example.com")
    assert call.config["persona"]["name"] == "Draft Dora"
    shown = studio.get(url("share", agent)).content.decode()
    assert "1 call, last" in shown

    tester = agent.testers.get()
    studio.post(url("tester-removal", agent, tester.pk))

    assert Client().get(path).status_code == 404
    assert Client().post(f"{path}calls/").status_code == 404
    assert "tess@example.com" not in studio.get(url("share", agent)).content.decode()


def test_a_fresh_link_ends_the_old_one(studio, agent, owner, time_machine):
    time_machine.move_to("2026-11-20T10:00:00Z", tick=False)
    tester, old = invited(agent, owner)
    assert studio.post(url("tester-again", agent, tester.pk)).status_code == 429

    time_machine.move_to("2026-11-20T10:02:00Z", tick=False)
    assert studio.post(url("tester-again", agent, tester.pk)).status_code == 200

    new = re.search(r"(/talk/[^/]+/)", mail.outbox[-1].body)[1]
    assert Client().get(old).status_code == 404
    assert Client().get(new).status_code == 200


@pytest.mark.parametrize("email", ["nobody", "", "tess@example.com"])
def test_who_cannot_be_invited(studio, agent, owner, email):
    invited(agent, owner)
    sent = len(mail.outbox)

    answer = studio.post(url("tester-new", agent), {"email": email})

    assert answer.status_code == 422
    assert len(mail.outbox) == sent


def test_a_letter_that_does_not_go_is_told(studio, agent, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9

    answer = studio.post(url("tester-new", agent), {"email": "tess@example.com"})

    assert answer.status_code == 422
    assert "did not take the letter" in answer.content.decode()
    assert agent.testers.count() == 1


def test_strangers_find_nothing(client, stranger, agent, owner):
    tester, _ = invited(agent, owner)
    client.force_login(stranger)

    assert client.get(url("share", agent)).status_code == 404
    for name, more in (("tester-again", [tester.pk]), ("tester-removal", [tester.pk])):
        assert client.post(url(name, agent, *more)).status_code == 404
    assert agent.testers.get().revoked_at is None


def test_a_neighbours_tester_is_not_reached_through_ones_own_agent(
    studio, agent, owner, stranger
):
    other = stranger.memberships.get().workspace
    theirs = authoring.create(
        workspace=other, name="Theirs", config=configs.defaults(), by=stranger
    )
    tester, _ = invited(theirs, stranger)

    assert studio.post(url("tester-removal", agent, tester.pk)).status_code == 404


def test_the_minutes_of_the_pool_count_for_testers_too(agent, owner):
    tester, path = invited(agent, owner)
    share_links.put(agent, fields={"minutes_limit": 0}, by=owner)

    answer = Client().post(f"{path}calls/")

    assert answer.status_code == 429
    assert answer.json()["code"] == "share_link_used_up"


def test_the_api_lists_testers(api, agent, owner):
    invited(agent, owner)

    told = api.get(f"/agents/{agent.pk}/testers").json()

    [tester] = told["testers"]
    assert (tester["email"], tester["calls"]) == ("tess@example.com", 0)
    assert told["link"]["enabled"] is False
