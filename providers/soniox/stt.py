"""Soniox's realtime recogniser over a socket.

https://soniox.com/docs/api-reference/stt/websocket-api and
/stt/real-time-API/manual-finalization (2026-11). Words come in pieces; a final piece
comes once, and ``<fin>`` or ``<end>`` behind the last of an utterance.
"""

import asyncio
from typing import Any

import orjson

from providers import faults
from providers.account import Account
from providers.ports import (
    Transcript,
    Word,
)
from providers.streaming_ear import StreamingEar, StreamingEars

DEFAULT_MODEL = "stt-rt-v5"
_MARKS = ("<fin>", "<end>")
_IDEOGRAPHS = "\u2e80"  # the first of the scripts of East Asia
_KEEP_ALIVE = 10.0  # s; it hangs up after 20 without audio


def build(account: Account) -> "Soniox":
    """Return the recogniser; no connection is made yet."""
    return Soniox(account, {"Authorization": f"Bearer {account.secret()}"})


class SonioxStream(StreamingEar):
    """One call's ear."""

    def begin(self) -> None:
        """Say how to listen; nothing is answered before there are words."""
        request = self.request
        start: dict[str, Any] = {
            "model": self.model,
            "audio_format": self.format.encoding,
            "sample_rate": self.format.sample_rate,
            "num_channels": 1,
            "enable_endpoint_detection": request.endpointing_ms is not None,
        }
        if language := request.language.split("-")[0]:
            start["language_hints"] = [language]
        if request.keywords:
            start["context"] = {"terms": list(request.keywords)}
        self._final: list[dict[str, Any]] = []  # pieces of the utterance
        self._idle: asyncio.TimerHandle | None = None
        self.put(start)
        self.is_ready()
        self._keep_alive()

    def _keep_alive(self) -> None:
        if self.closed:
            return
        self._idle = self.loop.call_later(_KEEP_ALIVE, self._keep_alive)
        if self._sent:
            self.put({"type": "keepalive"})

    def ask_for_final(self) -> None:
        """Bring what is left."""
        self.put({"type": "finalize"})

    def say_goodbye(self) -> None:
        """An empty message ends the stream."""
        self.flush()
        if self.wire:
            self.wire.send_text(b"")

    def close(self) -> None:
        """End the stream."""
        super().close()
        if self._idle:
            self._idle.cancel()

    def on_message(self, message: dict[str, Any]) -> None:
        """Take one message of Soniox's."""
        if code := message.get("error_code"):
            self.on_lost(
                faults.of_status(
                    self.provider,
                    int(code),
                    orjson.dumps({"message": message.get("error_message", "")}),
                )
            )
            return
        tentative = []
        for piece in message.get("tokens") or ():
            if piece["text"] in _MARKS:
                self._end(piece["text"])
            elif piece["is_final"]:
                self._final.append(piece)
            else:
                tentative.append(piece)
        if pieces := [*self._final, *tentative]:
            self.words_due = True
            self._tell_words(pieces, is_final=False, ends_turn=False)

    def _end(self, mark: str) -> None:
        if pieces := self._final:
            self._final = []
            self.words_due = False
            self._tell_words(pieces, is_final=True, ends_turn=mark == "<end>")
        if mark == "<fin>":
            self.finalized()

    def _tell_words(
        self, pieces: list[dict[str, Any]], *, is_final: bool, ends_turn: bool
    ) -> None:
        text = "".join(piece["text"] for piece in pieces).strip()
        if text:
            self.emit(
                Transcript(
                    text,
                    is_final,
                    ends_turn,
                    self.at_ms(pieces[0].get("start_ms", 0)),
                    self.at_ms(pieces[-1].get("end_ms", 0)),
                    min(piece.get("confidence", 1.0) for piece in pieces),
                    tuple(map(self._word, _words(pieces))) if is_final else (),
                    pieces[-1].get("language") or "",
                )
            )

    def _word(self, pieces: list[dict[str, Any]]) -> Word:
        return Word(
            "".join(piece["text"] for piece in pieces).strip(),
            self.at_ms(pieces[0].get("start_ms", 0)),
            self.at_ms(pieces[-1].get("end_ms", 0)),
            min(piece.get("confidence", 1.0) for piece in pieces),
        )


def _words(pieces: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """Join what belongs to one word: a word begins with a space, or with a character of
    a script that has none."""
    words: list[list[dict[str, Any]]] = []
    for piece in pieces:
        first = piece["text"][:1]
        if not words or first.isspace() or first >= _IDEOGRAPHS:
            words.append([])
        words[-1].append(piece)
    return words


class Soniox(StreamingEars):
    """A ``SpeechToText``."""

    stream = SonioxStream
    default_model = DEFAULT_MODEL

    async def address(self, stream: StreamingEar, until: float) -> str:
        """Return the address."""
        return f"{self.account.socket_url}/transcribe-websocket"
