import pytest

from tests.doubles.speech_http import Azure
from tests.providers.contract import (
    SegmentedFaults,
    SentencesContract,
    SpeechToTextContract,
    TextToSpeechFaults,
)

DOUBLE, PROVIDER = Azure, "azure"


@pytest.mark.channel("stt")
class TestRecognition(SpeechToTextContract, SegmentedFaults):
    words = "Hello there."


@pytest.mark.channel("tts")
class TestSpeech(SentencesContract, TextToSpeechFaults):
    pass
