import asyncio

import pytest

from providers import registry
from providers.local.vad import Detector
from providers.ports import TELEPHONE, AudioFormat
from tests.providers import sounds
from tests.providers.contract import WIDE
from tests.providers.waiting import eventually

pytestmark = pytest.mark.models

FORMATS = (TELEPHONE, AudioFormat("pcm_s16le", 8000), WIDE, AudioFormat("pcm_s16le", 24000), AudioFormat("mulaw", 16000))  # fmt: skip


async def judge(detector, sound, format, *, at_once=False):
    odds = []
    activity = detector.open(format, odds.append)
    for at in range(0, len(sound), format.bytes_per_ms * 20):
        activity.push(sound[at : at + format.bytes_per_ms * 20])
        if not at_once:
            await asyncio.sleep(0)
    whole = len(sound) // format.bytes_per_ms // 32
    await eventually(lambda: len(odds) >= whole - 3, within=20)
    activity.close()
    return odds


@pytest.mark.parametrize("format", FORMATS)
async def test_tells_speech_from_silence_in_every_format(format):
    detector = registry.activity()

    speech = await judge(detector, sounds.recording("beckett", format), format)
    silence = await judge(detector, sounds.silence(format), format)

    assert 0.35 < sum(p > 0.5 for p in speech) / len(speech) < 0.65
    assert max(silence) < 0.4


async def test_judges_a_call_in_a_batch_as_it_does_alone():
    sound = sounds.recording("beckett", TELEPHONE)[:32_000]
    alone = await judge(Detector(), sound, TELEPHONE)
    other = sounds.recording("two_cities", TELEPHONE)[:32_000]

    detector = Detector()
    together = await asyncio.gather(
        judge(detector, other, TELEPHONE),
        judge(detector, sound, TELEPHONE),
        judge(detector, sounds.silence(WIDE), WIDE),
    )

    assert together[1] == pytest.approx(alone, abs=0.02)


async def test_a_callback_that_fails_does_not_make_other_calls_deaf():
    detector, odds = Detector(), []

    def fail(_):
        raise RuntimeError

    detector.open(TELEPHONE, fail).push(sounds.silence(TELEPHONE))
    detector.open(TELEPHONE, odds.append).push(sounds.silence(TELEPHONE))

    await eventually(lambda: len(odds) > 10)


async def test_says_nothing_after_close():
    detector, odds = Detector(), []
    activity = detector.open(TELEPHONE, odds.append)
    activity.push(sounds.silence(TELEPHONE))

    activity.close()
    activity.push(sounds.silence(TELEPHONE))
    await asyncio.sleep(0.1)

    assert odds == []


async def test_serves_a_second_event_loop():
    """A process may have more loops than one in its life; tests do."""
    detector = registry.activity()

    def on_a_loop_of_its_own():
        return asyncio.run(judge(detector, sounds.silence(TELEPHONE), TELEPHONE))

    assert await asyncio.to_thread(on_a_loop_of_its_own)
    assert await judge(detector, sounds.silence(TELEPHONE), TELEPHONE)
