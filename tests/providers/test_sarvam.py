import pytest

from tests.doubles.speech_http import Sarvam
from tests.providers.contract import (
    SegmentedFaults,
    SentencesContract,
    SpeechToTextContract,
    TextToSpeechFaults,
)

DOUBLE, PROVIDER = Sarvam, "sarvam"


@pytest.mark.channel("stt")
class TestRecognition(SpeechToTextContract, SegmentedFaults):
    words = "Hello there."


@pytest.mark.channel("tts")
class TestSpeech(SentencesContract, TextToSpeechFaults):
    pass
