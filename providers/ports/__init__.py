"""Ports to rented minds: what the engine and the apps may ask of any vendor.

Audio streams are synchronous in both directions: ``send`` never blocks and events come
by callback on the event loop's thread, because a coroutine or a queue per frame is what
keeps other engines from carrying many calls. Only opening a stream is awaited.

Every method that talks to a vendor raises, or reports through a ``Failed`` event,
a ``providers.errors.ProviderError``; nothing else may leave an adapter.

One kind of port a file; who uses them imports them from here.
"""

from providers.ports.activity import VoiceActivity, VoiceActivityDetector
from providers.ports.embedder import Embedder
from providers.ports.endpointer import EndOfTurnModel, Melody
from providers.ports.llm import (
    LanguageModel,
    LlmCapabilities,
    LlmEvent,
    LlmRequest,
    Message,
    TextDelta,
    ToolCall,
    ToolSpec,
    Usage,
)
from providers.ports.realtime import (
    CallerBegan,
    CallerEnded,
    CallerSaid,
    Expiring,
    RealtimeCapabilities,
    RealtimeEvent,
    RealtimeMind,
    RealtimeRequest,
    RealtimeStream,
    RealtimeUsage,
    ReplyDone,
    ReplySound,
    ReplyWords,
    ToolsWanted,
)
from providers.ports.streams import TELEPHONE, AudioFormat, Encoding, Failed
from providers.ports.stt import (
    Finalized,
    SegmentedSttStream,
    SpeechStarted,
    SpeechToText,
    SttCapabilities,
    SttEvent,
    SttRequest,
    SttStream,
    Transcript,
    Word,
)
from providers.ports.tts import (
    Alignment,
    Audio,
    SpokenWord,
    TextToSpeech,
    TtsCapabilities,
    TtsEvent,
    TtsRequest,
    TtsStream,
    UtteranceDone,
    UtteranceFailed,
)

__all__ = [
    "Alignment",
    "Audio",
    "AudioFormat",
    "CallerBegan",
    "CallerEnded",
    "CallerSaid",
    "Embedder",
    "Encoding",
    "EndOfTurnModel",
    "Expiring",
    "Failed",
    "Finalized",
    "LanguageModel",
    "LlmCapabilities",
    "LlmEvent",
    "LlmRequest",
    "Melody",
    "Message",
    "RealtimeCapabilities",
    "RealtimeEvent",
    "RealtimeMind",
    "RealtimeRequest",
    "RealtimeStream",
    "RealtimeUsage",
    "ReplyDone",
    "ReplySound",
    "ReplyWords",
    "SpeechStarted",
    "SpeechToText",
    "SpokenWord",
    "SegmentedSttStream",
    "SttCapabilities",
    "SttEvent",
    "SttRequest",
    "SttStream",
    "TELEPHONE",
    "TextDelta",
    "TextToSpeech",
    "ToolCall",
    "ToolSpec",
    "ToolsWanted",
    "Transcript",
    "TtsCapabilities",
    "TtsEvent",
    "TtsRequest",
    "TtsStream",
    "Usage",
    "UtteranceDone",
    "UtteranceFailed",
    "VoiceActivity",
    "VoiceActivityDetector",
    "Word",
]
