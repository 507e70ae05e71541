from providers.ports import TELEPHONE, AudioFormat, SttRequest, Transcript
from tests.doubles.ears import Gladia
from tests.providers import sounds
from tests.providers.contract import (
    EndpointingContract,
    Events,
    SpeechToTextContract,
    SpeechToTextFaults,
    heard,
)
from tests.providers.waiting import eventually

DOUBLE, CHANNEL, PROVIDER = Gladia, "stt", "gladia"


class TestContract(EndpointingContract, SpeechToTextFaults):
    words = "Hello there."
    times_words = True


async def test_what_it_is_asked(vendor, port):
    words = SttRequest(TELEPHONE, "en-GB", keywords=("Anselm",))
    (await port.open(words, Events())).close()
    wide = SttRequest(AudioFormat("pcm_s16le", 16000), "zh-CN")
    (await port.open(wide, Events())).close()

    phone, browser = vendor.requests
    assert (phone["encoding"], phone["bit_depth"]) == ("wav/ulaw", 8)
    assert phone["language_config"]["languages"] == ["en"]
    vocabulary = phone["realtime_processing"]["custom_vocabulary_config"]
    assert vocabulary == {"vocabulary": ["Anselm"]}
    assert (browser["encoding"], browser["sample_rate"]) == ("wav/pcm", 16000)
    assert vendor.complaints == []


async def test_silence_that_nobody_said_does_not_move_the_words(vendor, port):
    stream, events = await heard(port, SttRequest(TELEPHONE, "en-US"))
    for _ in range(3):
        stream.finalize()  # 250 ms each
    await SpeechToTextContract().listen(stream, sounds.speech(TELEPHONE), TELEPHONE)
    stream.finalize()
    await eventually(lambda: sum(e.is_final for e in events.of(Transcript)) == 2)

    final = [event for event in events.of(Transcript) if event.is_final][1]
    assert abs(final.start_ms - 3_500) < 60  # half a second into the second 3 s
    stream.close()
