"""What is said while no voice is open: the next one says it, and nothing else."""

import asyncio

from providers.errors import Unavailable
from providers.ports import TELEPHONE, TtsRequest
from tests.voice.vendors import MouthDouble
from tests.voice.virtual_time import play
from voice.config import Mouth
from voice.speaking import Speaking, Voicing


class Line:
    format = voice_format = TELEPHONE

    def play(self, audio):
        pass

    mark = play

    def clear(self):
        pass


def nothing(*what):
    pass


def speaking(*mouths):
    loop = asyncio.get_running_loop()
    return Speaking(
        [Mouth(f"v{i}", m, TtsRequest(TELEPHONE, "", "en")) for i, m in enumerate(mouths)],
        Line(),
        Voicing(*[nothing] * 8),
        lambda: int(loop.time() * 1000),
        is_silent=False,
    )  # fmt: skip


def test_words_wait_for_the_voice_to_open():
    voice = MouthDouble()

    async def scene():
        mouth = speaking(voice)
        mouth.say(mouth.begin("u1", 1), "Good morning.")
        await mouth.open()
        mouth.close()

    play(scene())

    assert voice.said == ["Good morning."]


def test_words_that_were_overtaken_are_never_said():
    voice = MouthDouble()

    async def scene():
        mouth = speaking(voice)
        mouth.say(mouth.begin("u1", 1), "Good morning.")
        mouth.say(mouth.begin("u2", 1), "Good evening.")
        await mouth.open()
        mouth.close()

    play(scene())

    assert voice.said == ["Good evening."]


def test_words_that_were_stopped_are_never_said():
    voice = MouthDouble()

    async def scene():
        mouth = speaking(voice)
        mouth.say(mouth.begin("u1", 1), "Good morning.")
        mouth.stop()
        await mouth.open()
        mouth.close()

    play(scene())

    assert voice.said == []


def test_the_next_voice_says_what_the_first_has_not_made():
    first = MouthDouble(utterance_faults=[Unavailable("no sound")])
    second = MouthDouble()

    async def scene():
        mouth = speaking(first, second)
        await mouth.open()
        first.faults = [Unavailable("gone")] * 2
        mouth.say(mouth.begin("u1", 1), "Good morning.")
        await asyncio.sleep(1)
        mouth.close()

    play(scene())

    assert first.said == second.said == ["Good morning."]
