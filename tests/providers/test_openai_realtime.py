import pytest

from providers import registry
from providers.errors import Refused, Unavailable
from providers.ports import (
    TELEPHONE,
    AudioFormat,
    CallerBegan,
    Expiring,
    Failed,
    RealtimeRequest,
    ReplyDone,
    ReplySound,
)
from tests.doubles.openai_realtime import OpenAI
from tests.providers.contract import Events, RealtimeContract, RealtimeFaults
from tests.providers.waiting import eventually

DOUBLE, CHANNEL, PROVIDER, PATH = OpenAI, "realtime", "openai", "/v1"


class TestContract(RealtimeContract, RealtimeFaults):
    pass


def request(format=TELEPHONE, **more):
    return RealtimeRequest(format, format, "en-US", **more)


async def test_a_telephone_is_spoken_to_without_transcoding(vendor, port):
    events = Events()

    for format, kind in (
        (TELEPHONE, "audio/pcmu"),
        (AudioFormat("alaw", 8000), "audio/pcma"),
        (AudioFormat("pcm_s16le", 8000), "audio/pcm"),
    ):
        stream = await port.open(request(format), events)
        audio = vendor.sessions[-1].session["audio"]
        assert audio["input"]["format"]["type"] == kind
        assert audio["output"]["format"]["type"] == kind
        stream.close()


async def test_the_engine_decides_who_is_answered(vendor, port):
    stream = await port.open(request(patience="patient"), Events())

    detection = vendor.sessions[-1].session["audio"]["input"]["turn_detection"]
    assert detection == {
        "type": "semantic_vad",
        "eagerness": "low",
        "create_response": False,
        "interrupt_response": False,
    }
    assert vendor.requests == [{"model": "gpt-realtime"}]
    stream.close()


async def test_what_was_not_heard_is_cut_off(vendor, port):
    vendor.words, vendor.word_every = "One two three four five six.", 0.03
    events = Events()
    stream = await port.open(request(), events)
    stream.reply("Count.")
    first = await events.until(ReplySound)

    stream.stop(first.reply, 150)

    await eventually(lambda: vendor.truncated == [150])
    assert vendor.complaints == []
    stream.close()


async def test_a_reply_heard_in_part_after_it_was_made_is_cut_off(vendor, port):
    events = Events()
    stream = await port.open(request(), events)
    stream.reply("Count.")
    done = await events.until(ReplyDone)

    stream.stop(done.reply, 350)
    stream.stop(done.reply, 100)

    await eventually(lambda: vendor.truncated == [350])
    assert vendor.complaints == []
    stream.close()


async def test_a_reply_heard_to_its_end_is_left_alone(vendor, port):
    events = Events()
    stream = await port.open(request(), events)
    stream.reply("Count.")
    done = await events.until(ReplyDone)

    stream.stop(done.reply, 60_000)
    stream.reply("Again.")
    await events.until_equal(ReplyDone(done.reply))

    assert vendor.truncated == []
    stream.close()


async def test_a_second_reply_waits_for_the_first(vendor, port):
    events = Events()
    stream = await port.open(request(), events)

    stream.reply("One.")
    stream.reply("Two.")
    await eventually(lambda: len(events.of(ReplyDone)) == 2)

    assert vendor.complaints == []
    assert vendor.instructions[-2:] == ["One.", "Two."]
    stream.close()


async def test_a_reply_taken_back_before_it_began_is_not_made(vendor, port):
    events = Events()
    stream = await port.open(request(), events)

    stream.reply("One.")
    stream.stop("", 0)
    stream.reply("Two.")
    await eventually(lambda: len(events.of(ReplyDone)) == 2)

    stopped, made = events.of(ReplyDone)
    assert (stopped.stopped, made.stopped) == (True, False)
    assert {event.reply for event in events.of(ReplySound)} == {made.reply}
    assert vendor.complaints == []
    stream.close()


async def test_a_new_prompt_is_passed_on(vendor, port):
    stream = await port.open(request(prompt="First."), Events())

    stream.instruct("Second.")

    await eventually(lambda: vendor.instructions == ["First.", "Second."])
    assert vendor.complaints == []
    stream.close()


@pytest.mark.parametrize(
    ("error", "kind", "status"),
    [
        ({"type": "server_error", "code": None, "message": "oops"}, Unavailable, None),
        ({"type": "x", "code": "rate_limit_exceeded", "message": "slow down"}, Unavailable, 429),
        ({"type": "insufficient_quota", "code": "insufficient_quota", "message": "pay"}, Refused, 402),
    ],
)  # fmt: skip
async def test_a_response_that_fails_ends_the_stream(vendor, port, error, kind, status):
    events = Events()
    stream = await port.open(request(), events)
    vendor.fails = error

    stream.reply("Count.")

    failed = await events.until(Failed)
    assert type(failed.error) is kind
    assert failed.error.status == status
    stream.close()


async def test_a_session_at_its_end_is_one_to_be_opened_again(vendor, port):
    events = Events()
    await port.open(request(), events)

    await vendor.sessions[-1].expire()

    failed = await events.until(Failed)
    assert not failed.error.permanent


async def test_it_says_in_time_that_a_session_will_end(vendor, port, monkeypatch):
    from providers.openai import realtime

    monkeypatch.setattr(realtime, "_LONGEST_S", 5 * 60 + 0.1)
    events = Events()
    stream = await port.open(request(), events)

    assert await events.until(Expiring) == Expiring(300)
    stream.close()


async def test_the_caller_is_noticed_at_once(vendor, port):
    events = Events()
    stream = await port.open(request(), events)

    await RealtimeContract().listen(stream)

    assert await events.until(CallerBegan)
    stream.close()


async def test_a_voice_that_there_is_not_is_refused(vendor, port):
    with pytest.raises(Refused):
        await port.open(request(voice="nobody"), Events())


def test_the_registry_knows_it():
    assert registry.supports("realtime", "openai")
    assert "gemini" in registry.providers("realtime")
