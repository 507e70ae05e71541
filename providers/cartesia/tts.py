"""Cartesia's voices over one WebSocket with a context for each utterance.

https://docs.cartesia.ai/api-reference/tts/websocket and
https://docs.cartesia.ai/use-the-api/tts-websocket/contexts (2026-11).
"""

import asyncio
from binascii import a2b_base64
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from providers import limits, wire
from providers.account import Account
from providers.errors import ProviderError, Refused, Unavailable
from providers.ports import (
    Alignment,
    Audio,
    Failed,
    SpokenWord,
    TtsCapabilities,
    TtsEvent,
    TtsRequest,
    TtsStream,
    UtteranceDone,
    UtteranceFailed,
)
from providers.redial import Dial, Redial

DEFAULT_MODEL = "sonic-3.5"
DEFAULT_VOICE = "a0e99841-438c-4a64-b679-ae501e7d6091"
_VERSION = "2025-04-16"
_ENCODINGS = {"pcm_s16le": "pcm_s16le", "mulaw": "pcm_mulaw", "alaw": "pcm_alaw"}
# A context expires 1 s after its last audio; text for it must then go into a new one.
_EXPIRES = 0.8  # s


def build(account: Account) -> "Cartesia":
    """Return the voice engine; no connection is made yet."""
    return Cartesia(account)


class Cartesia:
    """A ``TextToSpeech``."""

    capabilities = TtsCapabilities(alignment=True)

    def __init__(self, account: Account) -> None:
        self._account = account
        self._headers = {
            "X-API-Key": account.secret(),
            "Cartesia-Version": _VERSION,
        }

    async def open(
        self, request: TtsRequest, on_event: Callable[[TtsEvent], None]
    ) -> TtsStream:
        """Open a stream."""
        model = request.model or self._account.model or DEFAULT_MODEL
        stream = CartesiaStream(request, model, on_event)

        async def dial(on_lost: Callable[[ProviderError], None]) -> wire.Wire:
            return await wire.connect(
                self._account,
                f"{self._account.socket_url}/tts/websocket?cartesia_version={_VERSION}",
                self._headers,
                within=limits.TTS_CONNECT,
                on_message=stream.on_message,
                on_lost=on_lost,
            )

        await stream.connect(dial)
        return stream


@dataclass(slots=True)
class _Utterance:
    """An utterance being made."""

    context: str
    number: int = 0  # of contexts used before this one
    ended: bool = False  # no more text will come
    last_audio: float = 0.0  # loop time; 0: none yet, or text is still to be spoken
    made_ms: float = 0.0  # audio of all contexts
    before_ms: float = 0.0  # of it, audio of earlier contexts


class CartesiaStream:
    """One call's mouth."""

    def __init__(
        self, request: TtsRequest, model: str, on_event: Callable[[TtsEvent], None]
    ) -> None:
        self._emit = on_event
        self._loop = asyncio.get_running_loop()
        self._bytes_a_ms = request.format.bytes_per_ms
        self._common = _common(request, model)
        self._utterances: dict[str, _Utterance] = {}
        self._of_context: dict[str, str] = {}
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
        known = self._utterances.get(utterance)
        if known is None:
            if not text.strip():
                if not more:
                    self._emit(UtteranceDone(utterance))
                return
            known = self._utterances[utterance] = _Utterance(utterance)
            self._of_context[utterance] = utterance
        elif text.strip() and self._has_expired(known):
            self._renew(utterance, known)
        known.ended = not more
        if text.strip():
            known.last_audio = 0.0
        self._line.send(
            self._common
            | {
                # Pieces are joined as they are, so the space between them must be sent.
                "transcript": f"{text.rstrip()} " if text.strip() else "",
                "context_id": known.context,
                "continue": more,
            }
        )

    def cancel(self, utterance: str) -> None:
        """Stop making an utterance."""
        if known := self._utterances.pop(utterance, None):
            self._of_context.pop(known.context, None)
            self._line.send({"context_id": known.context, "cancel": True})

    def close(self) -> None:
        """End the stream."""
        self._closed = True
        self._utterances.clear()
        self._line.close()

    def on_message(self, message: dict[str, Any]) -> None:
        """Take one message of Cartesia's; what is of no known context was cancelled."""
        context = message.get("context_id") or ""
        utterance = self._of_context.get(context)
        if utterance is None:
            if message["type"] == "error" and not context:
                self._lost(_failure(message))
            return
        known = self._utterances[utterance]
        match message["type"]:
            case "chunk":
                self._chunk(utterance, known, a2b_base64(message["data"]))
            case "timestamps":
                self._timestamps(utterance, known, message["word_timestamps"])
            case "done":
                if known.ended:
                    self._forget(utterance)
                    self._emit(UtteranceDone(utterance))
            case "error":
                self._forget(utterance)
                self._emit(UtteranceFailed(utterance, _failure(message)))

    def _chunk(self, utterance: str, known: _Utterance, data: bytes) -> None:
        known.last_audio = self._loop.time()
        known.made_ms += len(data) / self._bytes_a_ms
        self._emit(Audio(utterance, data))

    def _timestamps(
        self, utterance: str, known: _Utterance, found: dict[str, Any]
    ) -> None:
        words = tuple(
            SpokenWord(
                text,
                round(known.before_ms + start * 1000),
                round(known.before_ms + end * 1000),
            )
            for text, start, end in zip(
                found["words"], found["start"], found["end"], strict=True
            )
        )
        if words:
            self._emit(Alignment(utterance, words))

    def _has_expired(self, known: _Utterance) -> bool:
        return bool(known.last_audio) and (
            self._loop.time() - known.last_audio > _EXPIRES
        )

    def _renew(self, utterance: str, known: _Utterance) -> None:
        self._of_context.pop(known.context, None)
        known.number += 1
        known.context = f"{utterance}~{known.number}"
        known.before_ms = known.made_ms
        self._of_context[known.context] = utterance

    def _forget(self, utterance: str) -> None:
        known = self._utterances.pop(utterance)
        self._of_context.pop(known.context, None)

    def _lost(self, error: ProviderError) -> None:
        if self._closed:
            return
        self.close()
        self._emit(Failed(error))


def _common(request: TtsRequest, model: str) -> dict[str, Any]:
    common: dict[str, Any] = {
        "model_id": model,
        "voice": {"mode": "id", "id": request.voice or DEFAULT_VOICE},
        "language": request.language.split("-")[0],
        "output_format": {
            "container": "raw",
            "encoding": _ENCODINGS[request.format.encoding],
            "sample_rate": request.format.sample_rate,
        },
        "add_timestamps": True,
        "max_buffer_delay_ms": 0,  # whole sentences come; waiting for more helps nobody
    }
    if request.speed != 1.0:
        common["generation_config"] = {"speed": min(1.5, max(0.6, request.speed))}
    return common


def _failure(message: dict[str, Any]) -> ProviderError:
    words = message.get("message") or message.get("error") or message.get("title") or ""
    status = message.get("status_code") or 500
    permanent = 400 <= status < 500 and status != 429
    return (Refused if permanent else Unavailable)(
        f"Cartesia: {str(words)[:200]}", provider="cartesia", status=status
    )
