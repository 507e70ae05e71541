from providers.ports import TELEPHONE, Failed, TtsRequest
from tests.doubles.voices import ElevenLabs
from tests.providers.contract import (
    Events,
    HangUps,
    TextToSpeechContract,
    TextToSpeechFaults,
)

DOUBLE, CHANNEL, PROVIDER = ElevenLabs, "tts", "elevenlabs"


class TestElevenLabs(TextToSpeechContract, TextToSpeechFaults, HangUps):
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
