from providers.ports import TELEPHONE, Audio, TtsRequest, UtteranceDone
from tests.doubles.voices import Aura
from tests.providers.contract import (
    Events,
    HangUps,
    TextToSpeechContract,
    TextToSpeechFaults,
)

DOUBLE, CHANNEL, PROVIDER = Aura, "tts", "deepgram"


class TestAura(TextToSpeechContract, TextToSpeechFaults, HangUps):
    pass


async def test_speaks_the_first_words_at_once_and_saves_flushes(vendor, port):
    events = Events()
    stream = await port.open(TtsRequest(TELEPHONE, "", "en"), events)

    stream.say("u1", "One moment.", more=True)
    await events.until(Audio)
    for number in range(4):
        stream.say("u1", f"Sentence {number}.", more=True)
    stream.say("u1", "", more=False)
    await events.until(UtteranceDone)
    stream.close()

    assert vendor.commands.count("Flush") == 2
    assert len(events.of(Audio)) == 2 + 8
    assert vendor.complaints == []


async def test_keeps_what_others_have_queued_when_one_is_cancelled(vendor, port):
    events = Events()
    stream = await port.open(TtsRequest(TELEPHONE, "", "en"), events)
    stream.say("u1", "one two three four five six seven eight", more=False)
    stream.say("u2", "nine ten", more=False)
    await events.until(Audio)

    stream.cancel("u1")
    stream.say("u3", "eleven", more=False)
    await events.until_equal(UtteranceDone("u3"))
    stream.close()

    assert events.of(UtteranceDone) == [UtteranceDone("u2"), UtteranceDone("u3")]
    spoken = [event.utterance for event in events.of(Audio)]
    assert (spoken.count("u2"), spoken.count("u3")) == (2, 1)
    assert vendor.complaints == []
