"""Deepgram's voices (Aura) over a WebSocket with one queue of speech.

https://developers.deepgram.com/reference/text-to-speech/speak-streaming (2026-11).
Audio comes without a name: it belongs to the oldest text that is not flushed yet. To
stop one utterance all is cleared, and what others had queued is sent again.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from providers import limits, wire
from providers.account import Account
from providers.deepgram.socket import ENCODINGS, headers
from providers.errors import ProviderError, Unavailable
from providers.ports import (
    Audio,
    Failed,
    TtsCapabilities,
    TtsEvent,
    TtsRequest,
    TtsStream,
    UtteranceDone,
)
from providers.redial import Dial, Redial

DEFAULT_VOICE = "aura-2-thalia-en"


def build(account: Account) -> "Aura":
    """Return the voice engine; no connection is made yet."""
    return Aura(account)


class Aura:
    """A ``TextToSpeech``."""

    capabilities = TtsCapabilities()

    def __init__(self, account: Account) -> None:
        self._account = account
        self._headers = headers(account)

    async def open(
        self, request: TtsRequest, on_event: Callable[[TtsEvent], None]
    ) -> TtsStream:
        """Open a stream."""
        stream = AuraStream(on_event)
        url = f"{self._account.socket_url}/v1/speak?{urlencode(_query(request))}"

        async def dial(on_lost: Callable[[ProviderError], None]) -> wire.Wire:
            return await wire.connect(
                self._account,
                url,
                self._headers,
                within=limits.TTS_CONNECT,
                on_message=stream.on_message,
                on_lost=on_lost,
                on_audio=stream.on_audio,
            )

        await stream.connect(dial)
        return stream


def _query(request: TtsRequest) -> dict[str, str]:
    query = {
        # The voice is the model: its name holds generation and language.
        "model": request.voice or DEFAULT_VOICE,
        "encoding": ENCODINGS[request.format.encoding],
        "sample_rate": str(request.format.sample_rate),
    }
    if request.speed != 1.0:
        query["speed"] = f"{min(1.5, max(0.7, request.speed)):.2f}"
    return query


@dataclass(slots=True)
class _Piece:
    """Text up to one flush."""

    utterance: str
    text: str
    ends: bool  # the utterance
    flushed: bool = False  # asked to be


class AuraStream:
    """One call's mouth."""

    def __init__(self, on_event: Callable[[TtsEvent], None]) -> None:
        self._emit = on_event
        self._pieces: deque[_Piece] = deque()
        self._begun: set[str] = set()  # utterances with a flush already
        self._clearing = False
        self._closed = False
        self._line: Redial

    async def connect(self, dial: Dial) -> None:
        """Connect for the first time."""
        self._line = Redial(
            dial, is_needed=lambda: bool(self._pieces), on_lost=self._lost
        )
        await self._line.open()

    def say(self, utterance: str, text: str, *, more: bool) -> None:
        """Speak a piece of an utterance.

        Flushes are rationed (20 a minute): one for the first words, one for the end.
        """
        if self._closed:
            return
        text = text.strip()
        last = self._pieces[-1] if self._pieces else None
        if last and last.utterance == utterance and not last.flushed:
            piece, last.text = last, f"{last.text} {text}".strip()
            piece.ends = not more
        else:
            piece = _Piece(utterance, text, ends=not more)
            self._pieces.append(piece)
        piece.flushed = not more or (bool(text) and utterance not in self._begun)
        self._begun.add(utterance)
        if not self._clearing:
            self._send(text, piece)

    def _send(self, text: str, piece: _Piece) -> None:
        if text:
            self._line.send({"type": "Speak", "text": f"{text} "})
        if piece.flushed and piece.text:
            self._line.send({"type": "Flush"})
        elif piece.flushed:
            self._skip_empty()

    def cancel(self, utterance: str) -> None:
        """Clear everything; what others had queued is sent again."""
        kept = deque(p for p in self._pieces if p.utterance != utterance)
        if len(kept) == len(self._pieces):
            return
        self._pieces = kept
        self._begun.discard(utterance)
        if not self._clearing:
            self._clearing = True
            self._line.send({"type": "Clear"})

    def close(self) -> None:
        """End the stream."""
        self._closed = True
        self._pieces.clear()
        self._line.close(last={"type": "Close"})

    def on_audio(self, data: bytes) -> None:
        """Take audio of the oldest piece."""
        if self._pieces and not self._clearing and not self._closed:
            self._emit(Audio(self._pieces[0].utterance, data))

    def on_message(self, message: dict[str, Any]) -> None:
        """Take one message of Deepgram's."""
        kind = message["type"]
        if kind == "Flushed" and not self._clearing:
            self._flushed()
        elif kind == "Cleared":
            self._cleared()
        elif kind == "Error":
            words = message.get("description") or message.get("err_msg") or ""
            self._lost(Unavailable(f"Deepgram: {words[:200]}", provider="deepgram"))

    def _flushed(self) -> None:
        if self._pieces:
            self._done(self._pieces.popleft())
        self._skip_empty()

    def _skip_empty(self) -> None:
        """End what has no text: Deepgram would not answer a flush of nothing."""
        while self._pieces and self._pieces[0].flushed and not self._pieces[0].text:
            self._done(self._pieces.popleft())

    def _done(self, piece: _Piece) -> None:
        if piece.ends and not self._closed:
            self._begun.discard(piece.utterance)
            self._emit(UtteranceDone(piece.utterance))

    def _cleared(self) -> None:
        self._clearing = False
        for piece in list(self._pieces):
            self._send(piece.text, piece)

    def _lost(self, error: ProviderError) -> None:
        if self._closed:
            return
        self.close()
        self._emit(Failed(error))
