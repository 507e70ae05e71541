import pytest

from tests.doubles.speech_http import Sarvam
from tests.providers.contract import (
    SegmentedFaults,
    SentencesContract,
    SplittingContract,
    TextToSpeechFaults,
)

DOUBLE, PROVIDER = Sarvam, "sarvam"


@pytest.mark.channel("stt")
class TestRecognition(SplittingContract, SegmentedFaults):
    words = "Hello there."


@pytest.mark.channel("tts")
class TestSpeech(SentencesContract, TextToSpeechFaults):
    pass
