"""The board of live calls, listening in, adding somebody: who may, and what they see."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from common import clock
from telephony.models import MediaToken, Participant, TranscriptSegment
from tests.factories import AgentFactory, CallFactory, MembershipFactory

HTMX = {"HX-Request": "true"}


@pytest.fixture
def agent(workspace):
    return AgentFactory(workspace=workspace, name="Reception")


def live_call(agent, **fields):
    fields = {
        "status": "in_progress",
        "end_reason": "",
        "caller": "+442079460000",
        "started_at": clock.now() - timedelta(seconds=75),
        **fields,
    }
    return CallFactory(agent=agent, **fields)


def say(call, speaker, text, sequence, by=None):
    TranscriptSegment.objects.create(
        call=call, speaker=speaker, text=text, sequence=sequence, participant=by,
        started_at_ms=0, ended_at_ms=1,
    )  # fmt: skip


def url(name, *args):
    return reverse(f"telephony:{name}", args=args)


def of_role(workspace, role):
    client = Client()
    client.force_login(MembershipFactory(workspace=workspace, role=role).user)
    return client


def board(client, **headers):
    return client.get(url("live-board"), headers=headers).content.decode()


def test_the_board_shows_live_calls_with_what_was_said_last(studio, agent):
    call = live_call(agent)
    say(call, "user", "Do you open on Sunday?", 1)
    say(call, "agent", "We open at nine.", 2)
    CallFactory(agent=agent, caller="+442079460999")  # over

    page = board(studio)

    assert "+44 20 7946 0000" in page
    assert "We open at nine." in page
    assert "Do you open" not in page
    assert "+44 20 7946 0999" not in page
    assert 'data-since="75"' in page
    assert url("call-supervision", call.id) in page


def test_somebody_elses_words_have_their_name(studio, agent):
    call = live_call(agent)
    ben = Participant.objects.create(
        call=call, transport="webrtc", role="customer", identity="ben", status="active"
    )
    Participant.objects.create(
        call=call, transport="pstn", role="customer", identity="x", status="active"
    )
    say(call, "user", "I am here, too.", 1, ben)

    page = board(studio)

    assert "ben" in page
    assert "2 people" in page


def test_the_rows_alone_are_read_anew(studio, agent):
    live_call(agent)

    fragment = board(studio, **HTMX)

    assert fragment.strip().startswith("<div id=")
    assert "<html" not in fragment


def test_nobody_on_the_line_is_said(studio):
    assert "Nobody is on the line" in board(studio)


def test_the_board_makes_few_queries_however_long(
    studio, agent, django_assert_max_num_queries
):
    for _ in range(30):
        say(live_call(agent), "user", "Hello", 1)
    board(studio, **HTMX)

    with django_assert_max_num_queries(9):
        page = board(studio, **HTMX)

    assert page.count("<tr id=") == 30


def test_a_strangers_call_is_not_on_it_and_cannot_be_listened_to(studio):
    theirs = live_call(AgentFactory())

    assert str(theirs.id) not in board(studio)
    for name in ("call-supervision", "call-participants"):
        assert studio.post(url(name, theirs.id)).status_code == 404


@pytest.mark.parametrize(("role", "may"), [("editor", True), ("viewer", False), ("client", False)])  # fmt: skip
def test_listening_is_for_those_who_may(workspace, agent, role, may):
    call = live_call(agent)
    client = of_role(workspace, role)

    page = board(client)
    answer = client.post(url("call-supervision", call.id))

    assert (url("call-supervision", call.id) in page) is may
    assert answer.status_code == (201 if may else 403)
    assert MediaToken.objects.filter(call=call).exists() is may


def test_who_listens_sits_in_the_gallery_and_is_written_down(studio, workspace, agent, owner):  # fmt: skip
    call = live_call(agent)

    answer = studio.post(
        url("call-supervision", call.id), headers={"Origin": "http://testserver"}
    )

    token = MediaToken.objects.get(call=call)
    assert answer.json()["token"]
    assert (token.joins, token.origin) == (True, "http://testserver")
    seat = token.participant
    assert (seat.role, seat.place, seat.identity) == ("observer", "gallery", owner.email)  # fmt: skip
    entry = workspace.audit_entries.get(verb="call.listened")
    assert (entry.actor, entry.target) == (owner, str(call.id))


@pytest.mark.parametrize(
    "fields", [{"status": "ringing", "started_at": None}, {"channel": "text"}]
)
def test_a_call_without_sound_cannot_be_listened_to(studio, agent, fields):
    call = live_call(agent, **fields)

    answer = studio.post(url("call-supervision", call.id))

    assert answer.status_code == 409
    assert not call.participants.exists()


def test_a_call_that_cannot_be_added_to_says_why(studio, agent):
    call = live_call(agent)

    answer = studio.post(
        url("call-participants", call.id), {"number": "+442079460001"}, headers=HTMX
    )

    assert answer.status_code == 422
    assert "No carrier is connected" in answer.content.decode()
    assert not call.participants.exists()


def test_the_live_page_offers_what_the_role_may(workspace, studio, agent):
    call = live_call(agent)

    ours = studio.get(url("call-detail", call.id)).content.decode()
    viewers = of_role(workspace, "viewer").get(url("call-detail", call.id))

    assert "data-supervise" in ours
    assert "Add somebody" in ours
    assert "data-supervise" not in viewers.content.decode()
    assert "Add somebody" not in viewers.content.decode()
