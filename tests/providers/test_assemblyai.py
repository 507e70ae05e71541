from providers.ports import TELEPHONE, AudioFormat, SttRequest
from tests.doubles.ears import AssemblyAI
from tests.providers.contract import (
    EndpointingContract,
    Events,
    SpeechToTextFaults,
    heard,
)
from tests.providers.waiting import eventually

DOUBLE, CHANNEL, PROVIDER = AssemblyAI, "stt", "assemblyai"


class TestContract(EndpointingContract, SpeechToTextFaults):
    words = "Hello there."
    times_words = True


async def test_what_it_is_asked(vendor, port):
    words = SttRequest(TELEPHONE, "fr-FR", keywords=("Anselme",))
    (await port.open(words, Events())).close()
    (await port.open(SttRequest(AudioFormat("alaw", 8000), "en-GB"), Events())).close()

    french, english = vendor.requests
    assert french["speech_model"] == "universal-streaming-multilingual"
    assert french["keyterms_prompt"] == '["Anselme"]'
    assert french["encoding"] == "pcm_mulaw"
    assert english["speech_model"] == "universal-streaming-english"
    assert english["encoding"] == "pcm_s16le"  # it knows no A-law


async def test_a_session_is_ended_since_it_costs_while_it_is_open(vendor, port):
    stream, events = await heard(port, SttRequest(TELEPHONE, "en-US"))
    stream.finalize()

    stream.close()

    await eventually(lambda: vendor.commands == ["ForceEndpoint", "Terminate"])
