"""Azure's neural voices over HTTP: SSML in, audio streamed out.

https://learn.microsoft.com/azure/ai-services/speech-service/rest-text-to-speech (2026-11).
"""

from xml.sax.saxutils import escape, quoteattr

from providers.account import Account
from providers.azure import hosts
from providers.ports import TtsRequest
from providers.sentence_voice import HttpSpeech, HttpVoice

DEFAULT_VOICE = "en-US-AvaMultilingualNeural"
_FORMAT = "raw-24khz-16bit-mono-pcm"


def build(account: Account) -> HttpSpeech:
    """Return the voice engine; no connection is made yet."""
    return HttpSpeech(account, AzureVoice)


class AzureVoice(HttpVoice):
    """One call's mouth."""

    @staticmethod
    def headers_for(account: Account) -> dict[str, str]:
        return {
            **hosts.headers(account),
            "Content-Type": "application/ssml+xml",
            "X-Microsoft-OutputFormat": _FORMAT,
        }

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
