"""Conversations over the wire: the engine, the adapters and the vendors' protocols, in
real time and without a database."""

import asyncio

import pytest

from providers import registry, web
from tests.doubles.gemini_realtime import Gemini
from tests.doubles.openai_realtime import OpenAI
from tests.providers.waiting import eventually
from tests.voice.stage import Stage
from voice import events

SAID = "Which mailbox do you want?"
HOURS = "We are open from eight to six."
LONG = " ".join(["We are open from eight to six, and on Saturdays until noon."] * 3)


@pytest.fixture(params=["openai", "gemini"])
async def vendor(request):
    kind = {"openai": OpenAI, "gemini": Gemini}[request.param]
    async with kind(phrases=[SAID, "No, on Sunday.", "Thank you."]).serving() as double:
        double.name = request.param
        double.words = HOURS
        yield double
    await web.close()


@pytest.fixture
async def stage(vendor):
    """A conversation with the vendor's model, which says the opening line first."""
    path = "/v1" if vendor.name == "openai" else ""
    stage = Stage(
        replies=["Spoken by parts."],
        heads=[
            lambda _: registry.build(
                "realtime",
                vendor.name,
                credentials={"api_key": vendor.key},
                base_url=vendor.url + path,
            )
        ],
        opener="Hello, this is Ann.",
        agent_greets=True,
    )
    await stage.answer()
    yield stage
    stage.session.drop()
    await asyncio.wait_for(stage.session.finished(), 20)
    stage.frames.cancel()


def speaks(stage, lasts=0.8):
    """Let the caller speak now."""
    stage.says("something", at=stage.now, lasts=lasts)


async def heard(stage, replies):
    await eventually(lambda: len(stage.all(events.Spoke)) >= replies, 20)


async def test_a_turn_is_heard_and_answered(stage, vendor):
    await heard(stage, 1)
    speaks(stage)
    await heard(stage, 2)

    assert stage.heard == ["Hello, this is Ann.", HOURS]
    assert stage.turns == [SAID]
    assert stage.all(events.TurnLatency)
    assert vendor.complaints == []


async def test_an_interruption_is_told_as_what_was_heard(stage, vendor):
    vendor.words, vendor.word_every = LONG, 0.02
    await heard(stage, 1)
    speaks(stage)
    await eventually(lambda: any(e.turn == 1 for e in stage.all(events.Replied)), 20)
    await asyncio.sleep(1.5)
    vendor.words = HOURS
    speaks(stage)
    await heard(stage, 3)

    stopped = stage.all(events.Spoke)[1]
    assert stopped.unheard
    assert LONG.startswith(stopped.text)
    assert stage.heard[2] == HOURS
    if vendor.name == "openai":
        assert 500 < vendor.truncated[-1] < 6_000
    assert vendor.complaints == []


async def test_a_dropped_socket_is_opened_again_with_what_was_said(stage, vendor):
    await heard(stage, 1)
    vendor.sessions[-1].drop()
    await eventually(lambda: len(vendor.sessions) == 2, 20)
    speaks(stage)
    await heard(stage, 2)

    assert stage.heard[1] == HOURS
    assert "Hello, this is Ann." in [text for _, text in vendor.history]
    assert not stage.all(events.FellBack)
    assert vendor.complaints == []


async def test_a_vendor_that_is_down_gives_way_to_three_parts(stage, vendor):
    await heard(stage, 1)
    vendor.fault = "503"
    vendor.sessions[-1].drop()
    await eventually(lambda: stage.all(events.FellBack), 20)
    await asyncio.sleep(0.3)
    stage.says("I would like a table.", at=stage.now, lasts=1.2)
    await heard(stage, 2)

    assert stage.last(events.FellBack).to == "mind0"
    assert stage.heard[1] == "Spoken by parts."


async def test_the_end_comes_with_a_goodbye(stage, vendor):
    await heard(stage, 1)
    stage.session.end("closed", say="Goodbye then.")
    await asyncio.wait_for(stage.session.finished(), 20)

    assert stage.heard[1] == "Goodbye then."


async def test_a_connection_that_ends_is_renewed_unheard(stage, vendor):
    if vendor.name == "openai":
        pytest.skip("a session of an hour")
    await heard(stage, 1)
    await vendor.sessions[-1].go_away("30s")
    await eventually(lambda: len(vendor.sessions) == 2, 20)
    speaks(stage)
    await heard(stage, 2)

    assert vendor.resumed == ["handle-1"]
    assert stage.heard[1] == HOURS
    assert vendor.complaints == []
