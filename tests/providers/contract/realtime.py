"""The contract of speech to speech."""

import asyncio

import pytest

from providers.errors import ProviderError, Refused, TimedOut, Unavailable
from providers.ports import (
    TELEPHONE,
    CallerEnded,
    CallerSaid,
    Failed,
    Message,
    RealtimeRequest,
    RealtimeUsage,
    ReplyDone,
    ReplySound,
    ReplyWords,
    ToolCall,
    ToolsWanted,
)
from tests.providers import sounds
from tests.providers.contract.common import (
    DOOR_FAULTS,
    WIDE,
    Events,
    in_a_hurry,
    streams_alive,
)
from tests.providers.contract.llm import LanguageModelContract
from tests.providers.waiting import eventually


class RealtimeContract:
    """Wants fixtures ``vendor`` and ``port``."""

    formats = (TELEPHONE, WIDE)
    tools = LanguageModelContract.tools

    def request(self, format=TELEPHONE, **more):
        return RealtimeRequest(format, format, "en-US", prompt="Be brief.", **more)

    async def listen(self, stream, format=TELEPHONE):
        """Send speech as the session does: 40 ms at a time, though faster."""
        sound = sounds.speech(format)
        size = format.bytes_per_ms * 40
        for at in range(0, len(sound), size):
            stream.send(sound[at : at + size])
            await asyncio.sleep(0.001)

    async def turn(self, port, stream, events, format=TELEPHONE):
        """Let the caller say something and be answered."""
        await self.listen(stream, format)
        await events.until(CallerEnded)
        if port.capabilities.led:
            stream.reply()
        await events.until(ReplyDone)

    @pytest.mark.parametrize("number", [0, 1])
    async def test_hears_and_answers_in_either_format(self, vendor, port, number):
        format, events = self.formats[number], Events()
        said, reply = vendor.phrases[0], vendor.words
        stream = await port.open(self.request(format), events)

        await self.turn(port, stream, events, format)

        final = next(event for event in events.of(CallerSaid) if event.is_final)
        assert final.text == said
        assert final.turn == events.of(CallerEnded)[0].turn
        assert "".join(event.text for event in events.of(ReplyWords)) == reply
        sound = b"".join(event.data for event in events.of(ReplySound))
        words = len(reply.split())
        assert len(sound) / format.bytes_per_ms == pytest.approx(words * 200, abs=40)
        assert sounds.loudness(sound, format) > 300
        assert len({event.reply for event in events if hasattr(event, "reply")}) == 1
        assert vendor.complaints == []
        stream.close()

    async def test_tells_what_it_used(self, vendor, port):
        events = Events()
        stream = await port.open(self.request(), events)

        await self.turn(port, stream, events)
        used = await events.until(RealtimeUsage)

        assert (used.input_tokens, used.audio_input_tokens) == (40, 60)
        assert (used.output_tokens, used.audio_output_tokens) == (10, 50)
        stream.close()

    async def test_speaks_when_it_is_told_what(self, vendor, port):
        events = Events()
        stream = await port.open(self.request(), events)

        stream.reply("Say exactly this: Hello.")
        await events.until(ReplyDone)

        assert events.of(ReplySound)
        told = [*vendor.instructions, *(text for _, text in vendor.history)]
        assert "Say exactly this: Hello." in told
        assert vendor.complaints == []
        stream.close()

    async def test_answers_typed_words(self, vendor, port):
        events = Events()
        stream = await port.open(self.request(), events)

        stream.tell("A table for two.")
        stream.reply()
        await events.until(ReplyDone)

        assert ("user", "A table for two.") in vendor.history
        assert vendor.complaints == []
        stream.close()

    async def test_uses_tools(self, vendor, port):
        vendor.tool = ("book", {"guests": 4, "name": "Ann O'Neil – “x”"})
        events = Events()
        stream = await port.open(self.request(tools=self.tools), events)

        await self.listen(stream)
        if port.capabilities.led:
            await events.until(CallerEnded)
            stream.reply()
        (call,) = (await events.until(ToolsWanted)).calls
        events.clear()
        stream.answer(call, "Booked.")
        if port.capabilities.led:
            stream.reply()
        await events.until(ReplyDone)

        assert (call.name, call.arguments) == (
            "book",
            {"guests": 4, "name": "Ann O'Neil – “x”"},
        )
        assert vendor.tool_results == ["Booked."]
        assert events.of(ReplySound)
        assert vendor.complaints == []
        stream.close()

    async def test_a_stopped_reply_is_heard_no_more(self, vendor, port):
        vendor.words, vendor.word_every = "One two three four five six seven.", 0.03
        events = Events()
        stream = await port.open(self.request(), events)
        stream.reply("Count.")
        first = await events.until(ReplySound)

        stream.stop(first.reply, 150)
        events.clear()
        done = await events.until(ReplyDone)

        assert done.stopped
        assert events.of(ReplySound) == []
        assert vendor.complaints == []
        stream.close()

    async def test_goes_on_from_what_was_said_before(self, vendor, port):
        call = ToolCall("call_1", "book", {"guests": 2})
        earlier = (
            Message("assistant", "Hello, this is Maya."),
            Message("user", "A table for two."),
            Message("assistant", "", tool_calls=(call,)),
            Message("tool", "Booked.", tool_call_id="call_1"),
            Message("assistant", "It is booked."),
        )
        events = Events()
        stream = await port.open(self.request(earlier=earlier), events)

        await self.turn(port, stream, events)

        told = [text for _, text in vendor.history]
        assert "Hello, this is Maya." in told
        assert "It is booked." in told
        assert vendor.complaints == []
        stream.close()

    async def test_says_nothing_after_close(self, port):
        events = Events()
        stream = await port.open(self.request(), events)
        await self.listen(stream)
        stream.close()
        events.clear()

        stream.close()
        stream.send(b"\xff" * 320)
        stream.reply("Say something.")
        stream.tell("x")
        stream.stop("none", 0)
        stream.instruct("Another prompt.")
        await asyncio.sleep(0.2)

        assert events == []


