from tests.doubles.speech_http import Rime
from tests.providers.contract import SentencesContract, TextToSpeechFaults

DOUBLE, CHANNEL, PROVIDER = Rime, "tts", "rime"


class TestSpeech(SentencesContract, TextToSpeechFaults):
    pass
