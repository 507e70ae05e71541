import pytest

from providers.ports import TELEPHONE, Failed, SttRequest, TtsRequest, UtteranceDone
from tests.doubles.speech_http import Sarvam
from tests.providers import sounds
from tests.providers.contract import (
    Events,
    SpeechToTextContract,
    SpeechToTextFaults,
    TextToSpeechContract,
    TextToSpeechFaults,
)

DOUBLE, PROVIDER = Sarvam, "sarvam"
CHANNEL = ""


class TestRecognition(SpeechToTextContract, SpeechToTextFaults):
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


class TestSpeech(TextToSpeechContract, TextToSpeechFaults):
    @pytest.fixture(autouse=True)
    def channel(self, request, monkeypatch):
        monkeypatch.setattr(request.module, "CHANNEL", "tts")

    async def test_speaks_sentences_in_order(self, vendor, port):
        events = Events()
        stream = await port.open(TtsRequest(TELEPHONE, "", "en-US"), events)

        stream.say("u1", "First one. Second & <third>. And a", more=True)
        stream.say("u1", " fourth.", more=False)
        await events.until(UtteranceDone)
        stream.close()

        inputs = [body["input"] for body in vendor.requests]
        assert inputs == ["First one.", "Second & <third>.", "And a fourth."]
        assert vendor.complaints == []
