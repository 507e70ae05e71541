"""Gladia's live recogniser (version 2): a session by HTTP, then a socket of its own.

https://docs.gladia.io/api-reference/v2/live/init and /websocket (2026-11). There is no
message that asks for the last words: silence does, so a little is sent ahead of time.
"""

from typing import Any

import orjson

from providers import faults, web
from providers.account import Account
from providers.ports import (
    SpeechStarted,
    Transcript,
    Word,
)
from providers.streaming_ear import StreamingEar, StreamingEars

DEFAULT_MODEL = "solaria-1"
_ENDPOINTING_S = 0.05  # the least it takes; our own rules end turns
_ENDING_MS = 250  # of silence, which ends an utterance
_LONGEST_S = 60
_ENCODINGS = {"pcm_s16le": ("wav/pcm", 16), "mulaw": ("wav/ulaw", 8), "alaw": ("wav/alaw", 8)}  # fmt: skip


def build(account: Account) -> "Gladia":
    """Return the recogniser; no connection is made yet."""
    return Gladia(
        account,
        {
            "X-Gladia-Key": account.secret(),
            "Content-Type": "application/json",
        },
    )


def _session(stream: "GladiaStream", model: str) -> dict[str, Any]:
    request = stream.request
    encoding, depth = _ENCODINGS[stream.format.encoding]
    asked = request.endpointing_ms
    language = request.language.split("-")[0]
    session: dict[str, Any] = {
        "model": model,
        "encoding": encoding,
        "bit_depth": depth,
        "sample_rate": stream.format.sample_rate,
        "channels": 1,
        "endpointing": _ENDPOINTING_S if asked is None else asked / 1000,
        "maximum_duration_without_endpointing": _LONGEST_S,
        "language_config": {
            "languages": [language] if language else [],
            "code_switching": False,
        },
        "messages_config": {
            "receive_partial_transcripts": True,
            "receive_final_transcripts": True,
            "receive_speech_events": True,
            "receive_acknowledgments": False,
            "receive_lifecycle_events": False,
        },
    }
    if request.keywords:
        session["realtime_processing"] = {
            "custom_vocabulary": True,
            "custom_vocabulary_config": {"vocabulary": list(request.keywords)},
        }
    return session


class GladiaStream(StreamingEar):
    """One call's ear."""

    def begin(self) -> None:
        """The session is open already."""
        self.is_ready()

    def ask_for_final(self) -> None:
        """Let it hear the utterance end."""
        self.pad(_ENDING_MS)

    def say_goodbye(self) -> None:
        """No more audio comes."""
        self.put({"type": "stop_recording"})

    def on_message(self, message: dict[str, Any]) -> None:
        """Take one message of Gladia's."""
        kind = message["type"]
        if kind == "transcript":
            self._transcript(message["data"])
        elif kind == "speech_start":
            self.emit(SpeechStarted(self.at_ms(message["data"]["time"] * 1000)))
        elif kind == "error":
            error = message.get("error") or message.get("data") or {}
            status = int(error.get("status_code") or error.get("code") or 500)
            self.on_lost(faults.of_status(self.provider, status, orjson.dumps(error)))

    def _transcript(self, data: dict[str, Any]) -> None:
        said, is_final = data["utterance"], data["is_final"]
        text = said["text"].strip()
        if text:
            self.words_due = not is_final
            words = said.get("words") or ()
            self.emit(
                Transcript(
                    text,
                    is_final,
                    is_final and self.request.endpointing_ms is not None,
                    self.at_ms(said["start"] * 1000),
                    self.at_ms(said["end"] * 1000),
                    said.get("confidence", 1.0),
                    tuple(map(self._word, words)) if is_final else (),
                    said.get("language") or "",
                )
            )
        if is_final:
            self.finalized()

    def _word(self, word: dict[str, Any]) -> Word:
        return Word(
            word["word"].strip(),
            self.at_ms(word["start"] * 1000),
            self.at_ms(word["end"] * 1000),
            word.get("confidence", 1.0),
        )


class Gladia(StreamingEars):
    """A ``SpeechToText``."""

    stream = GladiaStream
    default_model = DEFAULT_MODEL

    def headers_of_socket(self) -> dict[str, str]:
        """Return none: the address that a session was given is its key."""
        return {}

    async def address(self, stream: GladiaStream, until: float) -> str:
        """Begin a session, and return its own address."""
        within = until - stream.loop.time()
        async with web.request(
            self.account,
            "POST",
            f"{self.account.http_url}/v2/live",
            headers=self.headers,
            within=within,
            body=orjson.dumps(_session(stream, stream.model)),
        ) as reply:
            answer = await reply.json(within=within)
        url = answer.get("url") if isinstance(answer, dict) else None
        if not isinstance(url, str):
            raise faults.garbage(self.account.provider)
        return url
