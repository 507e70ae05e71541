"""LiveKit where it is configured: tokens, access, signed webhooks, the agent's visits."""

import dataclasses
import json
from datetime import timedelta
from uuid import uuid4

import jwt
import pytest
from livekit import api

from agents import share_links
from common import clock
from telephony import media_tokens, participants, visits, web_calls
from telephony.livekit import server, tokens
from telephony.models import Call, Participant, RoomEvent, RoomVisit
from tests.doubles.livekit import KEY, SECRET, LiveKit
from tests.doubles.server import strictly

BASE = "https://voice.example"
pytestmark = pytest.mark.django_db


@pytest.fixture
def livekit(settings, monkeypatch):
    """A server, and an installation that can take part in its rooms."""
    monkeypatch.setattr(server, "can_take_part", lambda: True)
    settings.LIVEKIT_API_KEY, settings.LIVEKIT_API_SECRET = KEY, SECRET
    with strictly(LiveKit()) as double:
        settings.LIVEKIT_URL = double.url.replace("http", "ws")
        yield double


@pytest.fixture
def begun(livekit, published):
    """A call that somebody in a browser is to join by LiveKit."""
    return web_calls.start(web_calls.Wanted(agent=published, identities=["Ann"]))


def claims(token):
    return jwt.decode(token, SECRET, algorithms=["HS256"], issuer=KEY)


# ---------------------------------------------------------------- access


def test_a_call_from_a_browser_gets_a_token_of_livekit(begun, settings):
    call, [seat] = begun

    said = claims(seat.token)

    assert seat.url == settings.LIVEKIT_URL
    assert said["sub"] == str(seat.participant.pk)
    assert said["name"] == "Ann"
    assert said["exp"] - said["nbf"] == 600
    assert said["video"] == {
        "roomJoin": True,
        "room": f"call_{call.pk}",
        "canPublish": True,
        "canPublishSources": ["microphone"],
        "canSubscribe": True,
        "canPublishData": False,
        "canUpdateOwnMetadata": False,
    }


def test_the_api_gives_the_same_two_fields(livekit, api, published, settings):
    asked = {
        "agent_id": str(published.pk),
        "participants": [{"transport": "webrtc", "identity": "Ann"}],
    }

    with_livekit = api.post("/calls", asked).json()
    settings.LIVEKIT_URL = ""
    without = api.post("/calls", asked).json()

    (first,), (second,) = with_livekit["participants"], without["participants"]
    assert set(first["access"]) == set(second["access"]) == {"url", "token"}
    assert first["access"]["url"] == livekit.url.replace("http", "ws")
    assert (
        claims(first["access"]["token"])["video"]["room"] == with_livekit["room_name"]
    )
    assert second["access"]["url"].endswith("/media/browser/")


def test_where_the_agent_cannot_take_part_calls_stay_on_our_own_socket(
    livekit, published, monkeypatch
):
    monkeypatch.setattr(server, "can_take_part", lambda: False)

    _, [seat] = web_calls.start(web_calls.Wanted(agent=published, identities=["Ann"]))

    assert seat.url == ""
    assert not RoomVisit.objects.exists()


def test_a_share_link_gives_a_room_to_who_asks_for_one(
    livekit, published, owner, client, settings
):
    link = share_links.put(published, fields={"enabled": True}, by=owner)
    url = f"/talk/{link.token}/calls/"

    own = client.post(url).json()
    room = client.post(url, {"access": "room"}).json()

    assert own["access"]["url"] == own["url"]
    assert own["url"].endswith("/media/browser/")
    assert room["access"] == {"url": settings.LIVEKIT_URL, "token": room["token"]}
    assert claims(room["token"])["video"]["room"] == f"call_{room['call_id']}"


