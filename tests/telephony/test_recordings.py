"""Recordings hold what was said where it was said."""

import wave

import numpy as np
import pytest

from providers.ports import AudioFormat
from telephony.recordings import RecordingWriter
from voice.clock import Track

WIDE = AudioFormat("pcm_s16le", 16_000)
FRAME_MS, FRAME = 20, 640
TONE = (np.ones(320) * 9_000).astype(np.int16).tobytes()


@pytest.fixture
def writer(tmp_path):
    return RecordingWriter(tmp_path / "call.wav", WIDE, WIDE)


def caller_side(writer):
    with wave.open(str(writer.path)) as file:
        frames = np.frombuffer(file.readframes(file.getnframes()), np.int16)
    return frames.reshape(-1, 2)[:, 0]


def test_a_caller_whose_audio_waited_for_the_answer_is_recorded(writer):
    """A carrier streams while the call is prepared; all of that arrives at once."""
    track = Track(WIDE.bytes_per_ms)
    pieces = [piece for _ in range(500) for piece in track.place(0, bytes(FRAME))]
    for now in range(FRAME_MS, 8_001, FRAME_MS):
        sound = TONE if 4_000 < now <= 6_000 else bytes(FRAME)
        pieces += track.place(now, sound)
        if now % 1_000 == 0:
            writer.write(pieces, [], now)
            pieces = []
    writer.close(pieces, [], 8_000)

    loud = np.flatnonzero(np.abs(caller_side(writer)) > 5_000) / 16
    assert len(loud) == pytest.approx(2_000 * 16, rel=0.05)
    assert 4_000 <= loud.min() < loud.max() <= 7_100


@pytest.mark.parametrize("is_read_first", [True, False])
def test_what_a_stall_held_back_is_recorded(writer, is_read_first):
    """The process stands still for three seconds; then all that was said meanwhile
    arrives at once, before or after the scribe's next pass."""
    track = Track(WIDE.bytes_per_ms)
    pieces = []
    for now in range(FRAME_MS, 1_001, FRAME_MS):
        pieces += track.place(now, bytes(FRAME))
    writer.write(pieces, [], 1_000)
    if not is_read_first:
        writer.write([], [], 4_000)
    pieces = [piece for _ in range(150) for piece in track.place(4_000, TONE)]
    for now in range(4_020, 6_001, FRAME_MS):
        pieces += track.place(now, bytes(FRAME))
    writer.close(pieces, [], 6_000)

    loud = np.flatnonzero(np.abs(caller_side(writer)) > 5_000) / 16
    assert len(loud) == 3_000 * 16
    assert (loud.min(), loud.max()) == pytest.approx((1_000, 4_000), abs=1)


def test_a_gap_in_the_callers_audio_is_silence(writer):
    writer.write([(0, TONE * 50)], [], 1_500)
    writer.close([(3_000, TONE * 50)], [], 4_000)

    heard = np.abs(caller_side(writer)) > 5_000
    assert len(heard) == 4_000 * 16
    assert heard[: 16 * 900].all()
    assert not heard[16 * 1_100 : 16 * 2_900].any()
    assert heard[16 * 3_100 : 16 * 3_900].all()
