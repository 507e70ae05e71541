"""Where a side's audio belongs on the clock of the call."""

from voice.clock import AHEAD_MS, Track

FRAME, MS = 640, 20  # 20 ms at 16 kHz


def test_a_burst_is_laid_out_without_a_seam():
    track = Track(32)

    assert [track.place(60, FRAME) for _ in range(3)] == [0, 20, 40]


def test_a_gap_stays_a_gap():
    track = Track(32)
    track.place(20, FRAME)

    assert track.place(2_000, FRAME) == 1_980


def test_audio_from_before_the_answer_does_not_push_what_follows_into_the_future():
    track = Track(32)
    for _ in range(500):  # ten seconds that waited on the way
        track.place(0, FRAME)

    for now in range(20, 20_000, MS):
        assert now - MS <= track.place(now, FRAME) <= now + AHEAD_MS
