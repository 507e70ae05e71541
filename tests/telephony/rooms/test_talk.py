"""Who speaks in a room."""

from time import perf_counter
from uuid import uuid4

from telephony.rooms.talk import REMEMBERED, Talk

ANN, BEN, CEM = uuid4(), uuid4(), uuid4()


def told(*ticks):
    """Play (levels, how long in ms); return what was told, with when."""
    talk, at, found = Talk(), 0, []
    for levels, lasts in ticks:
        for _ in range(lasts // 20):
            at += 20
            since = talk.note(at, levels)
            if since is not None:
                found.append((since, at))
    return found


def test_another_talker_is_told_with_the_moment_they_began():
    (change,) = told(({ANN: 0.1}, 1_000), ({BEN: 0.1}, 1_000))

    assert change == (1_000, 1_240)


def test_the_first_talker_is_no_change_and_silence_ends_nobodys_turn():
    assert told(({ANN: 0.1}, 1_000), ({}, 3_000), ({ANN: 0.1}, 1_000)) == []


def test_a_pause_between_two_makes_no_difference():
    assert told(({ANN: 0.1}, 1_000), ({}, 500), ({BEN: 0.1}, 400)) == [(1_500, 1_740)]


def test_a_syllable_in_somebodys_words_is_no_change():
    over = {ANN: 0.05, BEN: 0.2}
    assert told(({ANN: 0.1}, 1_000), (over, 200), ({ANN: 0.1}, 1_000)) == []


def test_each_change_is_told_once():
    found = told(({ANN: 0.1}, 400), ({BEN: 0.1}, 400), ({CEM: 0.1}, 400), ({ANN: 0.1}, 400))  # fmt: skip

    assert [since for since, _ in found] == [400, 800, 1_200]


def test_a_faint_sound_beside_a_loud_one_is_not_speaking():
    talk = Talk()
    for at in range(20, 1_001, 20):
        talk.note(at, {ANN: 0.02, BEN: 0.1})

    assert talk.talker(0, 1_000, before=ANN) == BEN


def test_an_hour_of_three_voices_is_not_kept():
    talk = Talk()
    for at in range(20, 3_600_000, 20):
        talk.note(at, {ANN: 0.1, BEN: 0.1, CEM: 0.1})

    assert len(talk._heard) <= 2 * REMEMBERED + 3
    assert talk.talker(3_540_000, 3_600_000) in (ANN, BEN, CEM)
    began = perf_counter()
    for _ in range(200):  # as many words as a minute has
        talk.talker(3_570_000, 3_570_300)
    assert perf_counter() - began < 0.05
