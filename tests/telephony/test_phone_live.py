"""Phone calls over real sockets and real processes, one of which dies in mid-call."""

import asyncio
import logging
import os
import signal
import time
import wave

import pytest
from django.conf import settings

from billing import proof
from telephony import participants
from telephony.models import Call, Leg, Participant
from tests import processes, speech
from tests.doubles.carriers import CALLER
from tests.doubles.twilio import Twilio
from tests.reception import AGENT
from tests.telephony.caller import Caller
from tests.telephony.conftest import configured, ended
from tests.telephony.marks import LIVE
from tests.telephony.phone import Phone
from tests.telephony.phone_server import BASE, UP_WITHIN_S, Server

CALL = "CA" + "7" * 32
OTHER = "CA" + "8" * 32
COLLEAGUE = "+441174960100"
GREETING_S = 2  # at least
pytestmark = [pytest.mark.realtime, *LIVE]


@pytest.fixture
def twilio():
    return Twilio()


@pytest.fixture
def number(workspace, published, twilio):
    return configured(workspace, published, twilio)


@pytest.fixture
def servers():
    running = []

    def start():
        running.append(Server())
        return running[-1]

    yield start
    for server in running:
        processes.stop(server.process)


def test_a_phone_call_from_the_first_ring_to_the_charge(servers, twilio, number, purse):
    server = servers()

    async def story():
        answer = await asyncio.to_thread(server.ask, twilio.ring(BASE, CALL))
        url, token, _ = twilio.stream(answer)
        phone = await Phone.connect(server.port, url, token, CALL)
        await phone.hears_out()
        await phone.press("5")
        await phone.speak(speech.mulaw("vm-whichbox"))
        await phone.hears(1)
        await phone.hang_up()

    asyncio.run(story())
    call = ended()

    assert (call.status, call.end_reason) == ("completed", "user_disconnect")
    assert (call.channel, call.caller) == ("phone", CALLER)
    said = list(call.transcript_segments.values_list("speaker", "text"))
    assert said[0] == ("agent", AGENT["playbook"]["opener"])
    assert any(who == "user" for who, _ in said)
    assert call.timeline.filter(kind="pressed", detail__digit="5").exists()
    assert call.billed_ms >= 30_000
    purse.refresh_from_db()
    assert purse.held_micros == 0
    assert proof.of(purse).holds
    assert Leg.objects.get().state == "answered"  # the carrier has the last word


class Lonely(Server):
    """The only media process, as the product starts it: another one is ready behind it."""

    def __init__(self):
        self.port = processes.free_port()
        self.process = processes.start(
            "rymi_site.media", "--port", self.port, PUBLIC_BASE_URL=BASE,
            MEDIA_BASE_URL=BASE, RYMI_PRODUCTION="0", RYMI_BEHIND_PROXY="1",
        )  # fmt: skip
        processes.wait_until_up(self.port, self.process, UP_WITHIN_S)

    def kill(self):
        os.kill(processes.child_of(self.process), signal.SIGKILL)


@pytest.fixture
def lonely():
    running = Lonely()
    yield running
    processes.stop(running.process)


