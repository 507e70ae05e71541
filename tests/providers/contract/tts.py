"""The contract of a voice."""

import asyncio

import pytest

from providers.errors import ProviderError
from providers.ports import (
    TELEPHONE,
    Alignment,
    Audio,
    Failed,
    TtsRequest,
    UtteranceDone,
    UtteranceFailed,
)
from tests.providers import sounds
from tests.providers.contract.common import WIDE, DoorFaults, Events
from tests.providers.waiting import eventually


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


class TextToSpeechFaults(DoorFaults):
    """What a voice on a network does when the network or the vendor fails."""

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


class HangUps:
    """What a voice does whose vendor hangs up while there is nothing to say."""

    async def test_opens_again_when_the_vendor_hung_up_between_utterances(
        self, vendor, port
    ):
        vendor.hangs_up = True
        events = Events()
        stream = await port.open(TtsRequest(TELEPHONE, "v", "en"), events)

        for number in ("u1", "u2"):
            stream.say(number, "Hello there.", more=False)
            await events.until_equal(UtteranceDone(number))
            await eventually(lambda: vendor.open_sockets == 0)
        stream.close()

        assert len(vendor.requests) == 2
        assert {event.utterance for event in events.of(Audio)} == {"u1", "u2"}


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
