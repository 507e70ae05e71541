import pytest

from providers.ports import TELEPHONE, TtsRequest, UtteranceDone
from tests.doubles.speech_http import Rime
from tests.providers.contract import (
    Events,
    TextToSpeechContract,
    TextToSpeechFaults,
)

DOUBLE, PROVIDER = Rime, "rime"
CHANNEL = ""


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
