"""The contract of a recogniser."""

import asyncio

import pytest

from providers.errors import ProviderError
from providers.ports import (
    TELEPHONE,
    Failed,
    Finalized,
    SegmentedSttStream,
    SttRequest,
    Transcript,
)
from tests.providers import sounds
from tests.providers.contract.common import (
    WIDE,
    DoorFaults,
    Events,
    streams_alive,
)
from tests.providers.waiting import eventually


class SpeechToTextContract:
    """Wants fixtures ``vendor`` (a double, or None) and ``port``; ``words``: what is heard."""

    words = ""
    times_words = False  # tells when each was said
    formats = (TELEPHONE, WIDE)

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
        assert all(bool(event.words) == self.times_words for event in finals)
        assert all(in_order(event) for event in finals)
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


def in_order(final):
    """Tell whether a final's words stand in its text, and were said one by one."""
    times = [at for word in final.words for at in (word.start_ms, word.end_ms)]
    has_all = all(word.text in final.text for word in final.words)
    return has_all and times == sorted(times) and all(at for at in times[1:])


class SplittingContract(SpeechToTextContract):
    """The same, of a recogniser that is told where somebody else begins to speak."""

    async def test_takes_apart_what_two_people_said(self, port):
        events = Events()
        stream = await port.open(self.request(), events)
        assert isinstance(stream, SegmentedSttStream)
        sound = sounds.speech(TELEPHONE) * 2  # 3 s each
        await self.listen(stream, sound, TELEPHONE)

        stream.split(200)  # nobody had spoken
        stream.split(3_000)
        await eventually(lambda: events.of(Transcript))
        assert not events.of(Finalized)
        stream.split(2_000)  # that is taken already
        stream.finalize()
        await events.until(Finalized)

        first, second = events.of(Transcript)
        assert first.is_final
        assert (first.end_ms, second.start_ms, second.end_ms) == (3_000, 3_000, 6_000)
        assert len(events.of(Finalized)) == 1
        stream.close()
        stream.split(3_000)


class SpeechToTextFaults(DoorFaults):
    """What a recogniser on a network does when the network or the vendor fails."""

    async def door_error(self, port):
        with pytest.raises(ProviderError) as caught:
            await port.open(SttRequest(TELEPHONE, "en-US"), Events())
        return caught.value

    async def test_leaves_nothing_behind_that_did_not_open(self, faulty):
        before = streams_alive()
        async with faulty("500") as port:
            await self.door_error(port)

        assert streams_alive() <= before

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