def test_the_agents_token_makes_the_room_with_its_limits():
    with pytest.MonkeyPatch.context() as patch:
        from django.conf import settings

        patch.setattr(settings, "LIVEKIT_API_KEY", KEY)
        patch.setattr(settings, "LIVEKIT_API_SECRET", SECRET)
        said = claims(tokens.for_agent("call_1"))

    assert (said["sub"], said["kind"]) == ("agent", "agent")
    assert said["video"]["room"] == said["roomConfig"]["name"] == "call_1"
    assert not {"roomAdmin", "roomCreate", "roomList"} & set(said["video"])
    assert said["roomConfig"]["emptyTimeout"] == tokens.EMPTY_S


# ---------------------------------------------------------------- visits


def test_a_visit_is_made_by_one_process(begun):
    call, _ = begun
    now = clock.now()

    first, second = visits.claim(now), visits.claim(now)

    assert [visit.room for visit in first] == [call.room_name]
    assert second == []
    claimed = media_tokens.claim(visits.token(first[0], now), now=now)
    assert claimed.call_id == call.pk


def test_nobody_is_waited_for_longer_than_a_minute(begun):
    assert visits.claim(clock.now() + visits.WITHIN) == []


def test_what_was_told_is_forgotten_after_a_day(begun):
    visits.note_event("EV_1")

    visits.forget(clock.now() + visits.REMEMBERED + timedelta(minutes=2))

    assert not RoomEvent.objects.exists()
    assert not RoomVisit.objects.exists()


# ---------------------------------------------------------------- webhooks


def person(identity, kind=api.ParticipantInfo.Kind.STANDARD):
    return api.ParticipantInfo(sid="PA_1", identity=str(identity), kind=kind)


def test_who_comes_and_goes_is_kept(client, livekit, begun):
    call, [seat] = begun
    come, go = (
        livekit.webhook(BASE, event, call.room_name, person(seat.participant.pk))
        for event in ("participant_joined", "participant_left")
    )

    assert come.of(client).status_code == 200
    seat.participant.refresh_from_db()
    assert seat.participant.joined_at is None  # before the agent has let them in

    assert [go.of(client).status_code for _ in range(3)] == [200] * 3
    seat.participant.refresh_from_db()
    assert seat.participant.status == Participant.Status.LEFT
    assert RoomEvent.objects.count() == 2


def test_one_who_comes_too_late_is_put_out_of_the_empty_room(
    client, livekit, begun, django_capture_on_commit_callbacks
):
    call, [seat] = begun
    Call.objects.update(status="canceled")
    come = livekit.webhook(
        BASE, "participant_joined", call.room_name, person(seat.participant.pk)
    )

    with django_capture_on_commit_callbacks(execute=True):
        come.of(client)

    assert livekit.deleted == [call.room_name]


def test_an_event_that_comes_again_is_taken_once(client, livekit, begun):
    call, _ = begun
    Call.objects.update(status="in_progress")
    visits.claim(clock.now())
    left = livekit.webhook(BASE, "participant_left", call.room_name, person("agent"))

    for _ in range(3):
        assert left.of(client).status_code == 200

    back = RoomVisit.objects.get(claimed_at=None)
    assert back.resumes
    claimed = media_tokens.claim(visits.token(back, clock.now()), now=clock.now())
    assert claimed.call.epoch == 1


def test_the_agent_goes_back_to_no_call_that_is_over(client, livekit, begun):
    call, _ = begun
    visits.claim(clock.now())
    Call.objects.update(status="completed")

    livekit.webhook(BASE, "participant_left", call.room_name, person("agent")).of(
        client
    )

    assert RoomVisit.objects.count() == 1


def test_a_room_to_which_nobody_came_ends_its_call(client, livekit, begun, purse):
    call, _ = begun

    livekit.webhook(BASE, "room_finished", call.room_name).of(client)

    call.refresh_from_db()
    purse.refresh_from_db()
    assert (call.is_live(), call.charge_micros, purse.held_micros) == (False, 0, 0)


@pytest.mark.parametrize(
    "event", ["track_published", "egress_started", "made_up_later"]
)
def test_events_that_we_do_not_know_are_taken(client, livekit, event):
    assert livekit.webhook(BASE, event, "their-own-room").of(client).status_code == 200


