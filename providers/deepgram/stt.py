"""Deepgram's live recogniser (Nova).

https://developers.deepgram.com/reference/speech-to-text/listen-streaming (2026-11).
"""

import asyncio
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from providers import faults, limits, wire
from providers.account import Account
from providers.deepgram import flux
from providers.deepgram.socket import ENCODINGS, Ear, headers
from providers.ports import (
    Finalized,
    SpeechStarted,
    SttCapabilities,
    SttEvent,
    SttRequest,
    SttStream,
    Transcript,
    Word,
)
from providers.wire import Wire

DEFAULT_MODEL = "nova-3"
_MULTILINGUAL = "nova-3-multilingual"  # the catalogue's name for nova-3 with "multi"
_KEEP_ALIVE = 3.0  # s; Deepgram hangs up after 10 s without audio
# Finalize is answered only when "a noticeable amount of audio" was waiting, so the wait
# must end without an answer, too (docs/finalize, seen 2026-11).
_ANSWER = 1.5  # s, when words heard so far are not final
_NO_ANSWER = 0.25  # s, when none are
_COVERED_MS = 250  # of audio not yet final that cannot hold a word more
_MUTE_MS = 1_500  # of audio without any result, though silence has results, too
_OPTIONS = ("smart_format", "numerals", "profanity_filter", "filler_words", "dictation")


def build(account: Account) -> "Deepgram":
    """Return the recogniser; no connection is made yet."""
    return Deepgram(account)


class Deepgram:
    """A ``SpeechToText``."""

    capabilities = SttCapabilities()

    def __init__(self, account: Account) -> None:
        self._account = account
        self._headers = headers(account)

    async def open(
        self, request: SttRequest, on_event: Callable[[SttEvent], None]
    ) -> SttStream:
        """Open a stream; Flux models have a protocol of their own."""
        model = request.model or self._account.model or DEFAULT_MODEL
        if model.startswith("flux"):
            return await flux.open_stream(self._account, request, model, on_event)
        stream = NovaStream(request, on_event)
        stream.attach(
            await wire.connect(
                self._account,
                f"{self._account.socket_url}/v1/listen?{urlencode(_query(request, model))}",
                self._headers,
                within=limits.STT_CONNECT,
                on_message=stream.on_message,
                on_lost=stream.on_lost,
            )
        )
        return stream


def _query(request: SttRequest, model: str) -> list[tuple[str, str]]:
    multilingual = model == _MULTILINGUAL
    query = [
        ("model", "nova-3" if multilingual else model),
        ("language", "multi" if multilingual else request.language),
        ("encoding", ENCODINGS[request.format.encoding]),
        ("sample_rate", str(request.format.sample_rate)),
        ("channels", "1"),
        ("interim_results", "true"),
        ("punctuate", "true"),
    ]
    if request.endpointing_ms is None:
        # The shortest pause makes finals come early; our own rules end the turn.
        query += [("endpointing", "10"), ("vad_events", "false")]
    else:
        query += [("endpointing", str(request.endpointing_ms)), ("vad_events", "true")]
        query += [("utterance_end_ms", "1000")]
    named = "keyterm" if query[0][1].startswith("nova-3") else "keywords"
    query += [(named, word) for word in request.keywords]
    for name in _OPTIONS:
        if request.options.get(name) is not None:
            query.append((name, str(request.options[name]).lower()))
    return query


