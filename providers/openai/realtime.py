"""OpenAI's models that hear and speak (Realtime API, general availability) over a socket.

https://developers.openai.com/api/reference/resources/realtime/client-events and
server-events (2026-11). The vendor finds where the caller's turns begin and end; whether
one is answered, and whether a reply stops, is said from here: its own detection cannot
tell "mm-hm" from a word. What the caller did not hear is cut off by
``conversation.item.truncate``.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import orjson

from providers import faults, wire
from providers.account import Account
from providers.errors import ProviderError, Refused, Unavailable
from providers.openai import dialects, realtime_words
from providers.ports import (
    CallerBegan,
    CallerEnded,
    CallerSaid,
    Expiring,
    Message,
    RealtimeCapabilities,
    RealtimeEvent,
    RealtimeRequest,
    RealtimeStream,
    ReplyDone,
    ReplyWords,
    ToolCall,
    ToolsWanted,
)
from providers.realtime import RealtimeSocket

DEFAULT_MODEL = "gpt-realtime"
_LONGEST_S = 60 * 60.0  # a session; then the vendor ends it
_RENEW_S = 5 * 60.0  # before that
_EXPIRED = "session_expired"
# Said of something that is over already: no harm.
_HARMLESS = frozenset({"response_cancel_not_active", "input_audio_buffer_commit_empty"})


def build(account: Account) -> "OpenAIRealtime":
    """Return the mind; no connection is made yet."""
    return OpenAIRealtime(account)


class OpenAIRealtime:
    """A ``RealtimeMind``."""

    capabilities = RealtimeCapabilities(led=True, speaks_in_tools=True)

    def __init__(self, account: Account) -> None:
        self._account = account
        self._headers = dialects.headers(account)

    async def open(
        self, request: RealtimeRequest, on_event: Callable[[RealtimeEvent], None]
    ) -> RealtimeStream:
        """Open a stream that is ready to listen."""
        stream = OpenAIStream(self._account.provider, request, on_event)
        until = stream.deadline()
        model = request.model or self._account.model or DEFAULT_MODEL
        socket = await wire.connect(
            self._account,
            f"{self._account.socket_url}/realtime?{urlencode({'model': model})}",
            self._headers,
            within=until - stream.loop.time(),
            on_message=stream.on_message,
            on_lost=stream.on_lost,
        )
        await stream.opened(socket, until)
        return stream


@dataclass(slots=True)
class _Part:
    """Sound of a reply that stands in one place of the vendor's conversation."""

    item: str
    index: int
    ms: float = 0.0