def test_rooms_of_others_change_nothing(client, livekit, begun):
    _, [seat] = begun
    for room in ("call_", "call_x", f"call_{seat.participant.pk}", "", "\0" * 9):
        asked = livekit.webhook(
            BASE, "participant_left", room, person(seat.participant.pk)
        )
        assert asked.of(client).status_code == 200

    seat.participant.refresh_from_db()
    assert seat.participant.left_at is None


def test_who_comes_later_has_a_room_of_their_own(api, livekit, begun):
    call, _ = begun
    asked = {"participants": [{"transport": "webrtc", "identity": "Ben"}]}

    (ben,) = api.post(f"/calls/{call.pk}/participants", asked).json()["participants"]

    room = f"{call.room_name}-{ben['id']}"
    assert claims(ben["access"]["token"])["video"]["room"] == room
    assert ben["access"]["url"] == livekit.url.replace("http", "ws")
    visit = RoomVisit.objects.get(room=room)
    assert not visit.resumes
    # Whoever of them comes first talks to the agent, and the other comes into that.
    Call.objects.update(status="in_progress", carried_for=ben["id"])
    for each in RoomVisit.objects.all():
        token = visits.token(each, clock.now())
        assert media_tokens.claim(token, now=clock.now()).joins


def test_a_room_of_one_person_is_not_the_call(
    client, livekit, begun, django_capture_on_commit_callbacks
):
    call, _ = begun
    late = participants.Wanted(Participant.Transport.WEBRTC, "Ben")
    (ben,) = participants.invite_all(call, [late], by=None, by_room=True)
    room = f"{call.room_name}-{ben.participant.pk}"

    livekit.webhook(BASE, "room_finished", room).of(client)
    call.refresh_from_db()
    assert call.is_live()

    go = livekit.webhook(BASE, "participant_left", room, person(ben.participant.pk))
    go.of(client)
    ben.participant.refresh_from_db()
    assert ben.participant.status == Participant.Status.LEFT
    Call.objects.update(status="in_progress")
    visits.claim(clock.now())
    livekit.webhook(BASE, "participant_left", room, person("agent")).of(client)
    assert RoomVisit.objects.count() == 2  # the agent goes back to nobody

    Call.objects.update(status="completed")
    come = livekit.webhook(BASE, "participant_joined", room, person(uuid4()))
    with django_capture_on_commit_callbacks(execute=True):
        come.of(client)
    assert livekit.deleted == [room]


def test_forged_events_are_refused(client, livekit, begun):
    call, [seat] = begun
    good = livekit.webhook(
        BASE, "participant_left", call.room_name, person(seat.participant.pk)
    )
    body = good.body.decode()
    token = good.headers["Authorization"]

    def bent(**how):
        return dataclasses.replace(good, **how)

    def headed(value):
        return bent(headers={"Authorization": value})

    bare = api.AccessToken(KEY, SECRET).with_identity("x").to_jwt()
    forged = [
        bent(body=good.body.replace(b"left", b"Left")),
        bent(body=good.body + b"\n"),
        bent(body=json.dumps(json.loads(body)).encode()),
        bent(body=b"{}"),
        bent(body=b"x" * 70_000),
        bent(headers={}),
        headed(f"Bearer {token}"),
        headed(token[:-1]),
        headed(bare),  # a token that lets somebody into a room
        headed(seat.token),
        livekit.signed(good.url, body, secret="g" * 48),
        livekit.signed(good.url, body, key="APIother"),
        livekit.signed(good.url, body, life_s=-120),
        livekit.signed(good.url, body, hashed=body + " "),
        livekit.signed(good.url, "{}"),  # signed, and without an id
    ]

    assert {asked.of(client).status_code for asked in forged} == {403}
    assert not RoomEvent.objects.exists()


def test_without_a_secret_nobody_is_believed(client, livekit, begun, settings):
    call, _ = begun
    asked = livekit.webhook(BASE, "room_finished", call.room_name)
    settings.LIVEKIT_API_SECRET = ""

    assert asked.of(client).status_code == 403