class NovaStream(Ear):
    """One call's ear."""

    def __init__(
        self, request: SttRequest, on_event: Callable[[SttEvent], None]
    ) -> None:
        super().__init__(request.format, on_event)
        self._endpoints = request.endpointing_ms is not None
        self._final_to_ms = 0  # all audio before it is transcribed for good
        self._told_to_ms = 0  # all audio before it has had some result
        self._finalizing = 0  # finalize() calls not yet answered
        self._spoke_since_end = False
        self._words_due = False  # heard, and not final yet
        self._answered_at = self.loop.time()
        self._idle: asyncio.TimerHandle | None = None
        self._patience: asyncio.TimerHandle | None = None

    def attach(self, wire: Wire) -> None:
        """Start sending, and keep the stream open."""
        super().attach(wire)
        self._idle = self.loop.call_later(_KEEP_ALIVE, self._keep_alive)

    def finalize(self) -> None:
        """Ask for what is left; Deepgram may have nothing left to say."""
        if self.closed:
            return
        self.command("Finalize")
        self._finalizing += 1
        wait = _ANSWER if self._words_due else _NO_ANSWER
        if self.sent_ms - self._final_to_ms <= _COVERED_MS:
            wait = 0
        # A vendor that has said nothing for so long must not pass for one that heard
        # nothing: whoever waits for an answer gives it up.
        is_mute = self.sent_ms - self._told_to_ms > _MUTE_MS
        if self._patience is None and not is_mute:
            self._patience = self.loop.call_later(wait, self._finalized)

    def on_message(self, message: dict[str, Any]) -> None:
        """Take one message of Deepgram's."""
        self._answered_at = self.loop.time()
        kind = message["type"]
        if kind == "Results":
            self._results(message)
        elif kind == "SpeechStarted":
            self._emit(SpeechStarted(round(message.get("timestamp", 0) * 1000)))
        elif kind == "UtteranceEnd":
            self._utterance_end(message)
        elif kind == "Error":
            self.failed(message)

    def _results(self, message: dict[str, Any]) -> None:
        heard = message["channel"]["alternatives"][0]
        is_final = message["is_final"]
        ends_turn = self._endpoints and message["speech_final"]
        start_ms = round(message["start"] * 1000)
        end_ms = start_ms + round(message["duration"] * 1000)
        self._told_to_ms = max(self._told_to_ms, end_ms)
        if self._finalizing and self._patience is None:
            self._patience = self.loop.call_later(_ANSWER, self._finalized)
        if heard["transcript"]:
            self._words_due = True
            self._spoke_since_end = not ends_turn
            self._emit(_transcript(heard, is_final, ends_turn, start_ms, end_ms))
        elif ends_turn and self._spoke_since_end:
            self._spoke_since_end = False
            self._emit(Transcript("", True, True, start_ms, end_ms))
        if is_final:
            self._words_due = False
            self._final_to_ms = max(self._final_to_ms, end_ms)
        if message.get("from_finalize"):
            self._finalized()

    def _utterance_end(self, message: dict[str, Any]) -> None:
        """End a turn that noise kept ``speech_final`` from ending."""
        if self._endpoints and self._spoke_since_end:
            self._spoke_since_end = False
            at_ms = round(max(0, message.get("last_word_end", 0)) * 1000)
            self._emit(Transcript("", True, True, at_ms, at_ms))

    def _finalized(self) -> None:
        if self._patience:
            self._patience.cancel()
            self._patience = None
        answers, self._finalizing = self._finalizing, 0
        for _ in range(answers):
            if not self.closed:
                self._emit(Finalized())

    def _keep_alive(self) -> None:
        """Keep a stream without audio open; give up one that no longer answers.

        Deepgram sends results of silence, too, about once a second.
        """
        if self.idle_for() >= _KEEP_ALIVE:
            self._answered_at = self.loop.time()
            self.command("KeepAlive")
        elif self.loop.time() - self._answered_at > limits.STT_SILENCE:
            self.on_lost(faults.late("deepgram", "no results of the audio sent"))
            return
        self._idle = self.loop.call_later(_KEEP_ALIVE, self._keep_alive)

    def _stop_timers(self) -> None:
        if self._idle:
            self._idle.cancel()
        if self._patience:
            self._patience.cancel()
            self._patience = None


def _transcript(
    heard: dict[str, Any], is_final: bool, ends_turn: bool, start_ms: int, end_ms: int
) -> Transcript:
    words = tuple(map(_word, heard.get("words") or ())) if is_final else ()
    return Transcript(
        heard["transcript"],
        is_final,
        ends_turn,
        start_ms,
        end_ms,
        heard.get("confidence", 1.0),
        words,
        (heard.get("languages") or ("",))[0],
    )


def _word(word: dict[str, Any]) -> Word:
    return Word(
        word.get("punctuated_word") or word["word"],
        round(word["start"] * 1000),
        round(word["end"] * 1000),
        word.get("confidence", 1.0),
    )
