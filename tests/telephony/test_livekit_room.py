"""The agent's being in a room: pace, marks, keys, several microphones. LiveKit's own
real-time library, and a double of its rooms."""

import asyncio
import time

import numpy as np
import pytest

rtc = pytest.importorskip("livekit.rtc")
pytest.importorskip("aiortc")

from livekit import api  # after what decides whether to go on

from telephony import visiting
from telephony.carrier import CarrierError
from telephony.livekit import keypads, tokens
from telephony.livekit.media import SPOKEN
from telephony.livekit.sound import Ears
from tests.doubles.livekit import KEY, SECRET
from tests.doubles.room_server import Rooms

ROOM = "call_1"
SECOND = bytes(SPOKEN.sample_rate * 2)
pytestmark = [pytest.mark.realtime, pytest.mark.scattered]


@pytest.fixture
def inside(settings):
    """Run a story in which the agent is in a room."""

    def run(story):
        async def play():
            rooms = Rooms()
            rooms.phones = []
            async with rooms.serving():
                settings.LIVEKIT_URL = rooms.url.replace("http", "ws")
                settings.LIVEKIT_API_KEY, settings.LIVEKIT_API_SECRET = KEY, SECRET
                agent = visiting.Presence()
                try:
                    await agent.enter(ROOM)
                    agent.connection.begin("start:token call")
                    await asyncio.wait_for(story(rooms, agent), 60)
                finally:
                    await agent.leave()
                    for each in rooms.phones:
                        await each.disconnect()
            assert rooms.complaints == []

        asyncio.run(play())

    return run


async def phone(rooms, **attributes):
    """Let a SIP line come in."""
    token = (
        api.AccessToken(KEY, SECRET)
        .with_identity(f"sip_{len(rooms.people)}")
        .with_kind("sip")
        .with_attributes({"sip.callStatus": "active", **attributes})
        .with_grants(api.VideoGrants(room_join=True, room=ROOM))
    )
    room = rtc.Room()
    rooms.phones.append(room)
    await room.connect(rooms.url.replace("http", "ws"), token.to_jwt())
    return room


def said(agent):
    """Return the words that were handed on so far."""
    words = []
    while not agent.connection._inbox.empty():
        message = agent.connection._inbox.get_nowait()
        words.append(message.get("text", message["type"]))
    return words


async def until(true, within=30):
    deadline = time.monotonic() + within
    while not true():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.02)


async def wire(agent, content):
    key = "bytes" if isinstance(content, bytes) else "text"
    await agent.connection.send({"type": "websocket.send", key: content})


def test_keys_go_both_ways(inside):
    async def story(rooms, agent):
        caller, heard = await phone(rooms), []
        caller.on("sip_dtmf_received", lambda key: heard.append(key.digit))
        await until(agent.company.is_set)

        await asyncio.to_thread(keypads.find(ROOM), "12w#")
        await caller.local_participant.publish_dtmf(code=9, digit="9")

        await until(lambda: len(heard) == 3 and len(rooms.keys) == 4)
        assert heard == ["1", "2", "#"]
        await until(lambda: "digit:9" in said(agent))
        await caller.disconnect()
        await until(lambda: "stop" in said(agent))

    inside(story)
    assert keypads.find(ROOM) is None


def test_keys_that_were_not_pressed_are_told(inside):
    async def story(rooms, agent):
        press = keypads.find(ROOM)
        await agent.leave()
        with pytest.raises(CarrierError) as caught:
            await asyncio.to_thread(press, "1")
        assert caught.value.may_have_happened

    inside(story)


def test_a_phone_that_rings_is_no_company_yet(inside):
    async def story(rooms, agent):
        await phone(rooms, **{"sip.callStatus": "ringing"})
        await until(lambda: len(rooms.people) == 2)
        await asyncio.sleep(0.2)
        assert not agent.company.is_set()

        line = next(p for p in rooms.people.values() if p.identity != tokens.AGENT)
        line.attributes["sip.callStatus"] = "active"
        await line.tell_others()
        await until(agent.company.is_set)

    inside(story)


def test_a_mark_comes_when_all_before_it_has_played(inside):
    async def story(rooms, agent):
        began = time.monotonic()
        await wire(agent, SECOND)
        await wire(agent, "mark:end")
        await until(lambda: "mark:end" in said(agent))
        assert time.monotonic() - began > 0.9

    inside(story)


def test_what_is_cleared_is_not_played_and_its_marks_return(inside):
    async def story(rooms, agent):
        began = time.monotonic()
        for number in range(20):
            await wire(agent, SECOND)
            await wire(agent, f"mark:{number}")
        await asyncio.sleep(0.1)
        await wire(agent, "clear")
        marks = said(agent)
        assert [f"mark:{n}" for n in range(20)] == [m for m in marks if "mark" in m]
        await wire(agent, "mark:after")
        await until(lambda: "mark:after" in said(agent))
        assert time.monotonic() - began < 15

    inside(story)


def test_a_room_that_is_deleted_ends_the_line(inside):
    async def story(rooms, agent):
        await rooms.on_DeleteRoom(api.DeleteRoomRequest(room=ROOM))
        await until(lambda: "websocket.disconnect" in said(agent))
        assert agent.is_cut

    inside(story)


def samples(*values):
    return np.array(values, np.int16).tobytes()


def test_several_microphones_are_one():
    heard = []
    ears = Ears(heard.append)
    ears.open("a")
    ears.put("a", samples(1, 2))
    ears.open("b")
    ears.put("b", samples(10, 20))
    ears.put("a", samples(1, 2))  # keeps the time, and takes what the other said
    ears.put("a", samples(1, 2))
    ears.put("b", samples(30_000, -30_000))
    ears.put("a", samples(30_000, -30_000))
    ears.close("a")
    ears.put("a", samples(9, 9))
    ears.put("b", samples(5, 5))

    assert heard == [
        samples(1, 2),
        samples(11, 22),
        samples(1, 2),
        samples(32_767, -32_768),
        samples(5, 5),
    ]
