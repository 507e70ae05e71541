"""Calls over the real socket and the real media process."""

import asyncio
import contextlib
import sqlite3
import wave

import psycopg
import pytest
from django.conf import settings
from django.db import connection

from agents.knowledge import ingestion, sources
from billing import proof, wallet
from common import clock
from telephony import calls
from telephony.models import Call
from tests import speech
from tests.reception import AGENT, CREDIT
from tests.telephony.caller import Caller
from tests.telephony.conftest import ended, spoken
from tests.telephony.marks import LONG

pytestmark = [
    pytest.mark.realtime,
    *LONG,
]


async def converse(port, token):
    caller = await Caller.connect(port, token)
    await caller.hear_out(1)
    await caller.speak(speech.prompt("vm-whichbox"))
    await caller.until(lambda: caller.events("turn_latency"), 45)
    await caller.hear_out(2)
    await caller.hang_up()
    return caller


def test_a_spoken_call_leaves_transcript_recording_latency_and_charge(
    port, start, purse
):
    call, token = start()

    caller = asyncio.run(converse(port, token))
    call = ended(call.id)

    assert call.status == Call.Status.COMPLETED, call.end_detail
    assert call.end_reason == Call.EndReason.USER_DISCONNECT
    said = spoken(call)
    assert said[0] == ("agent", AGENT["playbook"]["opener"])
    assert any(
        who == "user" and "leave a message" in text.lower() for who, text in said
    )
    assert len(caller.audio) > 24_000 * 2 * 3
    turn = call.turns.earliest("number")
    assert 0 < turn.endpointing_ms < turn.total_ms
    assert call.recording.status == "completed"
    with wave.open(str(settings.RECORDINGS_DIR / call.recording.path)) as file:
        length_ms = file.getnframes() * 1000 / file.getframerate()
        assert file.getnchannels() == 2
    assert length_ms == pytest.approx(call.duration_ms, rel=0.01)
    assert max(call.recording.peaks[0]) > 20
    assert max(call.recording.peaks[1]) > 20
    assert call.billed_ms == 30_000
    assert call.charge_micros == call.rate_micros / 2
    purse.refresh_from_db()
    assert purse.balance_micros == 500 * CREDIT - call.charge_micros
    assert purse.held_micros == 0
    assert proof.of(purse).holds


def test_a_typed_call_is_a_conversation_without_sound(port, start, purse):
    async def type_to(port, token):
        caller = await Caller.connect(port, token, microphone=False)
        await caller.hear_out(1)
        await caller.say(type="text", text="When are you open?")
        await caller.hear_out(2)
        await caller.say(type="end")
        return await caller.ended()

    call, token = start(mode="text")
    last = asyncio.run(type_to(port, token))
    call = ended(call.id)

    assert last == {
        "type": "ended",
        "reason": "user_disconnect",
        "detail": "",
        "call_id": str(call.id),
        "url": f"/calls/{call.id}/",
    }
    said = spoken(call)
    assert said[1] == ("user", "When are you open?")
    assert "8" in said[2][1]
    assert call.charge_micros == 0
    assert not hasattr(call, "recording")


def test_a_call_whose_credit_runs_out_ends_with_a_closing_line(
    port, start, workspace, owner, purse
):
    async def stay(port, token):
        caller = await Caller.connect(port, token)
        return await caller.ended(60)

    call, token = start()
    surplus = 500 * CREDIT - call.rate_micros // 2
    wallet.adjust(
        workspace=workspace, amount_micros=-surplus, key="x", reason="y", by=owner
    )

    last = asyncio.run(stay(port, token))
    call = ended(call.id)

    assert (last["reason"], last["detail"]) == ("closed", "insufficient_credit")
    assert "goodbye" in spoken(call)[-1][1].lower()
    purse.refresh_from_db()
    assert (purse.balance_micros, purse.held_micros) == (0, 0)


