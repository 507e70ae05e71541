import shutil

import pytest
import soxr

from providers import audio, registry
from providers.errors import Refused
from providers.local import moonshine
from providers.ports import TELEPHONE, Audio, AudioFormat, TtsRequest, UtteranceDone
from tests import second_ear
from tests.providers.contract import WIDE, Events, TextToSpeechContract
from tests.providers.words import error_rate

pytestmark = pytest.mark.models

SENTENCES = (
    "Thanks for calling Bright Smile Dental, this is Maya. How can I help you today?",
    "We are open Monday to Friday from nine in the morning until five in the afternoon.",
    "A new patient exam with a cleaning costs one hundred and twenty dollars.",
    "Our office is next to the public library, and parking behind the building is free.",
    "Could you say the whole phone number, digit by digit?",
)


@pytest.fixture
def vendor():
    return None


@pytest.fixture
def port():
    return registry.build("tts", "local")


class TestHibari(TextToSpeechContract):
    pass


@pytest.mark.skipif(not shutil.which("flite"), reason="apt-get install flite")
class TestFlite(TextToSpeechContract):
    @pytest.fixture
    def port(self):
        return registry.build("tts", "local", model="flite")


async def speak(port, text, format, language="en-US", voice=""):
    events = Events()
    stream = await port.open(TtsRequest(format, voice, language), events)
    stream.say("u1", text, more=False)
    await events.until(UtteranceDone)
    stream.close()
    return b"".join(event.data for event in events.of(Audio))


@pytest.mark.parametrize(
    ("format", "most"),
    [(AudioFormat("pcm_s16le", 24000), 0.02), (WIDE, 0.02), (TELEPHONE, 0.06)],
)
async def test_what_it_says_is_understood(port, format, most):
    errors = words = 0
    for sentence in SENTENCES:
        sound = await speak(port, sentence, format)
        linear = audio.Converter(format, WIDE).convert(sound, last=True)
        heard = moonshine.load().recognise(audio.floats(linear, "pcm_s16le"))
        spelt = heard.text.replace("$120", "one hundred and twenty dollars")
        errors += error_rate(sentence, spelt) * len(sentence.split())
        words += len(sentence.split())

    assert errors / words <= most


async def test_a_sentence_sounds_the_same_every_time(port):
    first = await speak(port, SENTENCES[0], TELEPHONE)

    assert await speak(port, SENTENCES[0], TELEPHONE) == first


@pytest.mark.parametrize(
    "sentence",
    ["We are open from Monday to Friday.", "Thank you, I have written that down."],
)
async def test_small_words_are_not_slurred_on_the_telephone(port, sentence):
    sound = audio.floats(await speak(port, sentence, TELEPHONE), "mulaw")

    heard = second_ear.transcribe(soxr.resample(sound, 8000, second_ear.RATE))

    assert second_ear.words(heard) == second_ear.words(sentence)


async def test_speaks_faster_when_asked(port):
    events = Events()
    stream = await port.open(TtsRequest(WIDE, "", "en-US", speed=1.5), events)
    stream.say("u1", SENTENCES[0], more=False)
    await events.until(UtteranceDone)
    stream.close()
    fast = sum(len(event.data) for event in events.of(Audio))

    assert fast < 0.8 * len(await speak(port, SENTENCES[0], WIDE))


async def test_gives_a_long_text_sentence_by_sentence(port):
    events = Events()
    stream = await port.open(TtsRequest(WIDE, "", "en-US"), events)

    stream.say("u1", " ".join(SENTENCES), more=False)
    await events.until(Audio)

    early = sum(len(event.data) for event in events.of(Audio)) / WIDE.bytes_per_ms
    assert early < 8_000  # ms: not all five sentences
    await events.until(UtteranceDone)
    stream.close()


async def test_speaks_other_languages_with_a_program(port):
    assert len(await speak(port, "Hola, ¿cómo está?", WIDE, "es-ES")) > 16_000


async def test_refuses_a_language_that_no_voice_speaks(port):
    with pytest.raises(Refused, match="No offline voice speaks"):
        await port.open(TtsRequest(WIDE, "", "xx-XX"), Events())


async def test_takes_a_voice_of_another_vendor_for_the_default(port):
    assert await speak(port, "Hello.", WIDE, voice="21m00Tcm4TlvDq8ikWAM")


async def test_falls_back_to_a_program_when_hibari_is_missing(port, monkeypatch):
    from providers.local import models, voices

    def missing():
        raise models.Missing("not installed")

    monkeypatch.setattr(voices, "hibari", missing)

    assert await speak(port, "Hello there.", WIDE)
