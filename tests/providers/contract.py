"""One contract for each port; every provider passes it.

A test class derives from a contract and offers what its docstring asks for.
"""

import asyncio
import contextlib
import time
from unittest import mock

import orjson
import pytest

from providers import limits
from providers.errors import ProviderError, Refused, TimedOut, Unavailable
from providers.ports import (
    TELEPHONE,
    Alignment,
    Audio,
    AudioFormat,
    CallerEnded,
    CallerSaid,
    Failed,
    Finalized,
    LlmRequest,
    Message,
    RealtimeRequest,
    RealtimeUsage,
    ReplyDone,
    ReplySound,
    ReplyWords,
    SttRequest,
    TextDelta,
    ToolCall,
    ToolSpec,
    ToolsWanted,
    Transcript,
    TtsRequest,
    Usage,
    UtteranceDone,
    UtteranceFailed,
)
from tests.providers import sounds
from tests.providers.waiting import eventually

WIDE = AudioFormat("pcm_s16le", 16000)
DOOR_FAULTS = [
    ("401", Refused),
    ("404", Refused),
    ("429", Unavailable),
    ("500", Unavailable),
    ("503", Unavailable),
    ("refuse", Unavailable),
    ("slow", TimedOut),
]
HURRY = {
    name: 0.3 for name in dir(limits) if name[:4] in ("STT_", "LLM_", "TTS_", "REAL")
}


@contextlib.contextmanager
def in_a_hurry():
    """Shorten all limits, so that a test need not wait for real ones."""
    with mock.patch.multiple(limits, **HURRY):
        yield


class Events(list):
    """Collects events; ``until`` waits for one that fits."""

    def __init__(self):
        super().__init__()
        self.came = asyncio.Event()

    def __call__(self, event):
        assert asyncio.get_running_loop()  # on the loop's thread, nowhere else
        self.append(event)
        self.came.set()

    async def until(self, *kinds, within=10.0):
        """Return the first event of these kinds."""
        async with asyncio.timeout(within):
            while True:
                for event in self:
                    if isinstance(event, kinds):
                        return event
                self.came.clear()
                await self.came.wait()

    async def until_equal(self, event, within=10.0):
        """Wait until this very event has come."""
        async with asyncio.timeout(within):
            while event not in self:
                self.came.clear()
                await self.came.wait()

    def of(self, kind):
        return [event for event in self if isinstance(event, kind)]


class SpeechToTextContract:
    """Wants fixtures ``vendor`` (a double, or None) and ``port``; ``words``: what is heard."""

    words = ""
    formats = (TELEPHONE, WIDE)
    has_double = True

    def request(self, format=TELEPHONE):
        return SttRequest(format, "en-US")

    async def listen(self, stream, sound, format):
        """Send as a line does: 20 ms at a time, though faster."""
        size = format.bytes_per_ms * 20
        for at in range(0, len(sound), size):
            stream.send(sound[at : at + size])
            await asyncio.sleep(0.001)

    @pytest.mark.parametrize("number", [0, 1])
    async def test_hears_words_in_either_format(self, port, number):
        format, events = self.formats[number], Events()
        stream = await port.open(self.request(format), events)

        await self.listen(stream, sounds.speech(format), format)
        stream.finalize()
        await events.until(Finalized)

        finals = [event for event in events.of(Transcript) if event.is_final]
        said = " ".join(event.text for event in finals)
        assert self.words.lower() in said.lower()
        assert isinstance(events[-1], Finalized)
        assert all(0 <= event.start_ms <= event.end_ms for event in finals)
        if port.capabilities.partials:
            assert any(not event.is_final for event in events.of(Transcript))
        stream.close()

    async def test_answers_finalize_after_silence_without_words(self, port):
        events = Events()
        stream = await port.open(self.request(), events)

        await self.listen(stream, sounds.silence(TELEPHONE), TELEPHONE)
        stream.finalize()
        await events.until(Finalized)

        assert not [event for event in events.of(Transcript) if event.text]
        stream.close()

    async def test_answers_finalize_without_any_audio(self, port):
        events = Events()
        stream = await port.open(self.request(), events)

        stream.finalize()

        await events.until(Finalized)
        stream.close()

    async def test_hears_a_second_segment(self, port):
        events = Events()
        stream = await port.open(self.request(), events)
        await self.listen(stream, sounds.speech(TELEPHONE), TELEPHONE)
        stream.finalize()
        await events.until(Finalized)
        first = [event for event in events.of(Transcript) if event.is_final]
        events.clear()

        await self.listen(stream, sounds.speech(TELEPHONE), TELEPHONE)
        stream.finalize()
        await events.until(Finalized)

        finals = [event for event in events.of(Transcript) if event.is_final]
        assert "".join(event.text for event in finals)
        assert finals[-1].end_ms > first[-1].end_ms
        stream.close()

    async def test_says_nothing_after_close(self, port):
        events = Events()
        stream = await port.open(self.request(), events)
        await self.listen(stream, sounds.speech(TELEPHONE), TELEPHONE)
        stream.finalize()
        stream.close()
        events.clear()

        stream.close()
        stream.send(b"\xff" * 160)
        stream.finalize()
        await asyncio.sleep(0.3)

        assert events == []


