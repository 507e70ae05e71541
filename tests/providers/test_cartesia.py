import asyncio

from providers.ports import TELEPHONE, Alignment, Audio, TtsRequest, UtteranceDone
from tests.doubles.voices import Cartesia
from tests.providers.contract import (
    Events,
    HangUps,
    TextToSpeechContract,
    TextToSpeechFaults,
)
from tests.providers.waiting import eventually

DOUBLE, CHANNEL, PROVIDER = Cartesia, "tts", "cartesia"


class TestCartesia(TextToSpeechContract, TextToSpeechFaults, HangUps):
    pass


async def test_goes_on_in_a_new_context_when_the_old_one_has_expired(vendor, port, monkeypatch):  # fmt: skip
    monkeypatch.setattr("providers.cartesia.tts._EXPIRES", 0.1)
    vendor.expires = 0.15
    events = Events()
    stream = await port.open(TtsRequest(TELEPHONE, "v", "en"), events)
    stream.say("u1", "One moment.", more=True)
    await events.until(Audio)
    await asyncio.sleep(0.5)

    stream.say("u1", "Here it is.", more=False)
    await events.until(UtteranceDone)
    stream.close()

    assert vendor.complaints == []
    assert len(events.of(Audio)) == 5
    words = [word for event in events.of(Alignment) for word in event.words]
    assert words[2].start_ms == 400  # counted on, from the utterance's first audio


async def test_cancels_at_the_vendor(vendor, port):
    events = Events()
    stream = await port.open(TtsRequest(TELEPHONE, "v", "en"), events)
    stream.say("u1", "one two three four five six seven eight", more=True)
    await events.until(Audio)

    stream.cancel("u1")

    await eventually(lambda: vendor.cancelled)
    stream.close()
