"""ElevenLabs' voices over one WebSocket with a context for each utterance.

https://elevenlabs.io/docs/api-reference/text-to-speech/v-1-text-to-speech-voice-id-multi-stream-input
(2026-11). At most five contexts may be open, so each is closed as soon as its text is
complete.
"""

from binascii import a2b_base64
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from providers import limits, wire
from providers.account import Account
from providers.errors import ProviderError, Refused, Unavailable
from providers.ports import (
    Alignment,
    Audio,
    AudioFormat,
    Failed,
    SpokenWord,
    TtsCapabilities,
    TtsEvent,
    TtsRequest,
    TtsStream,
    UtteranceDone,
)
from providers.redial import Dial, Redial

DEFAULT_MODEL = "eleven_flash_v2_5"
DEFAULT_VOICE = "21m00Tcm4TlvDq8ikWAM"
_CODECS = {"pcm_s16le": "pcm", "mulaw": "ulaw", "alaw": "alaw"}
_TELLS_LANGUAGE = ("v2_5", "v3", "v4")  # models that take a language code
_PASSING = ("max_active_conversations", "rate_limit_exceeded", "system_busy", "too_many_concurrent_requests", "internal_error")  # fmt: skip


def build(account: Account) -> "ElevenLabs":
    """Return the voice engine; no connection is made yet."""
    return ElevenLabs(account)


class ElevenLabs:
    """A ``TextToSpeech``."""

    capabilities = TtsCapabilities(alignment=True)

    def __init__(self, account: Account) -> None:
        self._account = account
        self._headers = {"xi-api-key": account.secret()}

    async def open(
        self, request: TtsRequest, on_event: Callable[[TtsEvent], None]
    ) -> TtsStream:
        """Open a stream."""
        stream = ElevenLabsStream(request, on_event)
        url = self._url(request)

        async def dial(on_lost: Callable[[ProviderError], None]) -> wire.Wire:
            return await wire.connect(
                self._account,
                url,
                self._headers,
                within=limits.TTS_CONNECT,
                on_message=stream.on_message,
                on_lost=on_lost,
            )

        await stream.connect(dial)
        return stream

    def _url(self, request: TtsRequest) -> str:
        model = request.model or self._account.model or DEFAULT_MODEL
        query = {
            "model_id": model,
            "output_format": _output_format(request.format),
            "auto_mode": "true",  # whole sentences come
            "sync_alignment": "true",
            "inactivity_timeout": "180",
        }
        if any(sign in model for sign in _TELLS_LANGUAGE):
            query["language_code"] = request.language.split("-")[0]
        voice = quote(request.voice or DEFAULT_VOICE, safe="")
        return (
            f"{self._account.socket_url}/v1/text-to-speech/{voice}"
            f"/multi-stream-input?{urlencode(query)}"
        )


def _output_format(format: AudioFormat) -> str:
    return f"{_CODECS[format.encoding]}_{format.sample_rate}"


@dataclass(slots=True)
class _Utterance:
    """An utterance being made."""

    ended: bool = False  # its context is closed
    made_ms: float = 0.0
    word: str = ""  # begun, its end has not come yet
    word_start_ms: float = 0.0
    word_end_ms: float = 0.0


class ElevenLabsStream:
    """One call's mouth."""

    def __init__(
        self, request: TtsRequest, on_event: Callable[[TtsEvent], None]
    ) -> None:
        self._emit = on_event
        self._bytes_a_ms = request.format.bytes_per_ms
        self._settings = _settings(request)
        self._utterances: dict[str, _Utterance] = {}
        self._closed = False
        self._line: Redial

    async def connect(self, dial: Dial) -> None:
        """Connect for the first time."""
        self._line = Redial(
            dial, is_needed=lambda: bool(self._utterances), on_lost=self._lost
        )
        await self._line.open()

    def say(self, utterance: str, text: str, *, more: bool) -> None:
        """Speak a piece of an utterance."""
        if self._closed:
            return
        text = text.strip()
        if utterance not in self._utterances:
            if not text:
                if not more:
                    self._emit(UtteranceDone(utterance))
                return
            self._utterances[utterance] = _Utterance()
            first = {"text": " ", "context_id": utterance}
            self._line.send(first | self._settings)
        if text:
            # The space behind the text is demanded; it parts it from the next.
            piece: dict[str, Any] = {"text": f"{text} ", "context_id": utterance}
            self._line.send(piece if more else piece | {"flush": True})
        if not more:
            self._utterances[utterance].ended = True
            self._line.send({"context_id": utterance, "close_context": True})

    def cancel(self, utterance: str) -> None:
        """Stop making an utterance."""
        known = self._utterances.pop(utterance, None)
        if known and not known.ended:
            self._line.send({"context_id": utterance, "close_context": True})

    def close(self) -> None:
        """End the stream."""
        self._closed = True
        self._utterances.clear()
        self._line.close(last={"close_socket": True})

    def on_message(self, message: dict[str, Any]) -> None:
        """Take one message of ElevenLabs'; what is of no known context was cancelled."""
        if message.get("error"):
            self._lost(_failure(message))
            return
        utterance = message.get("contextId") or message.get("context_id") or ""
        known = self._utterances.get(utterance)
        if known is None:
            return
        if sound := message.get("audio"):
            self._audio(utterance, known, a2b_base64(sound), message.get("alignment"))
        if message.get("isFinal") or message.get("is_final"):
            self._done(utterance, known)

    def _audio(
        self,
        utterance: str,
        known: _Utterance,
        data: bytes,
        alignment: dict[str, Any] | None,
    ) -> None:
        self._emit(Audio(utterance, data))
        if alignment and (words := tuple(_words(known, alignment))):
            self._emit(Alignment(utterance, words))
        known.made_ms += len(data) / self._bytes_a_ms

    def _done(self, utterance: str, known: _Utterance) -> None:
        del self._utterances[utterance]
        if known.word:
            self._emit(Alignment(utterance, (_word(known),)))
        self._emit(UtteranceDone(utterance))

    def _lost(self, error: ProviderError) -> None:
        if self._closed:
            return
        self.close()
        self._emit(Failed(error))


def _words(known: _Utterance, alignment: dict[str, Any]) -> list[SpokenWord]:
    """Join letters to words; a word may go on in the next message's audio."""
    words = []
    for letter, start, length in zip(
        alignment["chars"],
        alignment["charStartTimesMs"],
        alignment["charDurationsMs"],
        strict=True,
    ):
        if letter.isspace():
            if known.word:
                words.append(_word(known))
                known.word = ""
            continue
        if not known.word:
            known.word_start_ms = known.made_ms + start
        known.word += letter
        known.word_end_ms = known.made_ms + start + length
    return words


def _word(known: _Utterance) -> SpokenWord:
    return SpokenWord(known.word, round(known.word_start_ms), round(known.word_end_ms))


def _settings(request: TtsRequest) -> dict[str, Any]:
    allowed = ("stability", "similarity_boost", "style", "use_speaker_boost")
    settings = {
        name: request.options[name] for name in allowed if name in request.options
    }
    if request.speed != 1.0:
        settings["speed"] = min(1.2, max(0.7, request.speed))
    return {"voice_settings": settings} if settings else {}


def _failure(message: dict[str, Any]) -> ProviderError:
    kind, words = str(message["error"]), str(message.get("message") or "")
    passing = kind in _PASSING or message.get("code") != 1008
    return (Unavailable if passing else Refused)(
        f"ElevenLabs: {(words or kind)[:200]}", provider="elevenlabs"
    )
