import asyncio

from providers.ports import TELEPHONE, AudioFormat, SttRequest, Transcript
from tests.doubles.ears import Speechmatics
from tests.providers import sounds
from tests.providers.contract import Events, SpeechToTextContract, SpeechToTextFaults
from tests.providers.waiting import eventually

DOUBLE, CHANNEL, PROVIDER = Speechmatics, "stt", "speechmatics"


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

    english, chinese = vendor.requests
    assert (english["language"], english["output_locale"]) == ("en", "en-GB")
    assert english["additional_vocab"] == [{"content": "Anselm"}]
    assert chinese["language"] == "cmn"
    assert vendor.complaints == []


async def test_the_goodbye_counts_the_messages(vendor, port):
    stream, _ = await listen(port, SttRequest(TELEPHONE, "en-US"))

    stream.close()

    await eventually(lambda: "EndOfStream" in vendor.commands)
    assert vendor.complaints == []


async def test_one_that_takes_no_more_audio_does_not_pass_for_one_that_hears_nothing(
    vendor, port
):
    events = Events()
    stream = await port.open(SttRequest(TELEPHONE, "en-US"), events)
    vendor.fault = "half_open"

    await SpeechToTextContract().listen(stream, sounds.speech(TELEPHONE), TELEPHONE)
    stream.finalize()
    await asyncio.sleep(0.6)

    assert events == []
    stream.close()