def test_the_doctor_speaks_of_a_microphone_that_is_silent(port, start):
    async def listen(port, token):
        caller = await Caller.connect(port, token, microphone=False)
        await caller.until(lambda: caller.of("warning"), 8)
        await caller.say(type="end")
        await caller.ended()
        return caller.of("warning")

    _, token = start()
    warnings = asyncio.run(listen(port, token))

    assert [warning["code"] for warning in warnings] == ["no_audio_in"]


def test_a_token_opens_one_socket(port, start):
    async def knock(port, token, origin):
        caller = await Caller.connect(port, token, origin, microphone=False)
        if caller.of("ready"):
            await caller.say(type="end")
        last = await caller.ended()
        return caller.socket.close_code, last.get("code", last["type"])

    _, token = start(origin="http://studio.example")
    foreign = asyncio.run(knock(port, token, "http://evil.example"))
    first = asyncio.run(knock(port, token, "http://studio.example"))
    again = asyncio.run(knock(port, token, "http://studio.example"))

    assert foreign == again == (4401, "token")
    assert first == (1000, "ended")


@contextlib.contextmanager
def database_away():
    """Let nobody else in, over a connection that Django does not know."""
    if connection.vendor == "sqlite":
        name = connection.settings_dict["NAME"]
        rival = sqlite3.connect(name, isolation_level=None, timeout=30)
        lock = "BEGIN EXCLUSIVE"
    else:
        rival = psycopg.connect(**connection.get_connection_params())
        lock = "LOCK TABLE telephony_call, telephony_transcriptsegment"
    with contextlib.closing(rival):
        rival.execute(lock)
        yield


def test_a_database_that_is_away_for_ten_seconds_costs_nothing(port, start):
    async def talk_on(port, token):
        caller = await Caller.connect(port, token, microphone=False)
        await caller.hear_out(1)
        with database_away():
            for n in range(3):
                await caller.say(type="text", text="When are you open?")
                await caller.hear_out(2 + n)
                await asyncio.sleep(3)
            await caller.say(type="end")
            await asyncio.sleep(1)
        return await caller.ended()

    call, token = start(mode="text")
    last = asyncio.run(talk_on(port, token))
    call = ended(call.id, 40)

    assert last["reason"] == call.end_reason == "user_disconnect"
    assert [who for who, _ in spoken(call)] == ["agent"] + ["user", "agent"] * 3
    assert list(call.transcript_segments.values_list("sequence", flat=True)) == list(
        range(7)
    )


def test_a_call_can_be_ended_from_outside(port, start, owner):
    call, token = start(mode="text")

    def cancel():
        try:
            calls.cancel(Call.objects.get(pk=call.id), by=owner)
        finally:
            connection.close()

    async def stay(port):
        caller = await Caller.connect(port, token, microphone=False)
        await asyncio.to_thread(cancel)
        return await caller.ended(15)

    last = asyncio.run(stay(port))

    assert (last["reason"], last["detail"]) == ("closed", "ended_from_outside")
    assert ended(call.id).status == "completed"


def test_the_agent_answers_from_what_it_can_look_up(port, start, agent, purse):
    source = sources.add_text(
        agent=agent,
        title="Prices",
        text="# Whitening\n\nWhitening of both jaws costs 280 pounds.",
        by=None,
    )
    ingestion.read(source.pk, now=clock.now())

    async def ask(port, token):
        caller = await Caller.connect(port, token, microphone=False)
        await caller.hear_out(1)
        await asyncio.sleep(3)  # the shelf is opened while the greeting is spoken
        await caller.say(type="text", text="How much is whitening?")
        await caller.hear_out(2)
        await caller.say(type="end")
        return await caller.ended()

    call, token = start(mode="text")
    asyncio.run(ask(port, token))
    call = ended(call.id)

    assert "280 pounds" in spoken(call)[-1][1]
    found = call.timeline.get(kind="recalled")
    assert found.detail["passages"][0]["title"] == "Prices"
    assert found.detail["passages"][0]["score"] > 0.3
