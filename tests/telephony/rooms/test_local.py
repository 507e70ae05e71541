"""A room on virtual time: who hears whom, when marks are reached, who spoke."""

import asyncio
from uuid import uuid4

import numpy as np
import pytest

from providers import audio
from providers.ports import TELEPHONE, AudioFormat
from telephony.rooms.local import LocalRoom
from telephony.rooms.mixing import Inflow, Outflow
from telephony.rooms.port import Seat
from tests.voice.virtual_time import play

BROWSER_UP = AudioFormat("pcm_s16le", 16_000)
BROWSER_DOWN = AudioFormat("pcm_s16le", 24_000)


def tone(hertz, seconds, format=TELEPHONE, loudness=8_000):
    at = np.arange(int(seconds * format.sample_rate)) / format.sample_rate
    linear = (np.sin(2 * np.pi * hertz * at) * loudness).astype(np.int16).tobytes()
    return audio.encoded(linear, format.encoding)


def holds(sound, hertz, format=TELEPHONE):
    """Tell whether a tone stands out in what somebody heard."""
    samples = audio.floats(bytes(sound), format.encoding)
    if len(samples) < format.sample_rate // 10:
        return False
    spectrum = np.abs(np.fft.rfft(samples)) / len(samples)
    at = round(hertz * len(samples) / format.sample_rate)
    return bool(spectrum[max(0, at - 3) : at + 4].max() > 0.004)


def strength(sound, hertz, format=TELEPHONE):
    samples = audio.floats(bytes(sound), format.encoding)
    at = round(hertz * len(samples) / format.sample_rate)
    spectrum = np.abs(np.fft.rfft(samples)) / len(samples)
    return spectrum[max(0, at - 3) : at + 4].max()


class Person:
    """Speaks into a chair in real time, and keeps what it hears."""

    def __init__(self, room, place="floor", heard=TELEPHONE, spoken=TELEPHONE):
        self.seat = Seat(uuid4(), "somebody", place)
        self.id = self.seat.participant_id
        self.format, self.spoken = heard, spoken
        self.sound = bytearray()
        self.chair = room.sit(self.seat, heard, spoken, self.sound.extend)

    async def says(self, hertz, seconds, loudness=8_000):
        sound = tone(hertz, seconds, self.format, loudness)
        size = self.format.bytes_per_ms * 20
        for at in range(0, len(sound), size):
            self.chair.hear(sound[at : at + size])
            await asyncio.sleep(0.02)

    def hears(self, hertz):
        return holds(self.sound, hertz, self.spoken)


class Call:
    """The host of a room."""

    def __init__(self, heard=TELEPHONE, spoken=TELEPHONE):
        self.loop = asyncio.get_running_loop()
        self.ear, self.marks = bytearray(), []
        self.changes = []  # (since, told at)
        self.frames = 0
        self.format = heard
        self.room = LocalRoom(self, heard, spoken, self.now)

    def now(self):
        return int(self.loop.time() * 1000)

    def heard(self, sound):
        self.ear += sound
        self.frames += 1

    def talker_changed(self, at_ms):
        self.changes.append((at_ms, self.now()))

    def marked(self, name):
        self.marks.append((name, self.now()))

    def hears(self, hertz):
        return holds(self.ear, hertz, self.format)


def scene(coroutine):
    async def run():
        call = Call()
        try:
            return await coroutine(call)
        finally:
            call.room.close()

    return play(run())


def test_everybody_hears_the_others_and_the_agent_and_never_themselves():
    async def story(call):
        ann, ben = Person(call.room), Person(call.room)
        call.room.line.play(tone(1_500, 1))
        await asyncio.gather(ann.says(500, 1), ben.says(900, 1))
        await asyncio.sleep(0.3)

        assert (ann.hears(500), ann.hears(900), ann.hears(1_500)) == (False, True, True)
        assert (ben.hears(500), ben.hears(900), ben.hears(1_500)) == (True, False, True)
        assert call.hears(500)
        assert call.hears(900)
        assert not call.hears(1_500)

    scene(story)


