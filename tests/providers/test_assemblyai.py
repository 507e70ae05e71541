from providers.ports import TELEPHONE, AudioFormat, SttRequest, Transcript
from tests.doubles.ears import AssemblyAI
from tests.providers import sounds
from tests.providers.contract import Events, SpeechToTextContract, SpeechToTextFaults
from tests.providers.waiting import eventually

DOUBLE, CHANNEL, PROVIDER = AssemblyAI, "stt", "assemblyai"


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
    stream, events = await listen(port, SttRequest(TELEPHONE, "en-US"))
    stream.finalize()

    stream.close()

    await eventually(lambda: vendor.commands == ["ForceEndpoint", "Terminate"])
