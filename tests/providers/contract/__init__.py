"""One contract for each port; every provider passes it.

A test class derives from a contract and offers what its docstring asks for.
"""

from tests.providers.contract.common import WIDE, Events, in_a_hurry
from tests.providers.contract.llm import LanguageModelContract
from tests.providers.contract.realtime import RealtimeContract, RealtimeFaults
from tests.providers.contract.stt import (
    EndpointingContract,
    SegmentedFaults,
    SpeechToTextContract,
    SpeechToTextFaults,
    SplittingContract,
    heard,
)
from tests.providers.contract.tts import (
    HangUps,
    SentencesContract,
    TextToSpeechContract,
    TextToSpeechFaults,
)

__all__ = [
    "WIDE",
    "Events",
    "in_a_hurry",
    "EndpointingContract",
    "SegmentedFaults",
    "SpeechToTextContract",
    "SpeechToTextFaults",
    "SplittingContract",
    "heard",
    "LanguageModelContract",
    "HangUps",
    "SentencesContract",
    "TextToSpeechContract",
    "TextToSpeechFaults",
    "RealtimeContract",
    "RealtimeFaults",
]
