import asyncio

from providers.errors import Refused
from providers.ports import (
    TELEPHONE,
    CallerBegan,
    CallerSaid,
    Expiring,
    Failed,
    RealtimeRequest,
    ReplyDone,
    ReplySound,
)
from tests.doubles.gemini_realtime import Gemini
from tests.providers.contract import Events, RealtimeContract, RealtimeFaults
from tests.providers.waiting import eventually

DOUBLE, CHANNEL, PROVIDER = Gemini, "realtime", "gemini"


class TestContract(RealtimeContract, RealtimeFaults):
    pass


def request(**more):
    return RealtimeRequest(TELEPHONE, TELEPHONE, "en-US", **more)


async def test_the_key_is_not_in_the_address(vendor, port):
    stream = await port.open(request(), Events())

    assert vendor.requests == [{}]
    stream.close()


async def test_speech_interrupts_a_reply(vendor, port):
    vendor.words, vendor.word_every = "One two three four five six seven eight.", 0.1
    events = Events()
    stream = await port.open(request(), events)
    stream.reply("Count.")
    first = await events.until(ReplySound)

    await RealtimeContract().listen(stream)
    await events.until(CallerBegan)

    done = events.of(ReplyDone)[0]
    assert (done.reply, done.stopped) == (first.reply, True)
    assert vendor.complaints == []
    stream.close()


async def test_without_barge_in_nothing_interrupts(vendor, port):
    vendor.words, vendor.word_every = "One two three four.", 0.05
    events = Events()
    stream = await port.open(request(barge_in=False), events)
    stream.reply("Count.")
    await events.until(ReplySound)

    stream.send(b"\x00" * 800)
    await events.until(ReplyDone)

    assert events.of(CallerBegan) == []
    stream.close()


async def test_two_turns_have_two_names(vendor, port):
    events = Events()
    stream = await port.open(request(), events)

    for number in (1, 2):
        await RealtimeContract().listen(stream)
        await eventually(lambda n=number: len(events.of(ReplyDone)) == n)

    finals = [event for event in events.of(CallerSaid) if event.is_final]
    assert [event.text for event in finals] == ["Hello there.", "My name is Ann."]
    assert len({event.turn for event in finals}) == 2
    assert len({event.reply for event in events.of(ReplyDone)}) == 2
    stream.close()


async def test_a_connection_that_ends_is_gone_on_with_by_its_handle(vendor, port):
    events = Events()
    first = await port.open(request(), events)
    await eventually(lambda: first.resume)

    await vendor.sessions[-1].go_away("5s")
    assert await events.until(Expiring) == Expiring(5.0)
    second = await port.open(request(resume=first.resume, prompt="Second."), events)
    first.close()
    second.reply("Go on.")
    await events.until(ReplyDone)

    assert vendor.resumed == ["handle-1"]
    assert vendor.instructions[-1] == "Second."
    assert vendor.complaints == []
    second.close()


async def test_another_prompt_needs_another_connection(vendor, port):
    events = Events()
    stream = await port.open(request(prompt="First."), events)

    stream.instruct("First.")
    stream.instruct("Second.")

    await events.until(Expiring)
    assert len(events.of(Expiring)) == 1
    stream.close()


async def test_a_call_that_was_taken_back_is_not_answered(vendor, port):
    events = Events()
    stream = await port.open(request(), events)
    session = vendor.sessions[-1]
    await session.socket.send({"toolCallCancellation": {"ids": ["c1"]}})
    await asyncio.sleep(0.05)

    from providers.ports import ToolCall

    stream.answer(ToolCall("c1", "book", {}), "Booked.")
    await asyncio.sleep(0.05)

    assert vendor.complaints == []
    assert vendor.tool_results == []
    stream.close()


async def test_a_message_it_does_not_understand_is_our_fault(vendor, port):
    events = Events()
    stream = await port.open(request(), events)

    stream.put({"nonsense": 1})

    failed = await events.until(Failed)
    assert type(failed.error) is Refused
