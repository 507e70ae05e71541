from providers.ports import TELEPHONE, AudioFormat, SttRequest, Transcript
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
    times_words = True


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


async def test_pieces_of_words_are_joined(vendor, port):
    events = Events()
    stream = await port.open(SttRequest(TELEPHONE, "en"), events)
    pieces = ["Hel", "lo", " the", "re", ".", "你", "好", "<fin>"]
    tokens = [
        {"text": text, "start_ms": at * 100, "end_ms": at * 100 + 90, "is_final": True}
        for at, text in enumerate(pieces)
    ]

    stream.on_message({"tokens": tokens})
    stream.close()

    (final,) = (e for e in events.of(Transcript) if e.is_final)
    assert final.text == "Hello there.你好"
    words = [(word.text, word.start_ms, word.end_ms) for word in final.words]
    assert words == [("Hello", 0, 190), ("there.", 200, 490), ("你", 500, 590), ("好", 600, 690)]  # fmt: skip
