"""A call in a LiveKit room: LiveKit's own real-time library at both ends, the agent in a
real media process, WebRTC between them.

The room's server is a double (``tests.doubles.room_server``): LiveKit's cannot be installed
from a package index.
"""

import asyncio
import contextlib
import os
import signal
import time

import pytest
import websockets

pytest.importorskip("livekit.rtc")
pytest.importorskip("aiortc")

from django.db import connection
from livekit import api  # after what decides whether to go on

from billing import proof
from common import clock
from telephony import (
    calls,
    connections,
    dialing,
    numbers,
    participants,
    phone_calls,
    visits,
    web_calls,
)
from telephony.models import Call, Leg, Number, Participant, RoomVisit
from tests import processes, speech
from tests.doubles.carriers import CALLER, NUMBER
from tests.doubles.livekit import KEY, SECRET
from tests.doubles.room_server import Rooms
from tests.doubles.server import strictly
from tests.reception import AGENT
from tests.telephony.conftest import ended, spoken
from tests.telephony.guest import LOUD, RATE, Guest
from tests.telephony.marks import LIVE
from tests.telephony.test_livekit_room import until

pytestmark = [pytest.mark.realtime, *LIVE]


@pytest.fixture
def rooms(settings):
    settings.LIVEKIT_API_KEY, settings.LIVEKIT_API_SECRET = KEY, SECRET
    settings.LIVEKIT_SIP_ADDRESS = "sip.voice.example:5060"
    with strictly(Rooms()) as double:
        settings.LIVEKIT_URL = double.url.replace("http", "ws")
        yield double


@pytest.fixture
def media_server(rooms, settings):
    """Start a media process that knows the rooms' server."""
    environment = {
        "LIVEKIT_URL": settings.LIVEKIT_URL,
        "LIVEKIT_API_KEY": KEY,
        "LIVEKIT_API_SECRET": SECRET,
    }
    with contextlib.ExitStack() as stack:
        yield lambda: stack.enter_context(
            processes.media_server(yields_process=True, **environment)
        )


@pytest.fixture
def media(media_server):
    return media_server()


def started(agent):
    """Begin a call with a seat for Ann; return both."""
    call, [seat] = web_calls.start(web_calls.Wanted(agent=agent, identities=["Ann"]))
    return call, seat


def tell(rooms, client):
    """Put what the server has told to our views, all of it twice."""
    told, rooms.posts = rooms.posts, []
    for asked in told + told:
        assert asked.of(client).status_code == 200


def _tell_and_close(rooms, client):
    tell(rooms, client)
    connection.close()  # of this thread


def test_somebody_talks_with_the_agent_in_a_room(
    client, rooms, media, published, purse
):
    call, seat = started(published)

    async def talk():
        guest = await Guest.greeted(seat)
        await guest.say(speech.prompt("vm-whichbox", RATE))
        await guest.hear(2)
        await guest.leave()

    asyncio.run(talk())
    over = ended(call.pk)
    tell(rooms, client)

    assert over.status == Call.Status.COMPLETED, over.end_detail
    assert over.end_reason == Call.EndReason.USER_DISCONNECT
    said = spoken(over)
    assert said[0] == ("agent", AGENT["playbook"]["opener"])
    assert any(w == "user" and "leave a message" in t.lower() for w, t in said), said
    assert over.charge_micros == over.rate_micros / 2
    assert over.recording.status == "completed"
    purse.refresh_from_db()
    assert proof.of(purse).holds
    seat.participant.refresh_from_db()
    assert seat.participant.status == Participant.Status.LEFT


def test_the_agent_that_ends_a_call_closes_its_room(rooms, media, published):
    call, seat = started(published)

    async def talk():
        guest = await Guest.greeted(seat)
        await asyncio.to_thread(_cancel, call)
        await asyncio.wait_for(guest.gone.wait(), 30)
        await guest.leave()

    asyncio.run(talk())

    assert ended(call.pk).status == Call.Status.COMPLETED
    assert rooms.deleted == [call.room_name]