class RealtimeFaults:
    """What a head on a network does when the network or the vendor fails."""

    @pytest.mark.parametrize(
        ("fault", "kind"), [*DOOR_FAULTS, ("half_open", TimedOut), ("cut", Unavailable)]
    )
    async def test_reports_a_fault_at_the_door(self, faulty, fault, kind):
        async with faulty(fault) as port:
            with in_a_hurry(), pytest.raises(ProviderError) as caught:
                await port.open(
                    RealtimeRequest(TELEPHONE, TELEPHONE, "en-US"), Events()
                )

        assert type(caught.value) is kind
        assert "good-key" not in str(caught.value)

    async def test_refuses_a_wrong_key(self, vendor, port_with_key):
        with pytest.raises(Refused) as caught:
            await port_with_key("wrong-key").open(
                RealtimeRequest(TELEPHONE, TELEPHONE, "en-US"), Events()
            )

        assert caught.value.status == 401
        assert "wrong-key" not in str(caught.value)

    @pytest.mark.parametrize("fault", ["cut", "garbage"])
    async def test_reports_a_broken_stream_once(self, vendor, port, fault):
        events = Events()
        request = RealtimeRequest(TELEPHONE, TELEPHONE, "en-US")
        stream = await port.open(request, events)
        vendor.fault = fault
        stream.reply("Say something.")

        failed = await events.until(Failed)
        stream.send(b"\xff" * 320)
        stream.reply()
        await asyncio.sleep(0.1)

        assert not failed.error.permanent
        assert len(events.of(Failed)) == 1
        assert events[-1] is failed

    async def test_leaves_no_socket_open_when_it_is_given_up(self, vendor, port):
        vendor.fault = "half_open"
        request = RealtimeRequest(TELEPHONE, TELEPHONE, "en-US")
        opening = asyncio.create_task(port.open(request, Events()))
        await eventually(lambda: vendor.open_sockets == 1)

        opening.cancel()

        await eventually(lambda: vendor.open_sockets == 0)

    async def test_leaves_nothing_behind_that_did_not_open(self, faulty):
        before = streams_alive()
        async with faulty("500") as port:
            with pytest.raises(ProviderError):
                await port.open(
                    RealtimeRequest(TELEPHONE, TELEPHONE, "en-US"), Events()
                )

        assert streams_alive() <= before
