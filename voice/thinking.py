"""Words in, reply out: the history, the model, and the tools it asks for.

One task for each reply. A model that fails before a word of the reply was spoken is
replaced by the next; after that the reply ends where it is, so that nothing is ever
said twice.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import cast

from providers import limits
from providers.errors import ProviderError
from providers.ports import (
    LlmEvent,
    Message,
    TextDelta,
    ToolCall,
    ToolSpec,
    Usage,
)
from voice.config import CallerType, Mind, SessionConfig
from voice.ports import Toolbox
from voice.wording import SentenceBuffer

END_CALL = ToolSpec(
    "end_call",
    "End the call. Use it after saying goodbye, when the caller wants nothing more.",
    {
        "type": "object",
        "properties": {
            "reason": {"type": "string", "description": "Why the call is over."}
        },
        "required": [],
    },
)
MAX_TOOL_ROUNDS = 4


@dataclass(frozen=True, slots=True)
class Speech:
    """Where a reply goes as it comes."""

    sentence: Callable[[str], None]
    first_token: Callable[[], None]
    filler: Callable[[], None]  # a tool keeps the caller waiting
    tool_ran: Callable[[ToolCall, str, int, bool], None]  # result, started ms, failed
    fell_back: Callable[[str, str, ProviderError], None]
    used: Callable[[Mind, Usage], None]


@dataclass
class Reply:
    """What became of one reply."""

    ends_call: bool = False
    text: str = ""
    failed: bool = False  # no model gave anything


class Thinking:
    """One conversation's mind."""

    def __init__(
        self, config: SessionConfig, toolbox: Toolbox, now: Callable[[], int]
    ) -> None:
        self._config = config
        self._minds = list(config.minds)
        self._toolbox = toolbox
        self._now = now
        self._history: list[Message] = []
        self._before_tools = ""
        self._caller_type: CallerType | None = None
        self._tools = (
            *config.tools,
            *([] if any(t.name == "end_call" for t in config.tools) else [END_CALL]),
        )

    # ---- what was said

    @property
    def history(self) -> Sequence[Message]:
        """What was said so far; an assistant's message holds what was heard of it."""
        return self._history

    def heard(self, text: str) -> None:
        """Remember the caller's words; join them to words not answered yet."""
        last = self._history[-1] if self._history else None
        if last and last.role == "user":
            self._history[-1] = Message("user", f"{last.text} {text}")
        else:
            self._history.append(Message("user", text))

    def said(self, text: str) -> None:
        """Remember what the caller heard of the agent."""
        # What came before a tool's call stands in the history already.
        text = text.removeprefix(self._before_tools).strip()
        self._before_tools = ""
        if not text:
            return
        last = self._history[-1] if self._history else None
        if last and last.role == "assistant" and not last.tool_calls:
            self._history[-1] = Message("assistant", f"{last.text} {text}")
        else:
            self._history.append(Message("assistant", text))

    def shift(self, caller_type: CallerType) -> bool:
        """Follow a caller type from the next reply on; False: it is followed already."""
        if self._caller_type == caller_type:
            return False
        self._caller_type = caller_type
        return True

    def recognise(self, text: str) -> tuple[CallerType, str] | None:
        """Return the caller type whose trigger phrase is in the text, and the phrase."""
        said = f" {' '.join(text.lower().split())} "
        for caller_type in self._config.caller_types:
            for phrase in caller_type.trigger_phrases:
                if phrase and phrase.lower() in said:
                    return caller_type, phrase
        return None

    def _messages(self) -> list[Message]:
        prompt = self._config.prompt
        if self._caller_type:
            prompt += (
                f"\n\nThe caller is of this type: {self._caller_type.name}. "
                f"From now on: {self._caller_type.approach}"
            )
        recent = self._history[-self._config.history_limit :]
        while recent and recent[0].role == "tool":  # its call was cut off
            recent = recent[1:]
        return [Message("system", prompt), *recent]

    # ---- replying

    async def prewarm(self) -> None:
        """Open the first model's connection ahead of need."""
        if self._minds:
            await self._minds[0].port.prewarm()

    async def reply(self, speech: Speech) -> Reply:
        """Stream one reply into ``speech``, tools and all."""
        reply = Reply()
        for _ in range(MAX_TOOL_ROUNDS):
            calls, said = await self._round(speech, reply)
            if reply.failed or not calls:
                return reply
            self._history.append(Message("assistant", said, tuple(calls)))
            self._before_tools = reply.text.strip()
            await self._run_tools(calls, speech, reply)
            if reply.ends_call:
                return reply
        return reply

    async def _round(self, speech: Speech, reply: Reply) -> tuple[list[ToolCall], str]:
        """Ask the model once; return the tools it wants and the text it said."""
        while self._minds:
            mind = self._minds[0]
            spoken = ""
            calls: list[ToolCall] = []
            sentences = SentenceBuffer()
            try:
                async with aclosing(self._stream(mind)) as events:
                    is_first = True
                    async for event in events:
                        if isinstance(event, TextDelta):
                            if is_first:
                                speech.first_token()
                                is_first = False
                            for sentence in sentences.add(event.text):
                                spoken += f" {sentence}"
                                speech.sentence(sentence)
                        elif isinstance(event, ToolCall):
                            calls.append(event)
                        else:
                            speech.used(mind, event)
            except ProviderError as error:
                self._drop_mind(error, speech)
                if not spoken:
                    continue
            rest = sentences.rest() if self._minds and self._minds[0] is mind else ""
            if rest:
                spoken += f" {rest}"
                speech.sentence(rest)
            reply.text += spoken
            return calls, spoken.strip()
        reply.failed = not reply.text
        return [], ""

    def _stream(self, mind: Mind) -> AsyncGenerator[LlmEvent, None]:
        request = replace(mind.request, messages=self._messages(), tools=self._tools)
        return cast(AsyncGenerator[LlmEvent, None], mind.port.reply(request))

    def _drop_mind(self, error: ProviderError, speech: Speech) -> None:
        failed = self._minds.pop(0)
        to = self._minds[0].provider if self._minds else ""
        speech.fell_back(failed.provider, to, error)

    async def _run_tools(
        self, calls: list[ToolCall], speech: Speech, reply: Reply
    ) -> None:
        loop = asyncio.get_running_loop()
        filler = None if reply.text else loop.call_later(limits.FILLER, speech.filler)
        answered = 0
        try:
            for call in calls:
                began = self._now()
                if call.name == "end_call":
                    reply.ends_call = True
                    result, failed = "The call ends now.", False
                else:
                    result, failed = await self._run(call)
                self._history.append(Message("tool", result, tool_call_id=call.id))
                answered += 1
                speech.tool_ran(call, result, began, failed)
        finally:
            if filler:
                filler.cancel()
            for call in calls[answered:]:  # vendors refuse a call without an answer
                self._history.append(
                    Message("tool", "The caller interrupted.", tool_call_id=call.id)
                )

    async def _run(self, call: ToolCall) -> tuple[str, bool]:
        if not any(tool.name == call.name for tool in self._tools):
            return f"There is no tool named {call.name}.", True
        try:
            async with asyncio.timeout(limits.TOOL_TOTAL):
                return await self._toolbox.run(call.name, call.arguments), False
        except TimeoutError:
            return "The tool did not answer in time. Say so, and go on.", True
