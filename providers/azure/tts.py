"""Azure's neural voices over HTTP: SSML in, audio streamed out.

https://learn.microsoft.com/azure/ai-services/speech-service/rest-text-to-speech (2026-11).
"""

from collections.abc import Callable
from xml.sax.saxutils import escape, quoteattr

from providers import sentence_voice
from providers.account import Account
from providers.azure import hosts
from providers.ports import AudioFormat, TtsEvent, TtsRequest, TtsStream
from providers.sentence_voice import HttpVoice

DEFAULT_VOICE = "en-US-AvaMultilingualNeural"
_SPOKEN = AudioFormat("pcm_s16le", 24000)
_FORMAT = "raw-24khz-16bit-mono-pcm"


def build(account: Account) -> "AzureSpeech":
    """Return the voice engine; no connection is made yet."""
    return AzureSpeech(account)


class AzureSpeech:
    """A ``TextToSpeech``."""

    capabilities = sentence_voice.CAPABILITIES

    def __init__(self, account: Account) -> None:
        self._account = account
        self._headers = {
            **hosts.headers(account),
            "Content-Type": "application/ssml+xml",
            "X-Microsoft-OutputFormat": _FORMAT,
        }

    async def open(
        self, request: TtsRequest, on_event: Callable[[TtsEvent], None]
    ) -> TtsStream:
        """Open a stream; a connection is opened ahead, in the background."""
        return AzureSpeechStream(
            self._account, self._headers, request, on_event, _SPOKEN
        )


class AzureSpeechStream(HttpVoice):
    """One call's mouth."""

    def _post(self, sentence: str) -> tuple[str, bytes]:
        url = f"{hosts.of(self._account, 'tts')}/cognitiveservices/v1"
        return url, ssml(sentence, self._request).encode()


def ssml(sentence: str, request: TtsRequest) -> str:
    """Write a sentence as Azure reads it; nothing in it can become markup."""
    words = escape(sentence)
    if request.speed != 1.0:
        words = f'<prosody rate="{request.speed:.2f}">{words}</prosody>'
    voice = quoteattr(request.voice or DEFAULT_VOICE)
    return (
        '<speak version="1.0" xmlns="http://www.w3.org/2001/10/synthesis"'
        f" xml:lang={quoteattr(request.language or 'en-US')}>"
        f"<voice name={voice}>{words}</voice></speak>"
    )