class SpeechToTextFaults:
    """What a recogniser on a network does when the network or the vendor fails."""

    @pytest.mark.parametrize(("fault", "kind"), DOOR_FAULTS)
    async def test_reports_a_fault_at_the_door(self, faulty, fault, kind):
        async with faulty(fault) as port:
            with in_a_hurry():
                error = await self.door_error(port)

        assert type(error) is kind
        assert "good-key" not in str(error)

    async def door_error(self, port):
        with pytest.raises(ProviderError) as caught:
            await port.open(SttRequest(TELEPHONE, "en-US"), Events())
        return caught.value

    async def test_refuses_a_wrong_key(self, vendor, port_with_key):
        error = await self.door_error(port_with_key("wrong-key"))

        assert error.permanent
        assert error.status == 401
        assert "wrong-key" not in str(error)

    @pytest.mark.parametrize("fault", ["cut", "garbage"])
    async def test_reports_a_broken_stream_once(self, faulty, fault):
        events = Events()
        async with faulty(fault) as port:
            stream = await port.open(SttRequest(TELEPHONE, "en-US"), events)
            stream.send(sounds.speech(TELEPHONE))
            stream.finalize()

            failed = await events.until(Failed)
            stream.send(b"\xff" * 160)
            await asyncio.sleep(0.1)

        assert not failed.error.permanent
        assert len(events.of(Failed)) == 1
        assert events[-1] is failed


async def heard(port, request, format=TELEPHONE):
    """Let a recogniser hear speech; return its stream and what it told."""
    events = Events()
    stream = await port.open(request, events)
    await SpeechToTextContract().listen(stream, sounds.speech(format), format)
    return stream, events


class EndpointingContract(SpeechToTextContract):
    """The same, of a recogniser that can end turns by itself."""

    async def test_ends_turns_by_itself_when_it_is_asked_to(self, vendor, port):
        request = SttRequest(TELEPHONE, "en-US", endpointing_ms=300)

        stream, events = await heard(port, request)
        await eventually(lambda: any(e.speech_final for e in events.of(Transcript)), 10)

        stream.close()
        assert vendor.complaints == []


class SegmentedFaults(SpeechToTextFaults):
    """The same, of a recogniser that is asked once a segment."""

    async def door_error(self, port):
        """There is no connection before the first segment."""
        events = Events()
        stream = await port.open(SttRequest(TELEPHONE, "en-US"), events)
        stream.send(sounds.speech(TELEPHONE))
        stream.finalize()
        return (await events.until(Failed)).error


class LanguageModelContract:
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

    @pytest.mark.parametrize(("fault", "kind"), DOOR_FAULTS)
    async def test_reports_a_fault_at_the_door(self, faulty, fault, kind):
        async with faulty(fault) as port:
            with in_a_hurry(), pytest.raises(ProviderError) as caught:
                await self.reply(port, self.request())

        assert type(caught.value) is kind
        assert "good-key" not in str(caught.value)

    async def test_refuses_a_wrong_key(self, vendor, port_with_key):
        with pytest.raises(Refused) as caught:
            await self.reply(port_with_key("wrong-key"), self.request())

        assert "wrong-key" not in str(caught.value)

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


