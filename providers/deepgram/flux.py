"""Deepgram's recogniser that takes turns by itself (Flux).

https://developers.deepgram.com/reference/speech-to-text/listen-flux (2026-11). When our
own rules end turns, Flux is told never to, and each ``finalize`` forces an end.
"""

import asyncio
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from providers import limits, wire
from providers.account import Account
from providers.deepgram.socket import ENCODINGS, Ear, headers
from providers.ports import (
    Finalized,
    SpeechStarted,
    SttEvent,
    SttRequest,
    Transcript,
    Word,
)

_NEVER = [("eot_threshold", "1.0"), ("eot_timeout_ms", "30000")]
_ANSWER = 1.5  # s to the end of a turn that was forced
_NO_ANSWER = 0.25  # s, when no turn is going on


async def open_stream(
    account: Account,
    request: SttRequest,
    model: str,
    on_event: Callable[[SttEvent], None],
) -> "FluxStream":
    """Open a stream within the connect limit, or raise ProviderError."""
    stream = FluxStream(request, on_event)
    stream.attach(
        await wire.connect(
            account,
            f"{account.socket_url}/v2/listen?{urlencode(_query(request, model))}",
            headers(account),
            within=limits.STT_CONNECT,
            on_message=stream.on_message,
            on_lost=stream.on_lost,
        )
    )
    return stream


def _query(request: SttRequest, model: str) -> list[tuple[str, str]]:
    query = [
        ("model", model),
        ("encoding", ENCODINGS[request.format.encoding]),
        ("sample_rate", str(request.format.sample_rate)),
    ]
    if model == "flux-general-multi":
        query.append(("language_hint", request.language.split("-")[0]))
    if request.endpointing_ms is None:
        query += _NEVER
    else:
        query += [
            (name, str(request.options[name]))
            for name in ("eot_threshold", "eot_timeout_ms")
            if name in request.options
        ]
    return query + [("keyterm", word) for word in request.keywords]


class FluxStream(Ear):
    """One call's ear."""

    def __init__(
        self, request: SttRequest, on_event: Callable[[SttEvent], None]
    ) -> None:
        super().__init__(request.format, on_event)
        self._endpoints = request.endpointing_ms is not None
        self._in_turn = False
        self._finalizing = 0  # finalize() calls not yet answered
        self._patience: asyncio.TimerHandle | None = None

    def finalize(self) -> None:
        """Force the turn to end."""
        if self.closed:
            return
        self.command("ForceEndTurn")
        self._finalizing += 1
        if self._patience is None:
            wait = _ANSWER if self._in_turn else _NO_ANSWER
            self._patience = self.loop.call_later(wait, self._finalized)

    def on_message(self, message: dict[str, Any]) -> None:
        """Take one message of Deepgram's."""
        kind = message["type"]
        if kind == "TurnInfo":
            self._turn(message)
        elif kind in ("Error", "FatalError"):
            self.failed(message)

    def _turn(self, message: dict[str, Any]) -> None:
        event = message["event"]
        ended = event == "EndOfTurn"
        self._in_turn = not ended and (event != "Update" or bool(message["transcript"]))
        if event == "StartOfTurn":
            self._emit(SpeechStarted(round(message["audio_window_start"] * 1000)))
        if message["transcript"] or (ended and self._endpoints):
            self._emit(_transcript(message, ended, ended and self._endpoints))
        if ended:
            self._finalized()

    def _finalized(self) -> None:
        self._stop_timers()
        answers, self._finalizing = self._finalizing, 0
        for _ in range(answers):
            if not self.closed:
                self._emit(Finalized())

    def _stop_timers(self) -> None:
        if self._patience:
            self._patience.cancel()
            self._patience = None


def _transcript(message: dict[str, Any], final: bool, ends_turn: bool) -> Transcript:
    found = message.get("words") or ()
    odds = [word.get("confidence", 1.0) for word in found]
    return Transcript(
        message["transcript"],
        final,
        ends_turn,
        round(message["audio_window_start"] * 1000),
        round(message["audio_window_end"] * 1000),
        sum(odds) / len(odds) if odds else 1.0,
        tuple(_word(word) for word in found if final and "start" in word),
        (message.get("languages") or ("",))[0],
    )


def _word(word: dict[str, Any]) -> Word:
    return Word(
        word["word"],
        round(word["start"] * 1000),
        round(word["end"] * 1000),
        word.get("confidence", 1.0),
    )
