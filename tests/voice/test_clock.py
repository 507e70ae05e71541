"""Where a side's audio belongs on the clock of the call."""

from voice.clock import AHEAD_MS, Track

FRAME, MS = bytes(640), 20  # 20 ms at 16 kHz


def places(track, now, frames=1):
    """Return where frames that come at a moment find their places: (began, ms)."""
    found = []
    for _ in range(frames):
        found += [(at, len(sound) // 32) for at, sound in track.place(now, FRAME)]
    return found


def test_a_burst_is_laid_out_without_a_seam():
    track = Track(32)

    assert places(track, 60, frames=3) == [(0, 20), (20, 20), (40, 20)]


def test_a_gap_stays_a_gap():
    track = Track(32)
    places(track, 20)

    assert places(track, 2_000) + places(track, 2_020) == [(1_980, 20), (2_000, 20)]


def test_what_a_stall_held_back_fills_the_gap():
    track = Track(32)
    places(track, 20)

    burst = places(track, 3_020, frames=150)  # three seconds in one go

    assert burst == []
    assert places(track, 3_040) == [(20, 3_000), (3_020, 20)]


def test_what_comes_after_silence_and_a_stall_ends_now():
    track = Track(32)
    places(track, 20)
    places(track, 5_000, frames=50)

    assert places(track, 5_020) == [(4_000, 1_000), (5_000, 20)]


def test_nothing_that_waits_is_lost_at_the_end():
    track = Track(32)
    places(track, 20)
    places(track, 3_020, frames=150)

    assert [(at, len(sound)) for at, sound in track.rest()] == [(20, 3_000 * 32)]
    assert not track.rest()


def test_audio_from_before_the_answer_does_not_push_what_follows_into_the_future():
    track = Track(32)
    places(track, 0, frames=500)  # ten seconds that waited on the way

    for now in range(20, 20_000, MS):
        [(at, _)] = places(track, now)
        assert now - MS <= at <= now + AHEAD_MS
