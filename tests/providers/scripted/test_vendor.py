import pytest

from providers import registry
from providers.errors import Unavailable
from providers.ports import (
    TELEPHONE,
    LlmRequest,
    Message,
    SttRequest,
    TextDelta,
    ToolCall,
    Transcript,
)
from tests.providers.contract import Events, SpeechToTextContract, TextToSpeechContract
from tests.providers.waiting import eventually

SCRIPT = "Hello there.\nI need a table.\nBye."


class TestEar(SpeechToTextContract):
    words = "Hello there."

    @pytest.fixture
    def port(self):
        return registry.build("stt", "scripted", credentials={"script": SCRIPT})

    # It hears its line in whatever comes, silence too.
    test_answers_finalize_after_silence_without_words = None


class TestMouth(TextToSpeechContract):
    @pytest.fixture
    def vendor(self):
        return None

    @pytest.fixture
    def port(self):
        return registry.build("tts", "scripted")


async def test_hears_the_script_in_order():
    port = registry.build("stt", "scripted", credentials={"script": SCRIPT})
    events = Events()
    stream = await port.open(SttRequest(TELEPHONE, "en"), events)

    for _ in range(3):
        stream.send(b"\xff" * 800)
        stream.finalize()
    await eventually(lambda: len(events) == 6)

    assert [event.text for event in events.of(Transcript)] == SCRIPT.splitlines()


async def test_replies_by_the_number_of_the_turn():
    lines = 'Hello.\n{book} {"guests": 2}\nDone.'
    port = registry.build("llm", "scripted", credentials={"script": lines})
    history = [
        Message("system", "s"),
        Message("assistant", "Hello."),
        Message("user", "x"),
    ]

    events = [event async for event in port.reply(LlmRequest(history))]

    assert events[0] == ToolCall("scripted-1", "book", {"guests": 2})
    first = [event async for event in port.reply(LlmRequest(history[:1]))]
    assert first[0] == TextDelta("Hello.")


async def test_fails_when_the_script_is_at_its_end():
    port = registry.build("llm", "scripted", credentials={"script": ""})

    with pytest.raises(Unavailable):
        [event async for event in port.reply(LlmRequest([Message("user", "x")]))]
