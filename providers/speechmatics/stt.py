"""Speechmatics' realtime recogniser over a socket (version 2).

https://docs.speechmatics.com/api-ref/realtime-transcription-websocket (2026-11).
``ForceEndOfUtterance`` brings the last words at once, ``EndOfUtterance`` behind them.
"""

from collections import deque
from typing import Any

import orjson

from providers import faults
from providers.account import Account
from providers.errors import ProviderError, Refused, Unavailable
from providers.ports import (
    SttRequest,
    Transcript,
    Word,
)
from providers.streaming_ear import StreamingEar, StreamingEars

DEFAULT_MODEL = "enhanced"
_MAX_DELAY_S = 0.7  # the least it takes; finals come sooner when asked for
_NAMES = {"zh": "cmn"}  # Mandarin
_SPELLINGS = frozenset({"en-GB", "en-US", "en-AU"})
_OURS = frozenset({"invalid_model", "invalid_config", "invalid_message", "invalid_audio_type", "protocol_error"})  # fmt: skip
_STATUS = {"not_authorised": 401, "insufficient_funds": 402, "not_allowed": 403, "quota_exceeded": 429, "timelimit_exceeded": 429}  # fmt: skip


def build(account: Account) -> "Speechmatics":
    """Return the recogniser; no connection is made yet."""
    return Speechmatics(account, {"Authorization": f"Bearer {account.secret()}"})


def _config(request: SttRequest, model: str) -> dict[str, Any]:
    language = request.language.split("-")[0] or "en"
    config: dict[str, Any] = {
        "language": _NAMES.get(language, language),
        "operating_point": model,
        "enable_partials": True,
        "max_delay": _MAX_DELAY_S,
    }
    if request.language in _SPELLINGS:
        config["output_locale"] = request.language
    if request.keywords:
        config["additional_vocab"] = [{"content": word} for word in request.keywords]
    if request.endpointing_ms is not None:
        silence = {"end_of_utterance_silence_trigger": request.endpointing_ms / 1000}
        config["conversation_config"] = silence
    return config


class SpeechmaticsStream(StreamingEar):
    """One call's ear."""

    _messages = 0  # of audio

    def begin(self) -> None:
        """Say how to listen."""
        self._taken = 0.0  # it acknowledges all audio
        self._ends: deque[tuple[int, int]] = deque()  # message, bytes sent with it
        self.put(
            {
                "message": "StartRecognition",
                "audio_format": {
                    "type": "raw",
                    "encoding": self.format.encoding,
                    "sample_rate": self.format.sample_rate,
                },
                "transcription_config": _config(self.request, self.model),
            }
        )

    def flush(self) -> None:
        """Send audio; messages are counted for the goodbye."""
        if self._waiting and self.wire:
            self._messages += 1
            self._ends.append((self._messages, self._sent + len(self._waiting)))
        super().flush()

    def ask_for_final(self) -> None:
        """End the utterance now."""
        self.put({"message": "ForceEndOfUtterance"})

    def say_goodbye(self) -> None:
        """No more audio comes."""
        self.put({"message": "EndOfStream", "last_seq_no": self._messages})

    def on_message(self, message: dict[str, Any]) -> None:
        """Take one message of Speechmatics'."""
        kind = message["message"]
        if kind == "RecognitionStarted":
            self.is_ready()
        elif kind == "AudioAdded":
            self._added(message["seq_no"])
        elif kind in ("AddPartialTranscript", "AddTranscript"):
            self._transcript(message, is_final=kind == "AddTranscript")
        elif kind == "EndOfUtterance":
            self._end(message)
        elif kind == "Error":
            self.on_lost(_failure(self.provider, message))

    def _added(self, number: int) -> None:
        while self._ends and self._ends[0][0] <= number:
            self.acknowledged(self._ends.popleft()[1])

    def _transcript(self, message: dict[str, Any], *, is_final: bool) -> None:
        about = message["metadata"]
        text = about["transcript"].strip()
        if not text:
            return
        self.words_due = not is_final
        words = [each for each in message["results"] if each["type"] == "word"]
        odds = [each["alternatives"][0].get("confidence", 1.0) for each in words]
        self.emit(
            Transcript(
                text,
                is_final,
                start_ms=self.at_ms(about["start_time"] * 1000),
                end_ms=self.at_ms(about["end_time"] * 1000),
                confidence=min(odds, default=1.0),
                words=tuple(map(self._word, words)) if is_final else (),
            )
        )

    def _end(self, message: dict[str, Any]) -> None:
        if self.is_finalizing:
            self.finalized()
        elif self.request.endpointing_ms is not None:
            at = self.at_ms((message.get("metadata") or {}).get("end_time", 0) * 1000)
            self.emit(Transcript("", True, True, at, at))

    def _word(self, word: dict[str, Any]) -> Word:
        best = word["alternatives"][0]
        return Word(
            best["content"],
            self.at_ms(word["start_time"] * 1000),
            self.at_ms(word["end_time"] * 1000),
            best.get("confidence", 1.0),
        )


def _failure(provider: str, message: dict[str, Any]) -> ProviderError:
    kind, reason = message.get("type", ""), str(message.get("reason") or "")[:200]
    if status := _STATUS.get(kind):
        body = orjson.dumps({"error": {"message": reason}})
        return faults.of_status(provider, status, body)
    cause = Refused if kind in _OURS else Unavailable
    return cause(f"{provider}: {reason or kind}", provider=provider)


class Speechmatics(StreamingEars):
    """A ``SpeechToText``."""

    stream = SpeechmaticsStream
    understood = ("mulaw", "pcm_s16le")
    default_model = DEFAULT_MODEL

    async def address(self, stream: StreamingEar, until: float) -> str:
        """Return the address."""
        return f"{self.account.socket_url}/v2"
