"""The main job: a person speaks to an agent and is answered, with no key at all."""

import asyncio
import time
import wave

import pytest
from django.conf import settings

from billing import wallet
from telephony import calls
from telephony.models import Call
from tests import speech
from tests.processes import media_server
from tests.telephony.caller import Caller
from tests.telephony.conftest import AGENT

pytestmark = [
    pytest.mark.services,
    pytest.mark.models,
    pytest.mark.django_db(transaction=True),
]


def wait_for_end(call_id, seconds=15):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        call = Call.objects.get(pk=call_id)
        if not call.is_live():
            return call
        time.sleep(0.1)
    raise AssertionError("the call is still live")


async def converse(port, token):
    caller = await Caller.connect(port, token)
    await caller.hear_out(1)
    await caller.speak(speech.prompt("vm-whichbox"))
    await caller.hear_out(2)
    await caller.hang_up()
    return caller


def test_a_spoken_call_leaves_transcript_recording_latency_and_charge(
    agent, owner, workspace
):
    call, token = calls.start_test(agent=agent, by=owner)

    with media_server() as port:
        caller = asyncio.run(converse(port, token))
        call = wait_for_end(call.id)

    assert call.status == Call.Status.COMPLETED, call.end_detail
    assert call.end_reason == Call.EndReason.USER_DISCONNECT
    said = list(call.transcript_segments.values_list("speaker", "text"))
    assert said[0] == ("agent", AGENT["playbook"]["opener"])
    assert any(
        who == "user" and "leave a message" in text.lower() for who, text in said
    )
    assert len(caller.audio) > 24_000 * 2 * 3
    assert call.turns.get(number=1).total_ms > 0
    assert call.recording.status == "completed"
    with wave.open(str(settings.RECORDINGS_DIR / call.recording.path)) as file:
        length_ms = file.getnframes() * 1000 / file.getframerate()
        assert file.getnchannels() == 2
    assert length_ms == pytest.approx(call.duration_ms, rel=0.01)
    assert max(call.recording.peaks[0]) > 20
    assert max(call.recording.peaks[1]) > 20
    assert call.billed_ms == 30_000
    assert call.charge_micros == 1_000_000
    purse = wallet.open(workspace)
    assert (purse.balance_micros, purse.held_micros) == (499_000_000, 0)
    assert wallet.prove(purse).holds