def test_another_process_goes_to_the_room_of_one_that_was_killed(
    client, rooms, media_server, published, purse
):
    servers = {
        f"127.0.0.1:{port}": process
        for port, process in (media_server(), media_server())
    }
    call, seat = started(published)

    def kill():
        carrier = servers[Call.objects.get(pk=call.pk).carried_at]
        os.killpg(carrier.pid, signal.SIGKILL)
        deadline = time.monotonic() + 20
        while RoomVisit.objects.filter(call=call).count() < 2:
            assert time.monotonic() < deadline, "nobody was sent back"
            tell(rooms, client)
            time.sleep(0.1)
        connection.close()

    async def talk():
        guest = await Guest.greeted(seat)
        await guest.say(speech.prompt("vm-whichbox", RATE))
        await guest.hear(2)
        await asyncio.sleep(2)  # a pass of the scribe
        await asyncio.to_thread(kill)
        await guest.hear(3)
        await guest.leave()

    asyncio.run(talk())
    over = ended(call.pk)

    assert over.status == Call.Status.COMPLETED, over.end_detail
    said = spoken(over)
    assert said[0] == ("agent", AGENT["playbook"]["opener"])
    assert any("cut off for a moment" in text for _, text in said), said
    assert over.epoch == 1
    purse.refresh_from_db()
    assert purse.entries.filter(kind="call").count() == 1
    assert proof.of(purse).holds


def has_said(call, words):
    """Wait until the agent has said something to its end."""
    deadline = time.monotonic() + 60
    said = call.transcript_segments.filter(speaker="agent", text=words)
    while not said.exists():
        assert time.monotonic() < deadline, spoken(call)
        time.sleep(0.1)
    connection.close()


def invited(call, identity):
    """Let somebody in as the API does; return what lets them in."""
    wanted = participants.Wanted(Participant.Transport.WEBRTC, identity)
    call = Call.objects.get(pk=call.pk)
    (guest,) = participants.invite_all(call, [wanted], by=None, by_room=True)
    connection.close()
    return guest


def test_who_comes_late_is_greeted_alone_and_talks_with_the_others(
    client, rooms, media, published, purse
):
    call, seat = started(published)

    async def talk():
        ann = await Guest.greeted(seat)
        await asyncio.to_thread(has_said, call, AGENT["playbook"]["opener"])
        await ann.hear_out()
        heard = ann.loud
        late = await asyncio.to_thread(invited, call, "Ben")
        assert late.url == seat.url
        ben = await Guest().come(late.url, late.token)
        await until(lambda: ben.loud > 0.8 * heard)
        await asyncio.sleep(1)
        assert ben.loud < 1.3 * heard  # the same words, and nothing else
        assert ann.loud == heard
        await ben.say(speech.prompt("vm-whichbox", RATE))
        await ann.hear(3)  # Ben, and the agent's reply
        heard = ann.loud
        await ben.leave()
        await ann.say(speech.prompt("hello", RATE))
        await ann.hear(4)
        await ann.leave()

    asyncio.run(talk())
    over = ended(call.pk)
    tell(rooms, client)

    greeted = over.timeline.get(kind="greeted")
    assert greeted.detail["name"] == "Ben"
    assert greeted.detail["text"] == AGENT["playbook"]["opener"]
    said = over.transcript_segments.filter(speaker="user")
    names = list(said.values_list("participant__identity", flat=True))
    assert (names[0], names[-1]) == ("Ben", "Ann")
    people = over.participants.filter(transport="webrtc")
    assert set(people.values_list("status", flat=True)) == {"left"}
    assert RoomVisit.objects.count() == 2  # nobody goes back to whom has left


def test_a_line_that_another_process_has_in_its_room_finds_the_call(
    rooms, media, published
):
    call, seat = started(published)
    port, _ = media

    async def talk():
        ann = await Guest.greeted(seat)
        token = await asyncio.to_thread(handed_on, call)
        async with websockets.connect(f"ws://127.0.0.1:{port}/media/room/") as line:
            await line.send(f"start:{token} ")
            heard = b""
            while len(heard.replace(b"\0", b"")) < 20_000:
                message = await asyncio.wait_for(line.recv(), 60)
                heard += message if isinstance(message, bytes) else b""
        await ann.leave()

    asyncio.run(talk())
    assert ended(call.pk).timeline.get(kind="greeted").detail["name"] == "Ben"


