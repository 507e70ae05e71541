"""Plays a conversation in writing: the engine's own thinking against a caller.

Nothing is spoken, so nothing is waited for: a minute of talk is played in a moment. The
clock on the timeline is the time it would take to say the words.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from intelligence.evals.callers import Caller
from intelligence.talk import Deed, Line, Talk
from providers.ports import ToolCall
from voice.config import SessionConfig
from voice.history import History
from voice.ports import Passage, ToolOutcome
from voice.thinking import Speech, Thinking

MOST_TURNS = 30
MS_A_WORD = 330


class MockedTools:
    """Answers with what a scenario says; anything else is done, and changes nothing."""

    def __init__(self, mocks: Mapping[str, Any]) -> None:
        self._mocks = mocks

    async def recall(self, question: str) -> Sequence[Passage]:
        """Return nothing: documents are tried in their own panel."""
        return ()

    async def run(self, name: str, arguments: dict[str, Any], said: str) -> ToolOutcome:
        """Return the mocked answer."""
        return ToolOutcome(str(self._mocks.get(name, "Done.")))


@dataclass
class Played:
    """What came of a conversation."""

    lines: list[Line] = field(default_factory=list)
    deeds: list[Deed] = field(default_factory=list)
    routing: list[str] = field(default_factory=list)
    ended_by_agent: bool = False
    failure: str = ""

    @property
    def talk(self) -> Talk:
        """The conversation as the steps after a call read it."""
        ending = "end_call_tool" if self.ended_by_agent else "user_disconnect"
        return Talk(tuple(self.lines), tuple(self.deeds), ending)

    @property
    def now_ms(self) -> int:
        """Where the clock stands."""
        return sum(len(line.text.split()) for line in self.lines) * MS_A_WORD

    def say(self, who: str, text: str) -> None:
        """Put words down."""
        if text.strip():
            line = Line(len(self.lines), who, text.strip(), self.now_ms)
            self.lines.append(line)


async def play(
    config: SessionConfig, caller: Caller, mocks: Mapping[str, Any]
) -> Played:
    """Let the two talk until one of them leaves."""
    played = Played()
    history = History(config)
    thinking = Thinking(config, MockedTools(mocks), history, lambda: played.now_ms)
    speech = _speech(played)
    await thinking.prewarm()  # nobody waits on the line, so it may take its time
    if config.agent_greets and config.opener:
        history.said(config.opener)
        played.say("agent", config.opener)
    for _ in range(MOST_TURNS):
        # A model that plays the caller is asked synchronously.
        words = await asyncio.to_thread(caller.answer, list(played.lines))
        if not words:
            return played
        played.say("caller", words)
        if recognised := history.recognise(words):
            played.routing.append(recognised[0].name)
        history.heard(words)
        reply = await thinking.reply(speech)
        if reply.failed:
            played.failure = "No model gave a reply."
            return played
        text = reply.text
        if reply.ends_call and config.end_message:
            text = f"{text} {config.end_message}".strip()
        history.said(text)
        played.say("agent", text)
        if reply.ends_call:
            played.ended_by_agent = True
            return played
    return played


def _speech(played: Played) -> Speech:
    """Take notice of tools, and of nothing else."""

    def tool_ran(call: ToolCall, outcome: ToolOutcome, began: int) -> None:
        if call.name != "end_call":
            played.deeds.append(
                Deed(call.name, call.arguments, outcome.text, outcome.failed, began)
            )

    def nothing(*_: Any) -> None:
        return None

    def switch(language: str) -> ToolOutcome:
        return ToolOutcome(f"Go on in {language}.")

    heard: dict[str, Any] = {each.name: nothing for each in fields(Speech)}
    return Speech(**heard | {"tool_ran": tool_ran, "switch": switch})
