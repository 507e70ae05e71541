"""A vendor that reads from a script: tests, demos, and evals that must not vary.

The script is ``credentials["script"]``, a line for each thing heard or replied. A reply
line ``{name} {"json": "arguments"}`` in braces is a tool call. Nothing is timed:
answers come on the loop's next turn.
"""

import asyncio
import math
import re
from array import array
from collections.abc import AsyncIterator, Callable, Sequence

import orjson

from providers import audio
from providers.account import Account
from providers.errors import Unavailable
from providers.ports import (
    Alignment,
    Audio,
    Finalized,
    LlmCapabilities,
    LlmEvent,
    LlmRequest,
    SpokenWord,
    SttCapabilities,
    SttEvent,
    SttRequest,
    TextDelta,
    ToolCall,
    Transcript,
    TtsCapabilities,
    TtsEvent,
    TtsRequest,
    Usage,
    UtteranceDone,
)

_WORD_MS = 300
_TONE = 220  # Hz
_TOOL = re.compile(r"^\{(\w+)\}\s*(\{.*\})?$")


def _lines(account: Account) -> list[str]:
    script = account.credentials.get("script", "")
    return [line.strip() for line in script.splitlines() if line.strip()]


# ---------------------------------------------------------------- hearing


def speech_to_text(account: Account) -> "ScriptedSpeechToText":
    """Return a recogniser that hears the script."""
    return ScriptedSpeechToText(_lines(account))


class ScriptedSpeechToText:
    """Hears the next line each time a segment with audio is finalized."""

    capabilities = SttCapabilities(partials=False, segmented=True)

    def __init__(self, lines: Sequence[str]) -> None:
        self._lines = list(lines)

    async def open(
        self, request: SttRequest, on_event: Callable[[SttEvent], None]
    ) -> "ScriptedEar":
        """Open a stream that begins with the first line."""
        return ScriptedEar(self._lines, request, on_event)


class ScriptedEar:
    """One call's ear."""

    def __init__(
        self,
        lines: Sequence[str],
        request: SttRequest,
        on_event: Callable[[SttEvent], None],
    ) -> None:
        self._lines = iter(lines)
        self._bytes_a_ms = request.format.bytes_per_ms
        self._emit = on_event
        self._sent = self._heard_to = 0  # bytes
        self._closed = False

    def send(self, audio: bytes) -> None:
        """Count audio; what it holds does not matter."""
        self._sent += len(audio)

    def finalize(self) -> None:
        """Hear the next line."""
        asyncio.get_running_loop().call_soon(self._hear, self._sent)

    def close(self) -> None:
        """End the stream."""
        self._closed = True

    def _hear(self, end: int) -> None:
        start, self._heard_to = self._heard_to, end
        if self._closed:
            return
        if end > start and (line := next(self._lines, "")):
            times = start // self._bytes_a_ms, end // self._bytes_a_ms
            self._emit(Transcript(line, True, start_ms=times[0], end_ms=times[1]))
        if not self._closed:
            self._emit(Finalized())


# ---------------------------------------------------------------- thinking


def language_model(account: Account) -> "ScriptedLanguageModel":
    """Return a model that replies by the script."""
    return ScriptedLanguageModel(_lines(account))


class ScriptedLanguageModel:
    """Replies with the line whose number is that of the messages from our side."""

    capabilities = LlmCapabilities(scripted=True)

    def __init__(self, lines: Sequence[str]) -> None:
        self._lines = list(lines)

    async def prewarm(self, request: LlmRequest | None = None) -> None:
        """Do nothing."""

    async def reply(self, request: LlmRequest) -> AsyncIterator[LlmEvent]:
        """Give the next line, word by word."""
        number = sum(message.role == "assistant" for message in request.messages)
        if number >= len(self._lines):
            raise Unavailable("The script has no more lines.", provider="scripted")
        line = self._lines[number]
        if match := _TOOL.match(line):
            arguments = orjson.loads(match.group(2) or b"{}")
            yield ToolCall(f"scripted-{number}", match.group(1), arguments)
        else:
            for word in re.findall(r"\S+\s*", line):
                yield TextDelta(word)
        asked = sum(len(message.text.split()) for message in request.messages)
        yield Usage(asked, len(line.split()))


# ---------------------------------------------------------------- speaking


def text_to_speech(account: Account) -> "ScriptedTextToSpeech":
    """Return a voice that hums."""
    return ScriptedTextToSpeech()


class ScriptedTextToSpeech:
    """Hums 300 ms for each word, and says when each is heard."""

    capabilities = TtsCapabilities(alignment=True)

    async def open(
        self, request: TtsRequest, on_event: Callable[[TtsEvent], None]
    ) -> "ScriptedMouth":
        """Open a stream."""
        return ScriptedMouth(request, on_event)


class ScriptedMouth:
    """One call's mouth."""

    def __init__(
        self, request: TtsRequest, on_event: Callable[[TtsEvent], None]
    ) -> None:
        self._hum = _hum(request)
        self._emit = on_event
        self._spoken: dict[str, int] = {}  # words of each utterance
        self._cancelled: set[str] = set()
        self._closed = False

    def say(self, utterance: str, text: str, *, more: bool) -> None:
        """Hum a piece."""
        loop = asyncio.get_running_loop()
        loop.call_soon(self._speak, utterance, text.split(), more)

    def cancel(self, utterance: str) -> None:
        """Stop humming this utterance."""
        self._cancelled.add(utterance)

    def close(self) -> None:
        """End the stream."""
        self._closed = True

    def _speak(self, utterance: str, words: list[str], more: bool) -> None:
        for word in words:
            if self._closed or utterance in self._cancelled:
                return
            at_ms = self._spoken.get(utterance, 0) * _WORD_MS
            self._spoken[utterance] = self._spoken.get(utterance, 0) + 1
            heard = SpokenWord(word, at_ms, at_ms + _WORD_MS)
            self._emit(Audio(utterance, self._hum))
            self._emit(Alignment(utterance, (heard,)))
        if not more and not self._closed and utterance not in self._cancelled:
            self._emit(UtteranceDone(utterance))


def _hum(request: TtsRequest) -> bytes:
    rate = request.format.sample_rate
    step = 2 * math.pi * _TONE / rate
    samples = array("h", (int(8000 * math.sin(step * n)) for n in range(rate * _WORD_MS // 1000)))  # fmt: skip
    return audio.encoded(samples.tobytes(), request.format.encoding)