def handed_on(call):
    """A visit that another process makes; return what it hands on."""
    invited(call, "Ben")
    visit = RoomVisit.objects.exclude(room=call.room_name).get()
    RoomVisit.objects.filter(pk=visit.pk).update(claimed_at=clock.now())
    token = visits.token(visit, clock.now())
    connection.close()
    return token


def _cancel(call):
    calls.cancel(Call.objects.get(pk=call.pk), by=None)
    connection.close()


@pytest.fixture
def trunk(rooms, workspace, owner, published):
    connections.connect(
        workspace=workspace, provider="sip", credentials=rooms.credentials, by=owner
    )
    number, _ = numbers.register(
        workspace=workspace, number=NUMBER, agent=published, by=owner
    )
    assert number.binding == "configured", number.binding_error
    return number


def phone(room, identity, **attributes):
    """A token of LiveKit's SIP service for one of its lines."""
    grants = api.VideoGrants(room_join=True, room=room)
    return (
        api.AccessToken(KEY, SECRET)
        .with_identity(identity)
        .with_kind("sip")
        .with_attributes({"sip.callStatus": "active", **attributes})
        .with_grants(grants)
        .to_jwt()
    )


def calling(trunk, room):
    """A token for somebody who calls our number."""
    attributes = {
        "sip.phoneNumber": CALLER,
        "sip.trunkPhoneNumber": NUMBER,
        "sip.trunkID": trunk.carrier_ref,
    }
    return phone(room, f"sip_{CALLER}", **attributes)


def test_a_sip_caller_hears_the_agent(client, rooms, media, trunk, settings):
    room = f"in-{NUMBER}_x1"
    token = calling(trunk, room)

    async def talk():
        guest = await Guest().come(settings.LIVEKIT_URL, token)
        await asyncio.to_thread(_tell_and_close, rooms, client)
        await guest.hear(1)
        await guest.leave()

    asyncio.run(talk())
    leg = Leg.objects.select_related("call").get()
    over = ended(leg.call_id)
    tell(rooms, client)

    leg.refresh_from_db()
    assert (leg.state, leg.carrier_call_id) == ("completed", room)
    assert over.status == Call.Status.COMPLETED
    assert spoken(over)[0] == ("agent", AGENT["playbook"]["opener"])


def test_a_sip_caller_hears_why_nobody_takes_the_call(
    client, rooms, media, trunk, settings, purse
):
    Number.objects.update(
        hours={"days": [], "start": "09:00", "end": "09:01", "time_zone": "UTC"}
    )
    room = f"in-{NUMBER}_x2"
    token = calling(trunk, room)

    async def listen():
        guest = await Guest().come(settings.LIVEKIT_URL, token)
        await asyncio.to_thread(_tell_and_close, rooms, client)
        await asyncio.wait_for(guest.gone.wait(), 60)  # put out when it is said
        await guest.leave()
        return guest.heard

    heard = asyncio.run(listen())

    assert sum(level > LOUD for level in heard) > 1_500 / 20  # a sentence of speech
    call = Call.objects.get()
    assert (call.error_code, call.charge_micros) == ("outside_hours", 0)
    assert rooms.deleted == [room]
    purse.refresh_from_db()
    assert purse.held_micros == 0


def test_one_who_is_called_over_sip_hears_the_agent_once_they_answer(
    client, rooms, media, trunk, published, settings
):
    call, leg = phone_calls.place(phone_calls.Wanted(agent=published, to=CALLER))
    dialing.dial(leg.id, now=clock.now())

    async def talk():
        token = phone(call.room_name, str(leg.pk))
        guest = await Guest().come(settings.LIVEKIT_URL, token)
        await guest.say(speech.prompt("hello", RATE))
        await guest.hear(1)
        await guest.leave()

    asyncio.run(talk())
    over = ended(call.pk)
    tell(rooms, client)

    leg.refresh_from_db()
    assert leg.answered_at
    assert over.status == Call.Status.COMPLETED
    assert RoomVisit.objects.count() == 1
