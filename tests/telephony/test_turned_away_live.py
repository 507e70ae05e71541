"""A caller at a carrier that reads no sentence out hears over the stream why nobody answers."""

import asyncio
import base64
import json
from urllib.parse import urlencode, urlsplit

import numpy as np
import pytest
import websockets

from telephony import turned_away
from telephony.models import Call, CarrierConnection, Number
from tests import second_ear
from tests.doubles.carriers import NUMBER
from tests.doubles.exotel import Exotel
from tests.telephony.phone_server import BASE

CALL = "e" * 32
pytestmark = [
    pytest.mark.services,
    pytest.mark.realtime,
    pytest.mark.models,
    pytest.mark.django_db(transaction=True),
]


@pytest.fixture
def exotel(workspace, published):
    double = Exotel()
    connection = CarrierConnection.objects.create(
        workspace=workspace, provider="exotel", credentials=double.credentials
    )
    Number.objects.create(
        workspace=workspace,
        number=NUMBER,
        agent=published,
        provider="exotel",
        hours={"days": [], "start": "09:00", "end": "09:01", "time_zone": "UTC"},
    )
    key = urlencode({"key": connection.callback_key})
    double.voicebot_url = f"{BASE}/inbound/exotel?{key}"
    return double


async def listen(port, url, token):
    """Play what comes, give the mark back when it has played; return the audio."""
    heard = bytearray()
    at = f"ws://127.0.0.1:{port}{urlsplit(url).path}"
    async with websockets.connect(at) as socket:
        await socket.send(json.dumps({"event": "connected"}))
        start = {
            "stream_sid": "S1",
            "call_sid": CALL,
            "custom_parameters": {"token": token},
            "media_format": {"encoding": "audio/x-raw", "sample_rate": "16000"},
        }
        await socket.send(
            json.dumps({"event": "start", "stream_sid": "S1", "start": start})
        )
        async for text in socket:
            said = json.loads(text)
            if said["event"] == "media":
                heard += base64.b64decode(said["media"]["payload"])
            if said["event"] == "mark":
                await asyncio.sleep(0.2)
                await socket.send(text)
    return bytes(heard)


def test_an_exotel_caller_hears_why_not(server, exotel, purse):
    answer = server.ask(exotel.ring(BASE, CALL))
    url, token, _ = exotel.stream(answer)

    heard = asyncio.run(listen(server.port, url, token))

    call = Call.objects.get()
    samples = np.frombuffer(heard, np.int16).astype(np.float32) / 32_768
    said, meant = second_ear.transcribe(samples), turned_away.words(call.error_code)
    assert second_ear.word_error_rate(meant, said) <= 0.2, said
    assert (call.status, call.error_code) == ("failed", "outside_hours")
    assert call.charge_micros == 0
    purse.refresh_from_db()
    assert purse.held_micros == 0