def test_what_one_person_is_told_is_heard_by_nobody_else():
    async def story(call):
        ann, ben, late = Person(call.room), Person(call.room), Person(call.room)
        call.room.tell(late.id, tone(1_500, 1))
        await ann.says(500, 1)
        during = len(late.sound)
        await ann.says(500, 1)
        await asyncio.sleep(0.3)

        assert late.hears(1_500)
        assert not any(each.hears(1_500) for each in (ann, ben, call))
        told, after = late.sound[2_000:6_000], late.sound[during + 2_000 :][:4_000]
        softer, normal = (strength(each, 500) for each in (told, after))
        assert 3 < normal / softer < 5  # the others go on, and stay audible

    scene(story)


def test_one_who_speaks_meanwhile_is_heard_and_does_not_hear_themselves():
    async def story(call):
        ann, late = Person(call.room), Person(call.room)
        call.room.tell(late.id, tone(1_500, 1))
        await late.says(900, 1)
        await asyncio.sleep(0.3)

        assert late.hears(1_500)
        assert not late.hears(900)
        assert ann.hears(900)
        assert call.hears(900)
        call.room.tell(uuid4(), b"1")  # somebody unknown

    scene(story)


def test_the_gallery_hears_all_and_is_heard_by_nobody():
    async def story(call):
        ann, boss = Person(call.room), Person(call.room, "gallery")
        call.room.line.play(tone(1_500, 1))
        await asyncio.gather(ann.says(500, 1), boss.says(900, 1))
        await asyncio.sleep(0.3)

        assert boss.hears(500)
        assert boss.hears(1_500)
        assert not ann.hears(900)
        assert not call.hears(900)

        call.room.move(boss.id, "floor")
        await boss.says(900, 1)
        await asyncio.sleep(0.3)
        assert ann.hears(900)
        assert call.hears(900)

    scene(story)


def test_whoever_is_aside_talks_to_the_agent_while_the_floor_hears_music():
    async def story(call):
        ann, ben = Person(call.room), Person(call.room, "aside")
        call.room.hold(True)
        call.room.move_agent("aside")
        call.room.line.play(tone(1_500, 1))
        await asyncio.gather(ann.says(500, 1), ben.says(900, 1))
        await asyncio.sleep(0.3)

        assert ben.hears(1_500)
        assert not ben.hears(500)
        assert not ann.hears(1_500)
        assert not ann.hears(900)
        assert ann.hears(261.6)  # a tone of the music
        assert not call.hears(500)  # nobody takes the caller's words for the person's
        assert not call.hears(900)

    scene(story)


def test_an_agent_that_left_says_nothing_and_still_hears_the_floor():
    async def story(call):
        ann, ben = Person(call.room), Person(call.room)
        call.room.move_agent(None)
        call.room.line.play(tone(1_500, 1))
        await ann.says(500, 1)
        await asyncio.sleep(0.3)

        assert ben.hears(500)
        assert not ben.hears(1_500)
        assert call.hears(500)

    scene(story)


def test_marks_are_reached_when_their_sound_was_played_and_return_when_it_is_dropped():
    async def story(call):
        Person(call.room)
        call.room.line.play(tone(800, 1))
        call.room.line.mark("one")
        call.room.line.play(tone(800, 1))
        call.room.line.mark("two")
        await asyncio.sleep(1.5)
        (first,) = call.marks
        assert first[0] == "one"
        assert first[1] == pytest.approx(1_000, abs=40)

        call.room.line.clear()
        assert [name for name, _ in call.marks] == ["one", "two"]

    scene(story)