class TextToSpeechContract:
    """Wants fixtures ``vendor`` (or None) and ``port``."""

    formats = (TELEPHONE, WIDE)
    text = "Hello there, this is Maya. How can I help you?"

    def request(self, format=TELEPHONE):
        return TtsRequest(format, "", "en-US")

    @pytest.mark.parametrize("number", [0, 1])
    async def test_speaks_in_either_format(self, port, number):
        format, events = self.formats[number], Events()
        stream = await port.open(self.request(format), events)

        stream.say("u1", self.text, more=False)
        await events.until(UtteranceDone)

        sound = b"".join(event.data for event in events.of(Audio))
        seconds = len(sound) / format.bytes_per_ms / 1000
        assert 1.0 < seconds < 8.0
        assert {event.utterance for event in events} == {"u1"}
        assert events[-1] == UtteranceDone("u1")
        assert sounds.loudness(sound, format) > 300
        stream.close()

    async def test_speaks_an_utterance_in_pieces(self, vendor, port):
        events = Events()
        stream = await port.open(self.request(), events)

        stream.say("u1", "Hello there,", more=True)
        stream.say("u1", "this is Maya.", more=True)
        stream.say("u1", "How can I help?", more=True)
        stream.say("u1", "", more=False)
        await events.until(UtteranceDone)

        assert len(events.of(UtteranceDone)) == 1
        if vendor:
            assert vendor.complaints == []
        stream.close()

    async def test_ends_an_utterance_that_has_no_text(self, port):
        events = Events()
        stream = await port.open(self.request(), events)

        stream.say("u1", "", more=False)

        assert await events.until(UtteranceDone) == UtteranceDone("u1")
        stream.close()

    async def test_speaks_several_utterances(self, vendor, port):
        events = Events()
        stream = await port.open(self.request(), events)

        for number in range(8):
            stream.say(f"u{number}", "One two three.", more=False)
            await events.until_equal(UtteranceDone(f"u{number}"))

        heard = {event.utterance for event in events.of(Audio)}
        assert heard == {f"u{number}" for number in range(8)}
        if vendor:
            assert vendor.complaints == []
        stream.close()

    async def test_stops_an_utterance_and_goes_on_with_the_next(self, vendor, port):
        events = Events()
        stream = await port.open(self.request(), events)
        stream.say("u1", "A long sentence that nobody hears to its end. " * 4, more=True)  # fmt: skip
        await events.until(Audio)

        stream.cancel("u1")
        stream.cancel("never said")
        stream.say("u2", "Yes?", more=False)
        await events.until(UtteranceDone)

        assert events.of(UtteranceDone) == [UtteranceDone("u2")]
        if vendor:
            assert vendor.complaints == []
        stream.close()

    async def test_says_nothing_after_close(self, port):
        events = Events()
        stream = await port.open(self.request(), events)
        stream.say("u1", self.text, more=False)
        stream.close()
        events.clear()

        stream.close()
        stream.say("u2", "Hello.", more=False)
        stream.cancel("u1")
        await asyncio.sleep(0.3)

        assert events == []

    async def test_tells_when_words_are_heard(self, port):
        if not port.capabilities.alignment:
            pytest.skip("gives no alignment")
        events = Events()
        stream = await port.open(self.request(), events)

        stream.say("u1", "Hello there.", more=True)
        stream.say("u1", "How are you?", more=False)
        await events.until(UtteranceDone)

        words = [word for event in events.of(Alignment) for word in event.words]
        assert [word.text for word in words] == "Hello there. How are you?".split()
        times = [word.start_ms for word in words]
        assert times == sorted(times)
        length_ms = sum(len(event.data) for event in events.of(Audio)) / 8
        assert words[-1].end_ms <= length_ms + 1
        stream.close()


class TextToSpeechFaults:
    """What a voice on a network does when the network or the vendor fails."""

    @pytest.mark.parametrize(("fault", "kind"), DOOR_FAULTS)
    async def test_reports_a_fault_at_the_door(self, faulty, fault, kind):
        async with faulty(fault) as port:
            with in_a_hurry():
                error = await self.door_error(port)

        assert type(error) is kind
        assert "good-key" not in str(error)

    async def door_error(self, port):
        """Return what is raised by ``open``, or reported for the first utterance."""
        events = Events()
        try:
            stream = await port.open(TtsRequest(TELEPHONE, "", "en-US"), events)
        except ProviderError as error:
            return error
        stream.say("u1", "Hello there.", more=False)
        failed = await events.until(UtteranceFailed, Failed)
        stream.close()
        return failed.error

    async def test_refuses_a_wrong_key(self, vendor, port_with_key):
        error = await self.door_error(port_with_key("wrong-key"))

        assert error.permanent
        assert error.status == 401
        assert "wrong-key" not in str(error)

    async def test_reports_a_cut_in_mid_stream_once(self, faulty):
        events = Events()
        async with faulty("cut") as port:
            stream = await port.open(TtsRequest(TELEPHONE, "", "en-US"), events)
            stream.say("u1", "One two three four five.", more=False)

            failed = await events.until(UtteranceFailed, Failed)
            await asyncio.sleep(0.1)
            stream.close()

        assert not failed.error.permanent
        assert len(events.of(UtteranceFailed) + events.of(Failed)) == 1
        assert events.of(UtteranceDone) == []


class SentencesContract(TextToSpeechContract):
    """The same, of a voice that is asked once a sentence."""

    async def test_speaks_sentences_in_order(self, vendor, port):
        events = Events()
        stream = await port.open(self.request(), events)

        stream.say("u1", "First one. Second & <third>. And a", more=True)
        stream.say("u1", " fourth.", more=False)
        await events.until(UtteranceDone)
        stream.close()

        inputs = [body["input"] for body in vendor.requests]
        assert inputs == ["First one.", "Second & <third>.", "And a fourth."]
        assert vendor.complaints == []


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
