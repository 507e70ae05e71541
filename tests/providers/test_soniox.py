from providers.ports import TELEPHONE, AudioFormat, SttRequest, Transcript
from tests.doubles.ears import Soniox
from tests.providers import sounds
from tests.providers.contract import Events, SpeechToTextContract, SpeechToTextFaults
from tests.providers.waiting import eventually

DOUBLE, CHANNEL, PROVIDER = Soniox, "stt", "soniox"


class TestContract(SpeechToTextContract, SpeechToTextFaults):
    words = "Hello there."


async def listen(port, request, format=TELEPHONE):
    events = Events()
    stream = await port.open(request, events)
    await SpeechToTextContract().listen(stream, sounds.speech(format), format)
    return stream, events


async def test_ends_turns_by_itself_when_it_is_asked_to(vendor, port):
    request = SttRequest(TELEPHONE, "en-US", endpointing_ms=300)

    stream, events = await listen(port, request)
    await eventually(lambda: any(e.speech_final for e in events.of(Transcript)), 10)

    stream.close()
    assert vendor.complaints == []


async def test_what_it_is_asked(vendor, port):
    words = SttRequest(TELEPHONE, "en-GB", keywords=("Anselm",))
    (await port.open(words, Events())).close()
    (await port.open(SttRequest(AudioFormat("alaw", 8000), "zh-CN"), Events())).close()
    await eventually(lambda: len(vendor.requests) == 2)

    english, chinese = vendor.requests
    assert english["language_hints"] == ["en"]
    assert english["context"] == {"terms": ["Anselm"]}
    assert english["enable_endpoint_detection"] is False
    assert (chinese["audio_format"], chinese["language_hints"]) == ("alaw", ["zh"])
    assert vendor.complaints == []
