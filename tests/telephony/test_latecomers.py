"""Who is greeted when they come into a call late, on virtual time."""

import asyncio
from dataclasses import replace
from types import SimpleNamespace

import pytest

from common import clock
from providers.errors import ProviderError
from providers.ports import TELEPHONE, Audio, TtsRequest, UtteranceDone, UtteranceFailed
from telephony.gathering import Guest
from telephony.latecomers import Latecomers
from telephony.models import Participant
from tests.telephony.rooms.test_local import Person, scene, tone

WORDS = "Hello, this is Ada."


class Mouth:
    """Says a tone for whatever it is asked to, or fails."""

    provider = "tones"

    def __init__(self, *, fails=False):
        self.port, self.fails, self.asked = self, fails, []
        self.request = TtsRequest(replace(TELEPHONE, sample_rate=16_000), "v", "en-US")

    async def open(self, request, on_event):
        self.asked.append(request.format)
        self._tell = on_event
        return self

    def say(self, utterance, text, *, more):
        assert (text, more) == (WORDS, False)
        if self.fails:
            self._tell(UtteranceFailed(utterance, ProviderError("broken")))
            return
        self._tell(Audio(utterance, tone(1_500, 1)))
        self._tell(UtteranceDone(utterance))

    def close(self):
        pass


def comes(*mouths, words=WORDS, **how):
    """Let somebody come; return what they and another one heard, and the timeline."""

    async def story(call):
        timeline = []
        config = SimpleNamespace(mouths=mouths)
        latecomers = Latecomers(
            config, words, TELEPHONE, lambda kind, **told: timeline.append(kind)
        )
        ann, late = Person(call.room), Person(call.room)
        person = Participant(
            **{"pk": late.id, "role": "customer", "place": "floor", **how}
        )
        for _ in range(2):  # twice is greeted twice, and spoken once
            await latecomers.greet(Guest(person, late.chair, None), call.room)
            await asyncio.sleep(2)
        return late.hears(1_500), ann.hears(1_500), timeline

    return scene(story)


def test_a_person_who_comes_late_is_greeted_in_the_rooms_format():
    mouth = Mouth()

    assert comes(mouth) == (True, False, ["greeted", "greeted"])
    assert mouth.asked == [TELEPHONE]


@pytest.mark.parametrize(
    "who",
    [
        {"role": "observer", "place": "gallery"},  # listens in
        {"role": "agent", "place": "aside"},  # is briefed instead
        {"joined_at": clock.now()},  # is back after their line was cut
    ],
)
def test_others_are_not(who):
    mouth = Mouth()

    assert comes(mouth, **who) == (False, False, [])
    assert mouth.asked == []


def test_an_agent_without_a_greeting_says_none():
    assert comes(Mouth(), words="") == (False, False, [])


def test_another_voice_greets_where_the_first_one_fails():
    assert comes(Mouth(fails=True), Mouth())[0]
    assert comes(Mouth(fails=True)) == (False, False, [])
