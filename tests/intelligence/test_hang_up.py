"""A caller who hangs up in mid-sentence loses nothing.

Over the real socket, the real media process and the offline recogniser.
"""

import asyncio
import json
import time
import wave

import pytest
from django.conf import settings

from billing import wallet
from intelligence.models import Analysis
from telephony import calls
from telephony.models import Call
from tests import speech
from tests.processes import media_server
from tests.telephony.caller import RATE, Caller
from webhooks.models import Event

pytestmark = [
    pytest.mark.services,
    pytest.mark.models,
    pytest.mark.django_db(transaction=True),
]


async def hang_up_in_mid_sentence(port, token):
    caller = await Caller.connect(port, token)
    await caller.hear_out(1)
    sentence = speech.prompt("vm-whichbox")
    said = sentence[: len(sentence) * 2 // 3 // 2 * 2]  # she is still speaking
    await caller.speak(said)
    await caller.hang_up()
    return len(said) / 2 / RATE


def worked_out(call_id, seconds=60):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        call = Call.objects.get(pk=call_id)
        if call.intelligence_status in ("completed", "partial"):
            return call
        time.sleep(0.2)
    raise AssertionError(f"still {call.intelligence_status}")


@pytest.mark.timeout(300)
def test_words_recording_fields_and_event_are_whole(agent, owner, workspace):
    wallet.top_up(workspace=workspace, amount_micros=10**9, key="t", note="")
    call, token = calls.start_test(agent=agent, by=owner)

    with media_server() as port:
        spoken_s = asyncio.run(hang_up_in_mid_sentence(port, token))
        call = worked_out(call.id)

    assert (call.status, call.end_reason) == ("completed", "user_disconnect")
    said = list(call.transcript_segments.filter(speaker="user"))
    assert said, "the half sentence was not written down"
    assert said[-1].text.strip()
    with wave.open(str(settings.RECORDINGS_DIR / call.recording.path)) as file:
        length_ms = file.getnframes() * 1000 / file.getframerate()
    assert call.recording.status == "completed"
    assert length_ms == pytest.approx(call.duration_ms, rel=0.01)
    assert call.duration_ms >= spoken_s * 1000
    analysis = Analysis.objects.get(pk=call.pk)
    assert {each["name"] for each in analysis.fields} == {"phone", "day", "guests"}
    assert analysis.summary
    letters = {each.type: json.loads(each.body)["data"] for each in Event.objects.all()}
    assert set(letters) == {"call.completed", "call.intelligence.ready"}
    completed = letters["call.completed"]
    assert completed["duration"] == round(call.duration_ms / 1000)
    assert said[-1].text in completed["transcript"]["text"]
    assert completed["recording"]["status"] == "completed"
