"""Tools that a head asks for: run as any others, and answered to the head."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from providers.ports import ToolCall
from voice.ports import ToolOutcome
from voice.thinking import UNANSWERED, Reply, Speech, Thinking
from voice.timeline import Timeline


@dataclass(frozen=True, slots=True)
class Asking:
    """What tools need of the conversation with a head."""

    answer: Callable[[ToolCall, str], None]
    speaks_on: Callable[[], bool]  # as soon as it has all answers, whoever is there
    filler: Callable[[], None]  # a tool keeps the caller waiting
    switch: Callable[[str], ToolOutcome]  # go on in that language


class HeadTools:
    """One conversation's."""

    def __init__(self, thinking: Thinking, timeline: Timeline, asking: Asking) -> None:
        self._thinking = thinking
        self._timeline = timeline
        self._asking = asking

    async def run(self, calls: Sequence[ToolCall]) -> Reply:
        """Run them all, and return what else comes of them. Each is answered, also
        when the caller interrupts."""
        answered: list[ToolCall] = []
        reply = Reply()

        def ran(call: ToolCall, outcome: ToolOutcome, began: int) -> None:
            answered.append(call)
            self._timeline.tool_ran(call, outcome, began)
            is_last = reply.ends_call or reply.hands_over or reply.stands_by
            if not (is_last and self._asking.speaks_on()):
                self._asking.answer(call, outcome.text)

        try:
            await self._thinking.run_tools(calls, self._speech(ran), reply)
        finally:
            for call in calls:
                if call not in answered:
                    self._asking.answer(call, UNANSWERED)
        return reply

    def _speech(self, ran: Callable[[ToolCall, ToolOutcome, int], None]) -> Speech:
        return Speech(
            sentence=lambda text: None,
            first_token=lambda: None,
            filler=self._asking.filler,
            tool_ran=ran,
            switch=self._asking.switch,
            recalled=lambda *found: None,
            fell_back=lambda *what: None,
            used=lambda *what: None,
        )
