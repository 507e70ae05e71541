import pytest

from tests.doubles.speech_http import Azure
from tests.providers.contract import (
    SegmentedFaults,
    SentencesContract,
    SplittingContract,
    TextToSpeechFaults,
)

DOUBLE, PROVIDER = Azure, "azure"


@pytest.mark.channel("stt")
class TestRecognition(SplittingContract, SegmentedFaults):
    words = "Hello there."


@pytest.mark.channel("tts")
class TestSpeech(SentencesContract, TextToSpeechFaults):
    pass
