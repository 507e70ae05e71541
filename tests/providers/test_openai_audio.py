import pytest

from providers.errors import ProviderError
from providers.ports import (
    TELEPHONE,
    Audio,
    Failed,
    Finalized,
    SttRequest,
    TtsRequest,
    UtteranceDone,
)
from tests.doubles.openai import OpenAI
from tests.providers import sounds
from tests.providers.contract import (
    WIDE,
    Events,
    SpeechToTextFaults,
    SplittingContract,
    TextToSpeechContract,
    TextToSpeechFaults,
)
from tests.providers.waiting import eventually

DOUBLE, PROVIDER, PATH = OpenAI, "openai", "/v1"
CHANNEL = ""


class TestTranscriptions(SplittingContract, SpeechToTextFaults):
    words = "Hello there."

    @pytest.fixture(autouse=True)
    def channel(self, request, monkeypatch):
        monkeypatch.setattr(request.module, "CHANNEL", "stt")

    async def door_error(self, port):
        """There is no connection before the first segment."""
        events = Events()
        stream = await port.open(SttRequest(TELEPHONE, "en-US"), events)
        stream.send(sounds.speech(TELEPHONE))
        stream.finalize()
        return (await events.until(Failed)).error

    async def test_sends_only_what_was_spoken(self, vendor, port):
        events = Events()
        stream = await port.open(SttRequest(WIDE, "en-US"), events)
        sound = sounds.silence(WIDE, 5) + sounds.speech(WIDE)
        for at in range(0, len(sound), 640):
            stream.send(sound[at : at + 640])

        stream.finalize()
        await events.until(Finalized)
        stream.close()

        ((rate, seconds),) = vendor.seen_audio
        assert rate == 16000
        assert 2.5 < seconds < 3.1

    async def test_sends_nothing_when_nobody_spoke(self, vendor, port):
        events = Events()
        stream = await port.open(SttRequest(WIDE, "en-US"), events)
        stream.send(sounds.silence(WIDE))

        stream.finalize()
        await events.until(Finalized)
        stream.close()

        assert vendor.seen_audio == []


class TestSpeech(TextToSpeechContract, TextToSpeechFaults):
    @pytest.fixture(autouse=True)
    def channel(self, request, monkeypatch):
        monkeypatch.setattr(request.module, "CHANNEL", "tts")

    async def test_speaks_sentences_in_order(self, vendor, port):
        events = Events()
        stream = await port.open(TtsRequest(TELEPHONE, "alloy", "en"), events)

        stream.say("u1", "First one. Second one. And a", more=True)
        stream.say("u1", " third.", more=False)
        await events.until(UtteranceDone)
        stream.close()

        inputs = [body["input"] for body in vendor.requests]
        assert inputs == ["First one.", "Second one.", "And a third."]

    async def test_stops_the_request_of_a_cancelled_utterance(self, vendor, port):
        events = Events()
        stream = await port.open(TtsRequest(TELEPHONE, "alloy", "en"), events)
        stream.say("u1", "word " * 300, more=False)
        await events.until(Audio)

        stream.cancel("u1")

        await eventually(lambda: vendor.disconnected)
        stream.close()


@pytest.fixture
def embedder(vendor, request, monkeypatch, build):
    monkeypatch.setattr(request.module, "CHANNEL", "embedder")
    return build(vendor)


async def test_embeds_in_order_and_to_unit_length(vendor, embedder):
    vectors = await embedder.embed(["a", "bbb", "cc"])

    assert [round(vector[0] / vector[1]) for vector in vectors] == [1, 3, 2]
    assert all(abs(sum(x * x for x in vector) - 1) < 1e-9 for vector in vectors)


@pytest.mark.parametrize("fault", ["401", "500", "garbage"])
async def test_embedding_reports_faults(vendor, embedder, fault):
    vendor.fault = fault

    with pytest.raises(ProviderError):
        await embedder.embed(["a"])
