"""Calls with a model that hears and speaks: the real socket, the real media process, a
recorded voice, and OpenAI's Realtime API by its double."""

import asyncio
import wave

import pytest
from django.conf import settings
from django.contrib.contenttypes.models import ContentType

from agents import authoring, provider_keys
from billing.models import CostLine
from providers import limits
from telephony import calls
from telephony.models import Call
from tests import speech
from tests.doubles.openai_realtime import OpenAI
from tests.doubles.server import in_a_thread
from tests.processes import media_server
from tests.reception import AGENT
from tests.telephony.caller import Caller
from tests.telephony.conftest import ended, spoken

pytestmark = [
    pytest.mark.services,
    pytest.mark.realtime,
    pytest.mark.models,
    pytest.mark.django_db(transaction=True),
]

OPENER = AGENT["playbook"]["opener"]
HOURS = "We are open from eight to six."
LONG = " ".join(["We are open from eight to six, and on Saturdays until noon."] * 3)


@pytest.fixture(scope="module")
def vendor():
    with in_a_thread(OpenAI(end_s=0.6)) as double:
        yield double


@pytest.fixture(scope="module")
def port(django_db_setup, vendor):
    """One media process for all of these; what takes over is offline."""
    address = f"{vendor.url}/v1"
    with media_server(DOUBLE_OF_OPENAI=address) as port:
        yield port


@pytest.fixture
def start(agent, owner, vendor, purse, settings):
    """Start a test call of an agent with a head."""
    vendor.fault = ""
    ContentType.objects.clear_cache()  # the test before emptied the tables
    settings.PROVIDER_BASE_URLS = {"openai": f"{vendor.url}/v1"}
    provider_keys.connect(
        workspace=agent.workspace,
        provider="openai",
        credentials={"api_key": vendor.key},
        by=owner,
    )
    authoring.edit(
        agent,
        changes={
            "llm_provider": "openai",
            "llm_model": "gpt-realtime",
            "llm_fallback_provider": "local",
            "stt_provider": "local",
            "tts_provider": "local",
        },
        by=owner,
    )
    agent.refresh_from_db()
    vendor.phrases = ["Which mailbox do you want?", "Thank you."]
    vendor.words, vendor.word_every = HOURS, 0.01
    vendor.tool = None
    for kept in (vendor.truncated, vendor.complaints, vendor.sessions, vendor.history):
        kept.clear()
    return lambda: calls.start_test(agent=agent, by=owner)


def play(scene, port, started):
    call, token = started

    async def run():
        caller = await Caller.connect(port, token)
        await scene(caller)
        await caller.hang_up()
        return caller

    caller = asyncio.run(run())
    return ended(call.id), caller


def test_a_call_is_heard_thought_and_spoken_by_one_model(port, start, vendor, purse):
    async def scene(caller):
        await caller.hear_out(1)
        await caller.speak(speech.prompt("vm-whichbox"))
        await caller.until(lambda: caller.events("turn_latency"), 20)
        await caller.hear_out(2)

    call, caller = play(scene, port, start())

    assert call.status == Call.Status.COMPLETED, call.end_detail
    assert spoken(call) == [
        ("agent", OPENER),
        ("user", "Which mailbox do you want?"),
        ("agent", HOURS),
    ]
    assert caller.of("ready")[0]["stack"]["realtime"]["model"] == "gpt-realtime"
    assert len(caller.audio) > 24_000 * 2 * 3
    turn = call.turns.earliest("number")
    assert 0 < turn.endpointing_ms <= turn.total_ms
    with wave.open(str(settings.RECORDINGS_DIR / call.recording.path)) as file:
        length_ms = file.getnframes() * 1000 / file.getframerate()
    assert length_ms == pytest.approx(call.duration_ms, rel=0.01)
    assert max(call.recording.peaks[0]) > 20
    assert max(call.recording.peaks[1]) > 20
    # One price a minute, agreed before; what the vendor will count beside it.
    assert [line["channel"] for line in call.rate_lines] == ["realtime", "platform"]
    assert call.charge_micros == call.rate_micros / 2
    lines = dict(
        CostLine.objects.filter(source=f"call:{call.id}").values_list(
            "meter", "quantity"
        )
    )
    assert lines["realtime.audio_output_tokens"] == 100
    assert lines["realtime.seconds"] > 3
    assert vendor.complaints == []


def test_an_interruption_reaches_the_model_as_what_was_heard(port, start, vendor):
    vendor.words = LONG

    async def scene(caller):
        await caller.hear_out(1)
        await caller.speak(speech.prompt("vm-whichbox"))
        await caller.until(
            lambda: any(event["turn"] == 1 for event in caller.events("replied")), 20
        )
        await asyncio.sleep(1.5)
        vendor.words = HOURS
        await caller.speak(speech.prompt("vm-whichbox"))
        await caller.until(lambda: len(caller.events("spoke")) > 2, 20)

    call, caller = play(scene, port, start())

    assert caller.clears >= 1
    segments = list(call.transcript_segments.filter(speaker="agent"))
    stopped = segments[1]
    assert stopped.unheard
    assert LONG.startswith(stopped.text)
    whole_ms = 200 * len(LONG.split())
    heard_ms = whole_ms * len(stopped.text) / len(LONG)
    assert vendor.truncated[-1] == pytest.approx(heard_ms, abs=800)
    assert vendor.complaints == []


def test_a_dropped_socket_is_opened_again_with_what_was_said(port, start, vendor):
    async def scene(caller):
        await caller.hear_out(1)
        vendor.sessions[-1].drop()
        await caller.speak(speech.prompt("vm-whichbox"))
        await caller.until(lambda: caller.events("turn_latency"), 20)
        await caller.hear_out(2)

    call, _ = play(scene, port, start())

    assert len(vendor.sessions) == 2
    assert ("assistant", OPENER) in vendor.history
    assert spoken(call)[-1] == ("agent", HOURS)
    assert call.timeline.filter(kind="warned").exists()
    assert not call.timeline.filter(kind="fell_back").exists()
    assert vendor.complaints == []


def test_a_vendor_that_is_down_is_replaced_by_three_parts(port, start, vendor):
    async def scene(caller):
        await caller.hear_out(1)
        vendor.fault = "503"
        vendor.sessions[-1].drop()
        await caller.speak(speech.prompt("vm-whichbox"))
        await caller.until(lambda: caller.events("turn_latency"), 40)
        await caller.hear_out(2)

    call, _ = play(scene, port, start())

    fell = call.timeline.filter(kind="fell_back").earliest("at_ms")
    assert (fell.detail["channel"], fell.detail["to"]) == ("realtime", "local")
    said = spoken(call)
    assert said[0] == ("agent", OPENER)
    assert any(who == "user" for who, _ in said)
    assert said[-1][0] == "agent"
    assert call.end_reason == Call.EndReason.USER_DISCONNECT


def test_calls_begin_with_the_parts_once_a_vendor_failed_often(port, start, vendor):
    vendor.fault = "503"

    async def ring(started):
        caller = await Caller.connect(port, started[1])
        await caller.until(lambda: caller.events("fell_back"), 40)
        await caller.hang_up()

    async def together(calls):
        await asyncio.gather(*map(ring, calls))

    lost = [start() for _ in range(limits.BREAKER_FAILURES)]
    asyncio.run(together(lost))
    for call, _ in lost:
        assert ended(call.id).timeline.filter(kind="fell_back").exists()

    call, _ = play(lambda caller: caller.hear_out(1), port, start())

    assert not call.timeline.filter(kind__in=["fell_back", "warned"]).exists()
    assert spoken(call)[0] == ("agent", OPENER)
