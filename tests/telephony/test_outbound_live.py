"""Calls that we place, over real sockets and real processes: who picks up is heard, and
who wants no more calls gets none."""

import asyncio

import pytest

from common import clock
from telephony import dialing, do_not_call, phone_calls
from telephony.models import DoNotCall
from telephony.phone_calls import Wanted
from tests import speech
from tests.doubles.carriers import CALLER
from tests.reception import AGENT
from tests.telephony.conftest import ended
from tests.telephony.marks import LIVE
from tests.telephony.phone import Phone

pytestmark = [pytest.mark.realtime, *LIVE]


def place(published, twilio):
    """Place a call and dial it; return the leg, as the carrier knows it."""
    _, leg = phone_calls.place(Wanted(published, CALLER))
    dialing.dial(leg.id, now=clock.now())
    leg.refresh_from_db()
    assert twilio.dialled() == [CALLER]
    return leg


async def pick_up(server, twilio, leg):
    url = twilio.lines[leg.carrier_call_id].fields["Url"]
    asked = twilio.answered(url, leg.carrier_call_id)
    answer = await asyncio.to_thread(server.ask, asked)
    there, token, _ = twilio.stream(answer)
    return await Phone.connect(server.port, there, token, leg.carrier_call_id)


def test_a_person_who_says_hello_is_greeted_and_may_press_9(
    server, twilio, configured_number, published, purse, workspace
):
    leg = place(published, twilio)

    async def story():
        phone = await pick_up(server, twilio, leg)
        await asyncio.sleep(0.5)
        assert not phone.heard  # the agent listens first
        await phone.speak(speech.mulaw("hello"))
        await phone.hears_out()
        await phone.press("9")
        await asyncio.sleep(2)
        await phone.hang_up()

    asyncio.run(story())
    call = ended()

    assert call.status == "completed", call.end_detail
    said = [
        f"{line.text} {line.unheard}".strip()  # a slow machine may press 9 into it
        for line in call.transcript_segments.filter(speaker="agent")
    ]
    assert AGENT["playbook"]["opener"] in said
    assert call.pickup.judged == "human"
    entry = DoNotCall.objects.get()
    assert (entry.phone, entry.reason) == (CALLER, "Pressed 9 during a call")
    assert call.timeline.filter(kind="warned", detail__kind="opted_out").exists()
    assert call.timeline.filter(kind="picked_up").exists()


def test_a_voicemail_is_hung_up_on_and_costs_nothing(
    server, twilio, configured_number, published, purse
):
    leg = place(published, twilio)

    async def story():
        phone = await pick_up(server, twilio, leg)
        await phone.speak(speech.mulaw("vm-intro") + speech.mulaw("beep"))
        await phone.cut_off(20)
        return bytes(phone.heard)

    heard = asyncio.run(story())
    call = ended()

    assert heard == b""
    assert call.pickup.judged == "voicemail"
    assert (call.status, call.end_detail) == ("completed", "voicemail")
    assert (call.billed_ms, call.charge_micros) == (0, 0)
    purse.refresh_from_db()
    assert purse.held_micros == 0


def test_who_says_that_they_want_no_more_calls_gets_none(
    server, twilio, number, published, purse
):
    leg = place(published, twilio)
    words = speech.synthetic("Please do not call me again.", 8000)

    async def story():
        phone = await pick_up(server, twilio, leg)
        await phone.speak(speech.mulaw("hello"))
        await phone.hears_out(120)
        await phone.speak(speech.on_the_phone(words))
        await phone.hears(0.5, 120)  # they were understood, and are answered
        await asyncio.sleep(2)
        await phone.hang_up()

    asyncio.run(story())
    call = ended()

    said = call.transcript_segments.filter(speaker="user").values_list(
        "text", flat=True
    )
    entry = DoNotCall.objects.filter(phone=CALLER).first()
    assert entry is not None, list(said)
    assert entry.reason == "Asked during a call"
    with pytest.raises(do_not_call.Blocked):
        phone_calls.place(Wanted(published, CALLER))
