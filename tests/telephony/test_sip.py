"""A real SIP telephone calls an agent on loopback: recorded human speech goes in by RTP,
and what comes back is what the call's transcript says."""

import asyncio
import time
import wave

import numpy as np
import pytest
import soxr

from agents import authoring, publishing
from billing import proof
from telephony.models import Call, Leg
from tests import processes, second_ear, speech
from tests.doubles.carriers import CALLER, NUMBER
from tests.doubles.sip_trunk import HOST, Trunk
from tests.doubles.twilio import Twilio
from tests.reception import AGENT
from tests.telephony import baresip
from tests.telephony.conftest import configured, ended
from tests.telephony.marks import LONG
from tests.telephony.phone_server import BASE, Server

pytestmark = [
    pytest.mark.realtime,
    *LONG,
    pytest.mark.timeout(240),
]
ASKED = "vm-whichbox"  # and what is said in it:
WORDS = "To leave a message, please enter a mailbox number."
CALL = "CA" + "5" * 32
PAUSE_S = 14  # the greeting is over by then


@pytest.fixture
def twilio():
    return Twilio()


@pytest.fixture
def number(workspace, published, owner, twilio):
    """A number whose agent waits for its caller, however slow this machine is."""
    patient = {"advanced": {"silencePromptDelay": 120}}
    authoring.edit(published, changes=patient, by=owner)
    published.refresh_from_db()
    publishing.publish(published, by=owner)
    published.refresh_from_db()
    return configured(workspace, published, twilio)


@pytest.fixture
def server():
    running = Server()
    yield running
    processes.stop(running.process)


async def trunk_to(server, twilio):
    """Open Twilio's SIP port in front of a server."""
    resume = []

    async def ring(dialog):
        asked = twilio.ring(BASE, CALL, caller=dialog.caller, number=dialog.number)
        stream = twilio.stream(await asyncio.to_thread(server.ask, asked))
        if stream is None:
            return None
        url, token, resume_url = stream
        resume.append(resume_url)
        return server.port, url, token, CALL

    async def over(dialog):
        for url in resume:
            gone = twilio.stream_gone(url, CALL, caller_is_there=False)
            await asyncio.to_thread(server.ask, gone)

    return await Trunk.open(ring, over)


def test_a_sip_telephone_talks_with_the_agent(server, twilio, number, purse, tmp_path):
    baresip.require()
    question = speech.prompt(ASKED, baresip.RATE)
    quiet = speech.silence(600, baresip.RATE)  # it never ends by itself

    async def story():
        trunk = await trunk_to(server, twilio)
        address = f"sip:{NUMBER}@{HOST}:{trunk.port}"
        pause = speech.silence(PAUSE_S, baresip.RATE)
        with baresip.calling(tmp_path, address, pause + question + quiet):
            await asyncio.to_thread(answered)
            await asyncio.sleep(1)  # the last of it is on its way
        (dialog,) = trunk.dialogs.values()
        await asyncio.wait_for(dialog.over.wait(), 20)
        await trunk.close()
        assert trunk.complaints == []
        return dialog

    dialog = asyncio.run(story())
    call = ended(seconds=60)

    assert (dialog.caller, dialog.number, dialog.hung_up_by) == (
        CALLER,
        NUMBER,
        "caller",
    )
    assert (call.status, call.end_reason) == ("completed", "user_disconnect")
    assert (call.caller, Leg.objects.get().state) == (CALLER, "completed")
    asked = " ".join(lines_of(call, "user"))
    assert second_ear.word_error_rate(WORDS, asked) <= 0.2, asked
    replies = lines_of(call, "agent")
    assert replies[0] == AGENT["playbook"]["opener"]
    # What the telephone's loudspeaker played, by a recogniser that is not ours.
    heard = second_ear.transcribe(played(baresip.heard(tmp_path)))
    written = " ".join(replies)
    assert second_ear.word_error_rate(written, heard) <= 0.15, (written, heard)
    purse.refresh_from_db()
    assert proof.of(purse).holds


def answered():
    """Wait until the agent has said something to what it was asked."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        call = Call.objects.first()
        said = call.transcript_segments.order_by("sequence") if call else []
        speakers = [line.speaker for line in said]
        if "user" in speakers and speakers[-1] == "agent":
            return
        time.sleep(0.2)
    raise AssertionError("the agent never answered")


def lines_of(call, speaker):
    return list(
        call.transcript_segments.filter(speaker=speaker).values_list("text", flat=True)
    )


def played(path):
    with wave.open(str(path)) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), np.int16)
        rate = file.getframerate()
    return soxr.resample(samples / 32768, rate, second_ear.RATE)
