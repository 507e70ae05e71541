import asyncio

from providers.ports import TELEPHONE, Audio, Failed, TtsRequest, UtteranceDone
from tests.doubles.voices import ElevenLabs
from tests.providers.contract import Events, TextToSpeechContract, TextToSpeechFaults

DOUBLE, CHANNEL, PROVIDER = ElevenLabs, "tts", "elevenlabs"


class TestElevenLabs(TextToSpeechContract, TextToSpeechFaults):
    pass


async def test_asks_for_telephone_audio_and_its_language(vendor, port):
    stream = await port.open(TtsRequest(TELEPHONE, "voice/1", "es-MX"), Events())
    stream.close()

    path, query = vendor.requests[0]
    assert "voice/1" in path
    assert query["output_format"] == "ulaw_8000"
    assert query["language_code"] == "es"


async def test_reports_too_many_contexts_as_passing(vendor, port):
    events = Events()
    stream = await port.open(TtsRequest(TELEPHONE, "v", "en"), events)

    for number in range(7):
        stream.say(f"u{number}", "one two three four five six", more=True)
    failed = await events.until(Failed)

    assert not failed.error.permanent


async def test_opens_again_when_the_vendor_hung_up_between_utterances(vendor, port):
    vendor.hangs_up = True
    events = Events()
    stream = await port.open(TtsRequest(TELEPHONE, "v", "en"), events)

    for number in ("u1", "u2"):
        stream.say(number, "Hello there.", more=False)
        await events.until_equal(UtteranceDone(number))
        await asyncio.sleep(0.1)
    stream.close()

    assert len(vendor.requests) == 2
    assert {event.utterance for event in events.of(Audio)} == {"u1", "u2"}
