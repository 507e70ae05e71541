"""A media process that stops, or is full, turns new calls away and keeps the others."""

import asyncio
import os
import signal

import pytest

from telephony import winding_down
from telephony.models import Call
from telephony.winding_down import LONGEST_S
from tests.processes import media_server
from tests.telephony.caller import Caller
from tests.telephony.conftest import ended

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]


async def refused(port, token):
    """Call, and return the word and the code with which one is turned away."""
    caller = await Caller.connect(port, token, microphone=False)
    word = await caller.ended()
    return word["code"], caller.socket.close_code


async def gone(process):
    """Wait for a process to end."""
    async with asyncio.timeout(30):
        while process.poll() is None:  # a process is no event
            await asyncio.sleep(0.05)


def test_a_process_that_stops_refuses_new_calls_and_lets_the_others_end(start):
    with media_server(yields_process=True) as (port, process):
        (first, token), (second, other) = start(mode="text"), start(mode="text")

        async def story():
            caller = await Caller.connect(port, token, microphone=False)
            os.kill(process.pid, signal.SIGTERM)
            await asyncio.sleep(0.5)
            turned_away = await refused(port, other)
            await caller.hear_out(1)
            await caller.say(type="text", text="When are you open?")
            await caller.hear_out(2)
            still_there = process.poll() is None
            await caller.say(type="end")
            await caller.ended()
            await gone(process)
            return turned_away, still_there

        turned_away, still_there = asyncio.run(story())

    assert turned_away == ("draining", 4429)
    assert still_there
    assert ended(first.id).end_reason == Call.EndReason.USER_DISCONNECT
    assert first.transcript_segments.filter(speaker="user").exists()
    second.refresh_from_db()
    assert second.started_at is None


def test_asked_twice_it_ends_what_is_live_and_settles_it(start):
    with media_server(yields_process=True) as (port, process):
        call, token = start(mode="text")

        async def story():
            await Caller.connect(port, token, microphone=False)
            os.kill(process.pid, signal.SIGTERM)
            await asyncio.sleep(0.5)
            os.kill(process.pid, signal.SIGTERM)
            await gone(process)

        asyncio.run(story())

    assert ended(call.id).status == Call.Status.COMPLETED


async def test_the_count_is_shown_and_nobody_is_waited_for_longer_than_allowed(
    monkeypatch, caplog, settings
):
    settings.RYMI_ALONE = False
    monkeypatch.setattr(winding_down, "LONGEST_S", 1.0)
    monkeypatch.setattr(winding_down, "TELL_EVERY_S", 0.0)
    monkeypatch.setattr(winding_down, "calls", running := winding_down.Calls())
    left = asyncio.Event()
    ending = winding_down.WindingDown()
    ending._exit = lambda *_: left.set()

    with running.carry():
        with running.carry():
            ending.begin()
            assert running.are_refused
            await asyncio.sleep(0.3)
            assert not left.is_set()
        await asyncio.wait_for(left.wait(), 5)  # with one call still there

    told = [(each.message, each.live_calls) for each in caplog.records]
    assert told == [("winding_down", 2), ("winding_down", 1), ("calls_cut_off", 1)]
    assert LONGEST_S == 15 * 60


def test_a_process_without_calls_stops_at_once():
    with media_server(yields_process=True) as (_, process):
        os.kill(process.pid, signal.SIGTERM)
        asyncio.run(gone(process))


def test_a_full_process_turns_new_calls_away(start):
    with media_server(MEDIA_FULL_AT="0") as port:
        (call, token), (_, other) = start(mode="text"), start(mode="text")

        async def story():
            caller = await Caller.connect(port, token, microphone=False)
            await asyncio.sleep(2.5)  # the load is looked at once a second
            turned_away = await refused(port, other)
            await caller.say(type="end")
            await caller.ended()
            return turned_away

        assert asyncio.run(story()) == ("busy", 4429)
        assert ended(call.id).status == Call.Status.COMPLETED