@pytest.mark.parametrize("there_are", ["two of them", "one of them"])
def test_a_process_that_dies_costs_the_caller_seconds_and_not_the_call(
    request, servers, twilio, number, purse, there_are
):
    if there_are == "one of them":
        first = second = request.getfixturevalue("lonely")
    else:
        first, second = servers(), servers()
    gap = []

    async def story():
        answer = await asyncio.to_thread(first.ask, twilio.ring(BASE, CALL))
        url, token, resume = twilio.stream(answer)
        phone = await Phone.connect(first.port, url, token, CALL)
        await phone.hears_out()
        await phone.speak(speech.mulaw("vm-whichbox"))
        await phone.hears_out()
        await asyncio.sleep(2)  # a pass of the scribe
        await asyncio.to_thread(first.kill)
        died = time.monotonic()
        await phone.cut_off()

        asked = twilio.stream_gone(resume, CALL)
        answer = await asyncio.to_thread(second.ask, asked)
        url, token, _ = twilio.stream(answer)
        phone = await Phone.connect(second.port, url, token, CALL, "MZ2")
        await phone.hears(0.2)
        gap.append(time.monotonic() - died)
        await phone.hears_out()
        await phone.speak(speech.mulaw("vm-whichbox"))
        await phone.hears_out()
        await phone.hang_up()

    asyncio.run(story())
    call = ended()

    assert call.status == "completed", call.end_detail
    said = list(call.transcript_segments.values_list("speaker", "text"))
    assert said[0] == ("agent", AGENT["playbook"]["opener"])
    assert any("cut off for a moment" in text for _, text in said)
    assert sum(who == "user" for who, _ in said) >= 2
    assert Leg.objects.get().resumes == 1
    assert call.recording.status == "completed"
    with wave.open(str(settings.RECORDINGS_DIR / call.recording.path)) as file:
        length_ms = file.getnframes() * 1000 / file.getframerate()
    assert length_ms == pytest.approx(call.duration_ms, rel=0.01)
    assert call.exchanged_ms < call.duration_ms
    purse.refresh_from_db()
    assert purse.held_micros == 0
    assert purse.entries.filter(kind="call").count() == 1
    assert proof.of(purse).holds
    logging.getLogger(__name__).warning(
        "back with the agent after %.2f s with %s", gap[0], there_are
    )


def test_two_phones_are_back_with_each_other_after_their_process_has_died(
    servers, twilio, number, workspace, purse, settings
):
    settings.PUBLIC_BASE_URL = settings.MEDIA_BASE_URL = BASE
    first, second = servers(), servers()

    async def line(server, answer, call_id, stream):
        url, token, resume = twilio.stream(answer)
        phone = await Phone.connect(server.port, url, token, call_id, stream)
        return phone, resume

    async def back(phone, resume, call_id, stream):
        await phone.cut_off(60)
        asked = twilio.stream_gone(resume, call_id)
        answer = await asyncio.to_thread(second.ask, asked)
        return await line(second, answer, call_id, stream)

    async def story():
        answer = await asyncio.to_thread(first.ask, twilio.ring(BASE, CALL))
        ann, resume_ann = await line(first, answer, CALL, "MZ1")
        await ann.hears_out(90)
        leg = await asyncio.to_thread(called_in)
        asked = twilio.answered(f"{BASE}/inbound/twilio/answer/{leg.pk}", OTHER)
        answer = await asyncio.to_thread(second.ask, asked)
        ben, resume_ben = await line(second, answer, OTHER, "MZ2")  # and is handed on
        await hears_the_other(ann, ben)
        await asyncio.to_thread(first.kill)

        (ann, _), (ben, _) = await asyncio.gather(
            back(ann, resume_ann, CALL, "MZ3"), back(ben, resume_ben, OTHER, "MZ4")
        )
        await ann.hears_out(90)
        await hears_the_other(ann, ben)
        await ann.hears_out(90)  # the agent has understood, and answers
        await hears_the_other(ben, ann)
        await ann.hears_out(90)
        await ben.hang_up()
        await ann.hang_up()

    def called_in():
        call = Call.objects.get()
        invited = participants.invite(
            call,
            participants.Wanted(Participant.Transport.PSTN, COLLEAGUE),
            hold_back=True,
        )
        Leg.objects.filter(pk=invited.leg.pk).update(carrier_call_id=OTHER)
        return invited.leg

    asyncio.run(story())
    call = ended(seconds=60)

    assert call.status == "completed", call.end_detail
    assert call.epoch == 1
    people = call.participants.filter(transport="pstn")
    assert set(people.values_list("status", flat=True)) == {"left"}
    said_by = call.transcript_segments.filter(speaker="user").values_list(
        "participant__identity", flat=True
    )
    assert set(said_by) == {CALLER, COLLEAGUE}
    greeted = call.timeline.filter(kind="greeted").values_list("detail__name")
    assert list(greeted) == [
        (COLLEAGUE,)
    ]  # when they came, and not when they were back


