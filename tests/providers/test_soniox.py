from providers.ports import TELEPHONE, AudioFormat, SttRequest
from tests.doubles.ears import Soniox
from tests.providers.contract import (
    EndpointingContract,
    Events,
    SpeechToTextFaults,
)
from tests.providers.waiting import eventually

DOUBLE, CHANNEL, PROVIDER = Soniox, "stt", "soniox"


class TestContract(EndpointingContract, SpeechToTextFaults):
    words = "Hello there."


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
