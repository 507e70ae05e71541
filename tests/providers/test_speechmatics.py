import asyncio

from providers.ports import TELEPHONE, AudioFormat, SttRequest
from tests.doubles.ears import Speechmatics
from tests.providers import sounds
from tests.providers.contract import (
    EndpointingContract,
    Events,
    SpeechToTextContract,
    SpeechToTextFaults,
    heard,
)
from tests.providers.waiting import eventually

DOUBLE, CHANNEL, PROVIDER = Speechmatics, "stt", "speechmatics"


class TestContract(EndpointingContract, SpeechToTextFaults):
    words = "Hello there."
    times_words = True


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
    stream, _ = await heard(port, SttRequest(TELEPHONE, "en-US"))

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
