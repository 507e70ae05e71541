import asyncio

import pytest

from providers import limits, registry
from providers.errors import TimedOut
from providers.ports import (
    TELEPHONE,
    Failed,
    Finalized,
    SpeechStarted,
    SttRequest,
    Transcript,
)
from tests.doubles.deepgram import Deepgram
from tests.providers import sounds
from tests.providers.contract import Events, SpeechToTextContract, SpeechToTextFaults
from tests.providers.waiting import eventually

DOUBLE, CHANNEL, PROVIDER = Deepgram, "stt", "deepgram"


class TestNova(SpeechToTextContract, SpeechToTextFaults):
    words = "Hello there."
    times_words = True


class TestFlux(SpeechToTextContract, SpeechToTextFaults):
    words = "Hello there."

    @pytest.fixture
    def build(self, build):
        return lambda double, key="good-key": build(double, key, model="flux-general-en")  # fmt: skip


async def listen(port, request, sound=None):
    events = Events()
    stream = await port.open(request, events)
    sound = sound or sounds.speech(TELEPHONE)
    for at in range(0, len(sound), 160):
        stream.send(sound[at : at + 160])
        await asyncio.sleep(0.001)
    return stream, events


async def test_asks_for_what_the_request_says(vendor, port):
    request = SttRequest(
        TELEPHONE,
        "en-GB",
        model="nova-3",
        keywords=("Lamar", "Zoë"),
        options={"numerals": True, "smart_format": None},
    )

    stream, _ = await listen(port, request)
    stream.close()

    query = vendor.requests[0]
    assert ("language", "en-GB") in query
    assert ("encoding", "mulaw") in query
    assert ("sample_rate", "8000") in query
    assert ("numerals", "true") in query
    assert [v for k, v in query if k == "keyterm"] == ["Lamar", "Zoë"]
    assert "smart_format" not in dict(query)


async def test_spells_the_multilingual_model_as_deepgram_does(vendor, port):
    request = SttRequest(TELEPHONE, "es-ES", model="nova-3-multilingual")

    stream, _ = await listen(port, request)
    stream.close()

    assert dict(vendor.requests[0])["model"] == "nova-3"
    assert dict(vendor.requests[0])["language"] == "multi"


async def test_lets_deepgram_end_the_turn_when_asked(port):
    stream, events = await listen(port, SttRequest(TELEPHONE, "en", endpointing_ms=300))

    await eventually(lambda: any(event.speech_final for event in events.of(Transcript)))
    stream.close()

    (started,) = events.of(SpeechStarted)
    assert 450 <= started.at_ms <= 700
    (ended,) = [event for event in events.of(Transcript) if event.speech_final]
    assert ended.text == "Hello there."


async def test_never_ends_a_turn_unasked(port):
    stream, events = await listen(port, SttRequest(TELEPHONE, "en"))
    stream.finalize()
    await events.until(Finalized)
    stream.close()

    assert not any(event.speech_final for event in events.of(Transcript))


async def test_gives_times_of_words(port):
    stream, events = await listen(port, SttRequest(TELEPHONE, "en"))
    stream.finalize()
    await events.until(Finalized)
    stream.close()

    (final,) = [event for event in events.of(Transcript) if event.is_final]
    assert [word.text for word in final.words] == ["Hello", "there."]
    assert 400 <= final.words[0].start_ms < final.words[1].start_ms < 2500


async def test_sends_all_audio_in_few_messages(vendor, port):
    sound = sounds.speech(TELEPHONE)

    stream, events = await listen(port, SttRequest(TELEPHONE, "en"), sound + b"\xff" * 90)  # fmt: skip
    stream.finalize()
    await events.until(Finalized)
    stream.close()

    assert vendor.heard_bytes == len(sound) + 90


async def test_finalize_does_not_wait_long_when_nothing_is_left(vendor, port):
    stream, events = await listen(port, SttRequest(TELEPHONE, "en"))
    stream.finalize()
    await events.until(Finalized)
    events.clear()

    stream.finalize()
    await events.until(Finalized, within=0.6)

    stream.close()


async def test_tells_deepgram_that_the_stream_is_over(vendor, port):
    stream, _ = await listen(port, SttRequest(TELEPHONE, "en"))

    stream.close()

    await eventually(lambda: "CloseStream" in vendor.commands)


async def test_keeps_an_idle_stream_alive(vendor, port, monkeypatch):
    monkeypatch.setattr("providers.deepgram.stt._KEEP_ALIVE", 0.1)
    stream, events = await listen(port, SttRequest(TELEPHONE, "en"))

    await asyncio.sleep(0.35)
    stream.close()

    assert vendor.commands.count("KeepAlive") >= 2


async def test_flux_leaves_turns_to_us(vendor, build):
    port = build(vendor, model="flux-general-en")

    stream, events = await listen(port, SttRequest(TELEPHONE, "en"))
    stream.finalize()
    await events.until(Finalized)
    stream.close()

    assert dict(vendor.requests[0])["eot_threshold"] == "1.0"
    assert vendor.commands == ["ForceEndTurn"] or "CloseStream" in vendor.commands


async def test_flux_ends_turns_when_asked(vendor, build):
    port = build(vendor, model="flux-general-en")
    request = SttRequest(TELEPHONE, "en", endpointing_ms=300)

    stream, events = await listen(port, request)
    await eventually(lambda: any(event.speech_final for event in events.of(Transcript)))
    stream.close()

    assert events.of(SpeechStarted)


async def test_gives_up_a_socket_that_is_half_open(faulty, monkeypatch):
    monkeypatch.setattr("providers.deepgram.stt._KEEP_ALIVE", 0.2)
    monkeypatch.setattr(limits, "STT_SILENCE", 0.3)

    async with faulty("half_open") as port:
        events = Events()
        stream = await port.open(SttRequest(TELEPHONE, "en"), events)
        for _ in range(60):
            stream.send(sounds.silence(TELEPHONE)[:320])
            await asyncio.sleep(0.01)
        failed = await events.until(Failed, within=2)

    assert isinstance(failed.error, TimedOut)


async def test_one_that_answers_nothing_does_not_pass_for_one_that_hears_nothing():
    async with Deepgram(fault="half_open").serving() as vendor:
        port = registry.build("stt", "deepgram", credentials={"api_key": vendor.key}, base_url=vendor.url)  # fmt: skip
        stream, events = await listen(port, SttRequest(TELEPHONE, "en-US"))
        stream.finalize()
        await asyncio.sleep(0.6)

        assert events == []
        stream.close()
