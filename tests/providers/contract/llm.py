"""The contract of a language model."""

import time

import orjson
import pytest

from providers.errors import ProviderError, TimedOut, Unavailable
from providers.ports import (
    LlmRequest,
    Message,
    TextDelta,
    ToolCall,
    ToolSpec,
    Usage,
)
from tests.providers.contract.common import DoorFaults, in_a_hurry
from tests.providers.waiting import eventually


class LanguageModelContract(DoorFaults):
    """Wants fixtures ``vendor`` and ``port``."""

    tools = (
        ToolSpec(
            "book",
            "Book a table.",
            {"type": "object", "properties": {"guests": {"type": "integer"}}},
        ),
    )

    def request(self, *messages, **more):
        history = messages or (Message("user", "Hello"),)
        return LlmRequest([Message("system", "You are brief."), *history], **more)

    async def reply(self, port, request, into=None):
        """Collect a reply, as far as it comes."""
        events = [] if into is None else into
        async for event in port.reply(request):
            events.append(event)
        return events

    async def test_streams_words_and_tells_usage_last(self, vendor, port):
        events = await self.reply(port, self.request())

        deltas = [event for event in events if isinstance(event, TextDelta)]
        assert "".join(delta.text for delta in deltas).split() == vendor.words.split()
        assert len(deltas) > 3
        assert events[-1] == Usage(20, 12, 5)
        assert vendor.complaints == []

    async def test_calls_a_tool_with_parsed_arguments(self, vendor, port):
        vendor.tool = ("book", {"guests": 4, "name": "Ann O'Neil – “x”"})

        events = await self.reply(port, self.request(tools=self.tools))

        (call,) = [event for event in events if isinstance(event, ToolCall)]
        assert (call.name, call.arguments) == vendor.tool
        assert call.id

    async def test_takes_a_history_with_tools_and_our_own_greeting(self, vendor, port):
        call = ToolCall("call_1", "book", {"guests": 2})
        history = (
            Message("assistant", "Hello, this is Maya."),
            Message("user", "A table."),
            Message("user", "For two."),
            Message("assistant", "", tool_calls=(call,)),
            Message("tool", "Booked.", tool_call_id="call_1"),
            Message("user", "Thanks."),
        )

        events = await self.reply(port, self.request(*history, tools=self.tools))

        assert isinstance(events[-1], Usage)
        assert vendor.complaints == []

    async def test_answers_with_json_that_was_asked_for(self, vendor, port):
        vendor.answer = {"city": "Łódź", "count": 3}
        schema = {"type": "object", "properties": {"city": {"type": "string"}}}

        events = await self.reply(port, self.request(json_schema=schema))

        text = "".join(e.text for e in events if isinstance(e, TextDelta))
        assert orjson.loads(text) == vendor.answer

    async def test_cancels_when_the_iterator_is_closed(self, vendor, port):
        vendor.token_every = 0.05
        replying = port.reply(self.request())
        await anext(replying)

        await replying.aclose()

        await eventually(lambda: vendor.disconnected)

    async def test_prewarms_silently_whatever_is_there(self, port, faulty):
        await port.prewarm()
        async with faulty("refuse") as gone:
            await gone.prewarm()

    async def door_error(self, port):
        with pytest.raises(ProviderError) as caught:
            await self.reply(port, self.request())
        return caught.value

    @pytest.mark.parametrize(
        ("fault", "kind"),
        [("cut", Unavailable), ("garbage", Unavailable), ("half_open", TimedOut)],
    )
    async def test_reports_a_fault_in_mid_stream(self, faulty, fault, kind):
        got = []
        async with faulty(fault) as port:
            with in_a_hurry(), pytest.raises(kind):
                await self.reply(port, self.request(), got)

        assert len(got) == 3
        assert all(isinstance(event, TextDelta) for event in got)

    async def test_gives_up_on_a_model_that_thinks_too_long(self, vendor, port):
        vendor.thinks = 5.0
        began = time.monotonic()

        with in_a_hurry(), pytest.raises(TimedOut):
            await self.reply(port, self.request())

        assert time.monotonic() - began < 1.5

    async def test_waits_longer_when_nobody_is_on_the_line(self, vendor, port):
        vendor.thinks = 0.6

        with in_a_hurry():
            events = await self.reply(port, self.request(options={"unhurried": True}))

        assert isinstance(events[-1], Usage)