class OpenAIStream(RealtimeSocket):
    """One call's head."""

    def __init__(
        self,
        provider: str,
        request: RealtimeRequest,
        on_event: Callable[[RealtimeEvent], None],
    ) -> None:
        self._format = realtime_words.spoken(request.voice_format)
        super().__init__(
            provider,
            request,
            on_event,
            understood=realtime_words.spoken(request.format),
            spoken=self._format,
        )
        self._active = ""  # the reply under way
        self._asked = False  # for one that has not begun
        self._unwanted = False  # that one
        self._wanted: list[str] = []  # instructions for replies that must wait
        self._stopped: set[str] = set()
        self._parts: dict[str, list[_Part]] = {}
        self._heard: dict[str, str] = {}  # words of turns that are not final
        self._expiry: asyncio.TimerHandle | None = None

    def begin(self) -> None:
        """Say how to hold the session; the vendor answers when it does."""
        self._expiry = self.loop.call_later(
            _LONGEST_S - _RENEW_S, lambda: self.emit(Expiring(_RENEW_S))
        )
        self.put(
            {"type": "session.update", "session": realtime_words.session(self.request)}
        )

    # ---- ours

    def send(self, audio: bytes) -> None:
        """Send the caller's sound."""
        if not self.closed:
            self.put({"type": "input_audio_buffer.append", "audio": self.packed(audio)})

    def reply(self, instructions: str = "") -> None:
        """Ask for a reply; the vendor makes one at a time."""
        if self._active or self._asked:
            self._wanted.append(instructions)
            return
        self._asked = True
        message: dict[str, Any] = {"type": "response.create"}
        if instructions:
            message["response"] = {"instructions": instructions}
        self.put(message)

    def tell(self, text: str) -> None:
        """Add typed words to the conversation."""
        for item in realtime_words.items([Message("user", text)]):
            self.put({"type": "conversation.item.create", "item": item})

    def answer(self, call: ToolCall, result: str) -> None:
        """Add what a tool gave back."""
        item = realtime_words.output(call.id, result)
        self.put({"type": "conversation.item.create", "item": item})

    def stop(self, reply: str, heard_ms: int) -> None:
        """Stop a reply, and cut off what was not heard of it."""
        self._wanted.clear()
        self._unwanted = self._asked
        if not reply and not self._parts.get(self._active):
            reply = self._active
        if reply:
            self._end(reply, heard_ms)

    def _end(self, reply: str, heard_ms: int) -> None:
        if reply in self._stopped:
            return
        self._stopped.add(reply)
        self.drop_sound()
        if reply == self._active:
            self.put({"type": "response.cancel", "response_id": reply})
        left = float(heard_ms)
        for part in self._parts.pop(reply, ()):
            kept = max(0.0, min(left, part.ms))
            left -= part.ms
            if kept < part.ms:
                self.put(
                    {
                        "type": "conversation.item.truncate",
                        "item_id": part.item,
                        "content_index": part.index,
                        "audio_end_ms": int(kept),
                    }
                )

    def instruct(self, prompt: str) -> None:
        """Go on with another prompt."""
        self.put(
            {
                "type": "session.update",
                "session": {"type": "realtime", "instructions": prompt},
            }
        )

    def close(self) -> None:
        """End the stream."""
        if self._expiry:
            self._expiry.cancel()
        super().close()

    # ---- the vendor's

    def on_message(self, message: dict[str, Any]) -> None:
        """Take one event of the vendor's."""
        if handle := _HANDLERS.get(message["type"]):
            handle(self, message)

    def _updated(self, message: dict[str, Any]) -> None:
        if self.is_opening:
            for item in realtime_words.items(list(self.request.earlier)):
                self.put({"type": "conversation.item.create", "item": item})
            self.is_ready()

    def _began(self, message: dict[str, Any]) -> None:
        self.emit(CallerBegan())

    def _committed(self, message: dict[str, Any]) -> None:
        self.emit(CallerEnded(message["item_id"]))

    def _hearing(self, message: dict[str, Any]) -> None:
        turn = message["item_id"]
        self._heard[turn] = self._heard.get(turn, "") + message["delta"]
        self.emit(CallerSaid(turn, self._heard[turn].strip(), False))

    def _heard_out(self, message: dict[str, Any]) -> None:
        turn = message["item_id"]
        text = message.get("transcript") or self._heard.get(turn, "")
        self._heard.pop(turn, None)
        self.emit(CallerSaid(turn, text.strip(), True))

    def _replying(self, message: dict[str, Any]) -> None:
        self._asked = False
        self._active = message["response"]["id"]
        self._parts[self._active] = []
        if self._unwanted:
            self._unwanted = False
            self._end(self._active, 0)

    def _sound(self, message: dict[str, Any]) -> None:
        reply = message["response_id"]
        if reply in self._stopped:
            return
        parts = self._parts.setdefault(reply, [])
        place = message["item_id"], message["content_index"]
        if not parts or (parts[-1].item, parts[-1].index) != place:
            parts.append(_Part(*place))
        size = self.take_sound(reply, message["delta"])
        parts[-1].ms += size / self._format.bytes_per_ms

    def _words(self, message: dict[str, Any]) -> None:
        reply = message["response_id"]
        if reply not in self._stopped:
            self.emit(ReplyWords(reply, message["delta"]))

    def _done(self, message: dict[str, Any]) -> None:
        response = message["response"]
        reply, status = response["id"], response["status"]
        self._asked = False
        self._active = ""
        self.end_sound()
        if usage := response.get("usage"):
            self.emit(realtime_words.usage(usage))
        if status == "failed":
            self.on_lost(self._failure(response))
            return
        was_stopped = reply in self._stopped or status == "cancelled"
        calls = tuple(realtime_words.calls(response.get("output") or ()))
        self.emit(ReplyDone(reply, stopped=was_stopped))
        if calls and not was_stopped:
            self.emit(ToolsWanted(calls))
        if self._wanted and not self.closed:
            self.reply(self._wanted.pop(0))

    def _failure(self, response: dict[str, Any]) -> ProviderError:
        error = (response.get("status_details") or {}).get("error") or {}
        return self._explained(error)

    def _explained(self, error: dict[str, Any]) -> ProviderError:
        status = {
            "invalid_api_key": 401,
            "insufficient_quota": 402,
            "rate_limit_exceeded": 429,
        }.get(str(error.get("code") or error.get("type") or ""))
        if status:
            body = orjson.dumps({"error": error})
            return faults.of_status(self.provider, status, body)
        words = str(error.get("message") or "")[:200]
        is_ours = error.get("type") == "invalid_request_error"
        kind = Refused if is_ours and error.get("code") != _EXPIRED else Unavailable
        return kind(f"{self.provider}: {words}", provider=self.provider)

    def _error(self, message: dict[str, Any]) -> None:
        """While opening every error counts; later one may concern a single message."""
        error = message["error"]
        if error.get("code") in _HARMLESS:
            return
        told = self._explained(error)
        if self.is_opening or told.status or not told.permanent:
            self.on_lost(told)
        else:
            self._asked = self._unwanted = False  # it may have been the reply


_HANDLERS: dict[str, Callable[[OpenAIStream, dict[str, Any]], None]] = {
    "session.updated": OpenAIStream._updated,
    "input_audio_buffer.speech_started": OpenAIStream._began,
    "input_audio_buffer.committed": OpenAIStream._committed,
    "conversation.item.input_audio_transcription.delta": OpenAIStream._hearing,
    "conversation.item.input_audio_transcription.completed": OpenAIStream._heard_out,
    "conversation.item.input_audio_transcription.failed": OpenAIStream._heard_out,
    "response.created": OpenAIStream._replying,
    "response.output_audio.delta": OpenAIStream._sound,
    "response.output_audio_transcript.delta": OpenAIStream._words,
    "response.done": OpenAIStream._done,
    "error": OpenAIStream._error,
}
