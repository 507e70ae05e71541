import asyncio

import pytest

from providers import registry
from providers.errors import Refused
from providers.local import moonshine
from providers.ports import (
    TELEPHONE,
    AudioFormat,
    Finalized,
    SttRequest,
    Transcript,
)
from tests import speech
from tests.providers import sounds
from tests.providers.contract import WIDE, Events, SpeechToTextContract
from tests.providers.waiting import eventually
from tests.providers.words import error_rate

pytestmark = pytest.mark.models

TWO_CITIES = (
    "It was the best of times, it was the worst of times, it was the age of wisdom, it was the age of foolishness, "
    "it was the epoch of belief, it was the epoch of incredulity, it was the season of Light, it was the season of "
    "Darkness, it was the spring of hope, it was the winter of despair, we had everything before us, we had nothing "
    "before us, we were all going direct to Heaven, we were all going direct the other way. In short, the period was "
    "so far like the present period, that some of its noisiest authorities insisted on its being received, for good "
    "or for evil, in the superlative degree of comparison only."
)


@pytest.fixture
def port():
    return registry.build("stt", "local")


class TestLocal(SpeechToTextContract):
    words = "no matter"

    async def listen(self, stream, sound, format):
        """A recogniser that is real wants a voice that is."""
        if sound != sounds.silence(format):
            sound = sounds.recording("beckett", format)
        for at in range(0, len(sound), format.bytes_per_ms * 20):
            stream.send(sound[at : at + format.bytes_per_ms * 20])
            await asyncio.sleep(0.002)


async def transcribe(port, sound, format):
    events = Events()
    stream = await port.open(SttRequest(format, "en-US"), events)
    for at in range(0, len(sound), format.bytes_per_ms * 20):
        stream.send(sound[at : at + format.bytes_per_ms * 20])
        await asyncio.sleep(0.001)
    stream.finalize()
    await events.until(Finalized, within=60)
    stream.close()
    return [event for event in events.of(Transcript) if event.is_final]


@pytest.mark.parametrize(
    ("format", "most"),
    [(WIDE, 0.06), (AudioFormat("pcm_s16le", 24000), 0.06), (TELEPHONE, 0.10)],
)
async def test_understands_recorded_human_speech(port, format, most):
    told = 0
    for name, words in (("beckett", sounds.BECKETT), ("two_cities", TWO_CITIES)):
        finals = await transcribe(port, sounds.recording(name, format), format)
        heard = " ".join(event.text for event in finals)
        told += error_rate(words, heard) * len(words.split())

    assert told / len((sounds.BECKETT + TWO_CITIES).split()) <= most


async def test_cuts_long_speech_where_the_speaker_pauses(port):
    finals = await transcribe(port, sounds.recording("two_cities", WIDE), WIDE)

    assert len(finals) >= 3
    assert all(event.end_ms - event.start_ms <= 15_500 for event in finals)
    assert [event.start_ms for event in finals] == sorted(e.start_ms for e in finals)
    assert finals[-1].end_ms <= 44_400


@pytest.mark.parametrize("noise", ["silence", "hiss", "hum"])
async def test_makes_no_words_of_noise(port, noise):
    finals = await transcribe(port, NOISES[noise](), WIDE)

    assert finals == []


def hiss():
    import numpy as np

    wild = np.random.default_rng(1).standard_normal(16000 * 4) * 600
    return wild.astype(np.int16).tobytes()


def hum():
    import numpy as np

    wave = np.sin(2 * np.pi * 50 * np.arange(16000 * 4) / 16000) * 3000
    return wave.astype(np.int16).tobytes()


NOISES = {"silence": lambda: bytes(16000 * 2 * 4), "hiss": hiss, "hum": hum}


async def test_has_its_answer_ready_when_a_pause_is_over(port, monkeypatch):
    """The words were recognised when the pause began, so nothing is left to do."""
    events = Events()
    stream = await port.open(SttRequest(WIDE, "en-US"), events)
    sound = sounds.recording("beckett", WIDE) + bytes(32 * 300)
    for at in range(0, len(sound), 640):
        stream.send(sound[at : at + 640])
        await asyncio.sleep(0.002)
    await eventually(lambda: not stream._working and stream._listener._is_sure, 60)
    model = moonshine.load()
    monkeypatch.setattr(model, "recognise", nothing_more)

    stream.finalize()
    await events.until(Finalized)

    assert [event for event in events.of(Transcript) if event.is_final]
    stream.close()


def nothing_more(samples):
    raise AssertionError("recognised again what was recognised in the pause")


async def test_refuses_a_language_it_does_not_know(port):
    with pytest.raises(Refused, match="English only"):
        await port.open(SttRequest(WIDE, "hi-IN"), Events())


async def test_takes_apart_what_two_people_said_without_a_pause(port):
    first = speech.trimmed(
        sounds.recording("two_cities", WIDE)[32 * 1_100 : 32 * 4_800]
    )
    second = speech.trimmed(sounds.recording("beckett", WIDE)[: 32 * 2_600])
    events = Events()
    stream = await port.open(SttRequest(WIDE, "en-US"), events)
    sound = first + second + bytes(32 * 300)
    for at in range(0, len(sound), 640):
        stream.send(sound[at : at + 640])
        if at // 640 == (len(first) + 32 * 240) // 640:
            stream.split(len(first) // 32)  # known a little later
        await asyncio.sleep(0.001)
    stream.finalize()
    await events.until(Finalized, within=60)
    stream.close()

    one, other = [event for event in events.of(Transcript) if event.is_final]
    assert one.end_ms == pytest.approx(len(first) / 32, abs=64)
    assert other.start_ms == pytest.approx(len(first) / 32, abs=64)
    assert one.text == "It was the best of times, it was the worst of times."
    assert other.text == "Ever tried, ever failed."
