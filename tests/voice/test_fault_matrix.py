"""Every fault of every kind of vendor, over its wire: the call goes on with the next one,
soon, and says nothing twice (R16).

What is heard after a fault is measured from the end of the caller's words.
"""

import asyncio
import contextlib

import pytest

from providers import registry, web
from tests.doubles.deepgram import Deepgram
from tests.doubles.openai import OpenAI
from tests.doubles.voices import Cartesia
from tests.providers.waiting import eventually
from tests.voice.stage import Stage
from tests.voice.vendors import EarDouble, MindDouble, MouthDouble
from voice import events

pytestmark = [pytest.mark.realtime, pytest.mark.scattered]

FAULTS = ("refuse", "dns", "401", "429", "500", "503", "slow", "cut", "half_open", "garbage")  # fmt: skip
REPLY = "Very well."
TURN_MS = 1_300  # without any fault: pause, words, first sentence, first sound
REFUSED_MS, HALF_OPEN_MS = 1_500, 4_000
VENDORS = {
    "stt": ("deepgram", Deepgram, ""),
    "llm": ("openai", OpenAI, "/v1"),
    "tts": ("cartesia", Cartesia, ""),
}


@contextlib.asynccontextmanager
async def port(channel, fault, retry_after=""):
    """A vendor's adapter, and the vendor with a fault."""
    provider, double, path = VENDORS[channel]
    ordered = double(fault="" if fault == "dns" else fault, retry_after=retry_after)
    async with ordered.serving() as vendor:
        address = "http://nobody.invalid" if fault == "dns" else vendor.url
        yield registry.build(
            channel,
            provider,
            credentials={"api_key": vendor.key},
            base_url=address + path,
        )
        await web.close()


@contextlib.asynccontextmanager
async def conversation(channel, fault, retry_after=""):
    async with port(channel, fault, retry_after) as faulty:
        stage = Stage(
            ears=[*([lambda _: faulty] if channel == "stt" else []), EarDouble],
            minds=[*([faulty] if channel == "llm" else []), MindDouble([REPLY] * 3)],
            mouths=[*([faulty] if channel == "tts" else []), MouthDouble()],
        )
        await stage.answer()
        yield stage
        stage.session.drop()
        await asyncio.wait_for(stage.session.finished(), 20)
        stage.frames.cancel()


def said(stage):
    """What the caller heard of the agent, fillers left out."""
    return " ".join(stage.heard).replace("One moment.", "").split()


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("channel", VENDORS)
async def test_the_next_one_takes_over(channel, fault):
    async with conversation(channel, fault) as stage:
        await asyncio.sleep(0.3)
        stage.says("I would like a table.", at=stage.now, lasts=1.2)
        ended = stage.now + 1.2
        await eventually(lambda: stage.all(events.Spoke), 25)

        fell = stage.last(events.FellBack)
        assert (fell.channel, fell.to[:-1]) == (channel, {"stt": "ear", "llm": "mind", "tts": "mouth"}[channel])  # fmt: skip
        first = min(start for start, _ in stage.line.played)
        waits = fault in ("slow", "half_open")
        allowed = TURN_MS + (HALF_OPEN_MS if waits else REFUSED_MS)
        assert (first - ended) * 1000 <= allowed
        # Nothing twice: at most words of the vendor before it broke, then the rest.
        words = said(stage)
        assert " ".join(words).count(REPLY) == 1
        assert not stage.is_over


@pytest.mark.parametrize(
    ("retry_after", "tries"), [("", 1), ("0", 1), ("30", 0), ("1", 0)]
)
@pytest.mark.parametrize("channel", ["stt", "tts"])
async def test_one_that_asks_to_be_left_alone_is_not_tried_again(
    channel, retry_after, tries
):
    async with conversation(channel, "503", retry_after) as stage:
        await eventually(lambda: stage.all(events.FellBack), 25)

        warned = [each.kind for each in stage.all(events.Warned)]
        assert warned.count(f"{channel}_retried") == tries