def test_who_comes_late_is_greeted_by_the_process_that_took_the_call_over(
    servers, twilio, number, purse
):
    first, second = servers(), servers()

    def invited(name):
        wanted = participants.Wanted(Participant.Transport.WEBRTC, name)
        return participants.invite(Call.objects.get(), wanted).token

    async def comes(token):
        return await Caller.connect(second.port, token, microphone=False)

    async def story():
        answer = await asyncio.to_thread(first.ask, twilio.ring(BASE, CALL))
        url, token, resume = twilio.stream(answer)
        phone = await Phone.connect(first.port, url, token, CALL)
        await phone.hears_out(90)
        await asyncio.sleep(2)  # a pass of the scribe
        ben_token = await asyncio.to_thread(invited, "ben@example.com")
        await asyncio.to_thread(first.kill)
        await phone.cut_off(60)

        gone = twilio.stream_gone(resume, CALL)
        answer = await asyncio.to_thread(second.ask, gone)
        url, token, _ = twilio.stream(answer)
        phone, ben = await asyncio.gather(  # before the agent has said a word here
            Phone.connect(second.port, url, token, CALL, "MZ2"), comes(ben_token)
        )
        await phone.hears_out(90)
        await asyncio.sleep(4)
        heard = len(phone.heard)
        cat = await comes(await asyncio.to_thread(invited, "cat@example.com"))
        loud = GREETING_S * 48_000 * 0.5  # the pauses in it are silent
        await cat.until(lambda: cat.loud > loud, 60)
        assert len(phone.heard) == heard  # it was for Cat alone
        await cat.hang_up()
        await ben.hang_up()
        await phone.hang_up()

    asyncio.run(story())
    call = ended(seconds=60)

    greeted = call.timeline.filter(kind="greeted").order_by("at_ms")
    assert [each.detail["name"] for each in greeted] == [
        "ben@example.com",
        "cat@example.com",
    ]
    opener = AGENT["playbook"]["opener"]
    assert {each.detail["text"] for each in greeted} == {opener}


async def hears_the_other(speaker, listener):
    await asyncio.gather(
        listener.hears(0.5, 90), speaker.speak(speech.mulaw("vm-whichbox"))
    )


def test_while_a_process_drains_callers_hear_a_busy_tone_and_who_talks_talks_on(
    twilio, number, purse
):
    """SIGTERM on the only media process: the carrier is told to be busy, at once."""
    server = Server(RYMI_ALONE="1")
    answers = []

    async def story():
        answer = await asyncio.to_thread(server.ask, twilio.ring(BASE, CALL))
        url, token, _ = twilio.stream(answer)
        phone = await Phone.connect(server.port, url, token, CALL)
        await phone.hears_out()
        os.kill(server.process.pid, signal.SIGTERM)
        await asyncio.sleep(1)
        late = twilio.ring(BASE, "CA" + "8" * 32, caller="+447700900124")
        answers.append(await asyncio.to_thread(server.ask, late))
        await phone.speak(speech.mulaw("vm-whichbox"))
        await phone.hears(0.5)  # who was there is answered
        await phone.hang_up()

    try:
        asyncio.run(story())
        server.process.wait(30)
    finally:
        processes.stop(server.process)

    assert twilio.said(answers[0]) == "busy"
    assert twilio.stream(answers[0]) is None
    refused = Call.objects.get(caller="+447700900124")
    assert (refused.status, refused.error_code, refused.charge_micros) == (
        "busy",
        "draining",
        0,
    )
    kept = Call.objects.get(caller=CALLER)
    assert (kept.status, kept.end_reason) == ("completed", "user_disconnect")
    purse.refresh_from_db()
    assert purse.held_micros == 0