def test_who_spoke_most_is_known_of_any_stretch_of_time():
    async def story(call):
        ann, ben = Person(call.room), Person(call.room)
        await ann.says(500, 1)
        await asyncio.sleep(0.5)
        await ben.says(900, 1)
        await asyncio.sleep(0.2)

        assert call.room.talker(100, 1_000) == ann.id
        assert call.room.talker(1_600, 2_500) == ben.id
        assert call.room.talker(1_300, 1_350) is None
        call.room.leave(ann.id)
        assert call.room.talker(100, 1_000) == ann.id  # her last words stay hers

    scene(story)


def test_who_speaks_right_behind_another_is_told_as_soon_as_it_is_sure():
    async def story(call):
        ann, ben = Person(call.room), Person(call.room, "gallery")
        boss = Person(call.room, "gallery")
        listens = asyncio.create_task(boss.says(300, 2))
        await ann.says(500, 1)
        call.room.move(ben.id, "floor")
        await ben.says(900, 1)
        await listens

        ((since, told),) = call.changes
        # A wire's first 60 ms are gathered before they are mixed.
        assert since == pytest.approx(1_060, abs=60)
        assert told - since == pytest.approx(240, abs=20)
        assert call.room.talker(since, told, before=ann.id) == ben.id

    scene(story)


def test_the_hum_of_a_room_is_not_mixed():
    async def story(call):
        ann, ben = Person(call.room), Person(call.room)
        await ann.says(100, 1, loudness=40)
        await asyncio.sleep(0.3)

        assert not ben.sound
        assert call.room.talker(0, 2_000) is None

    scene(story)


def test_wires_of_different_kinds_meet():
    """A browser and a phone, with an agent that was made for the browser."""

    async def run():
        call = Call(BROWSER_UP, BROWSER_DOWN)
        web = Person(call.room, heard=BROWSER_UP, spoken=BROWSER_DOWN)
        phone = Person(call.room)
        call.room.line.play(tone(1_500, 1, BROWSER_DOWN))
        await asyncio.gather(web.says(500, 1), phone.says(900, 1))
        await asyncio.sleep(0.3)
        call.room.close()

        assert (web.hears(500), web.hears(900), web.hears(1_500)) == (False, True, True)
        assert (phone.hears(500), phone.hears(900)) == (True, False)
        assert phone.hears(1_500)
        assert call.hears(500)
        assert call.hears(900)
        assert len(call.ear) == pytest.approx(call.frames * 640, abs=640)

    play(run())


def test_a_stalled_loop_is_made_up_for_and_a_long_one_left_out():
    async def story(call):
        Person(call.room)
        await asyncio.sleep(1)
        before = call.frames
        call.room._due -= 0.1  # as if it had been away for 100 ms
        await asyncio.sleep(1)
        assert call.frames - before == pytest.approx(55, abs=1)

        before = call.frames
        call.room._due -= 10
        await asyncio.sleep(1)
        assert call.frames - before <= 62

    scene(story)


def test_a_burst_does_not_become_a_delay():
    inflow = Inflow(TELEPHONE, 8_000)
    inflow.put(tone(500, 2))

    taken = 0
    while inflow.take() is not None:
        taken += 1

    assert taken * 20 <= 400  # of two seconds: the newest, and what the gate lets ring


def test_a_wire_that_stutters_is_gathered_before_it_is_played():
    inflow = Inflow(TELEPHONE, 8_000)
    inflow.put(tone(500, 0.04))
    assert inflow.take() is None
    inflow.put(tone(500, 0.04))

    assert [inflow.take() is not None for _ in range(4)] == [True] * 4


def test_silence_is_not_sent_and_speech_after_it_has_a_cushion():
    outflow = Outflow(TELEPHONE, 8_000)
    speech = tone(500, 0.02, AudioFormat("pcm_s16le", 8_000))
    quiet = bytes(320)

    assert outflow.put(quiet, silent=True) == b""
    assert len(outflow.put(speech, silent=False)) == 160 + 320
    assert len(outflow.put(speech, silent=False)) == 160
    tail = [len(outflow.put(quiet, silent=True)) for _ in range(14)]
    assert tail == [160] * 12 + [0, 0]
