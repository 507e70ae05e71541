"""AssemblyAI's streaming recogniser over a socket (version 3).

https://www.assemblyai.com/docs/streaming/message-sequence (2026-11). Each turn is told
anew with every message until it ends; ``ForceEndpoint`` ends it now.
"""

from typing import Any
from urllib.parse import urlencode

import orjson

from providers import faults
from providers.account import Account
from providers.errors import Unavailable
from providers.ports import (
    SpeechStarted,
    Transcript,
    Word,
)
from providers.streaming_ear import StreamingEar, StreamingEars

ENGLISH, OTHERS = "universal-streaming-english", "universal-streaming-multilingual"
_ENCODINGS = {"pcm_s16le": "pcm_s16le", "mulaw": "pcm_mulaw"}
_OWN_SILENCE_MS = 10_000  # our own rules end turns, long before that


def build(account: Account) -> "AssemblyAI":
    """Return the recogniser; no connection is made yet."""
    return AssemblyAI(account, {"Authorization": account.secret()})


def _fitting(language: str) -> str:
    return ENGLISH if language.split("-")[0] in ("", "en") else OTHERS


def _query(stream: "AssemblyAIStream", model: str) -> dict[str, str]:
    request = stream.request
    query = {
        "speech_model": model,
        "sample_rate": str(stream.format.sample_rate),
        "encoding": _ENCODINGS[stream.format.encoding],
        "format_turns": "true",
    }
    if request.endpointing_ms is None:
        query["end_of_turn_confidence_threshold"] = "1.0"
        query["max_turn_silence"] = str(_OWN_SILENCE_MS)
    if request.keywords:
        query["keyterms_prompt"] = orjson.dumps(request.keywords).decode()
    return query


class AssemblyAIStream(StreamingEar):
    """One call's ear."""

    least_ms = message_ms = 50  # less is refused

    def begin(self) -> None:
        """The address has said all; ``Begin`` follows."""

    def ask_for_final(self) -> None:
        """End the turn now."""
        self.put({"type": "ForceEndpoint"})

    def say_goodbye(self) -> None:
        """Stop the clock: sessions are billed while they are open."""
        self.put({"type": "Terminate"})

    def on_message(self, message: dict[str, Any]) -> None:
        """Take one message of AssemblyAI's."""
        kind = message["type"]
        if kind == "Begin":
            self.is_ready()
        elif kind == "SpeechStarted":
            self.emit(SpeechStarted(self.at_ms(message.get("timestamp") or 0)))
        elif kind == "Turn":
            self._turn(message)
        elif kind == "Error":
            self.on_lost(_failure(self.provider, message))

    def _turn(self, message: dict[str, Any]) -> None:
        words = message.get("words") or ()
        # The end of a turn comes twice: as it was heard, and written properly.
        is_final = message["end_of_turn"] and message["turn_is_formatted"]
        text = message["transcript"]
        if text:
            self.words_due = not is_final
            self.emit(
                Transcript(
                    text,
                    is_final,
                    is_final and self.request.endpointing_ms is not None,
                    self.at_ms(words[0]["start"]) if words else 0,
                    self.at_ms(words[-1]["end"]) if words else 0,
                    min((each.get("confidence", 1.0) for each in words), default=1.0),
                    tuple(map(self._word, words)) if is_final else (),
                    message.get("language_code") or "",
                )
            )
        if is_final or (message["end_of_turn"] and not text):
            self.finalized()

    def _word(self, word: dict[str, Any]) -> Word:
        return Word(
            word["text"],
            self.at_ms(word["start"]),
            self.at_ms(word["end"]),
            word.get("confidence", 1.0),
        )


def _failure(provider: str, message: dict[str, Any]) -> Any:
    code = message.get("error_code")
    if isinstance(code, int) and 400 <= code < 600:
        return faults.of_status(provider, code, orjson.dumps(message))
    words = str(message.get("error") or "")[:200]
    return Unavailable(f"{provider}: {words}", provider=provider)


class AssemblyAI(StreamingEars):
    """A ``SpeechToText``."""

    stream = AssemblyAIStream
    understood = ("mulaw", "pcm_s16le")

    async def address(self, stream: AssemblyAIStream, until: float) -> str:
        """Return the address, which says how to listen."""
        query = _query(stream, stream.model or _fitting(stream.request.language))
        return f"{self.account.socket_url}/v3/ws?{urlencode(query)}"
