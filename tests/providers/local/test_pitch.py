"""How far a voice has fallen."""

import numpy as np
import pytest

from providers.local import pitch

RATE = 16_000
DICE = np.random.default_rng(4)


def voice(*hertz, seconds=1.5):
    """A voice that glides from pitch to pitch, with the overtones of one."""
    at = np.arange(round(seconds * RATE))
    path = np.interp(at, np.linspace(0, len(at), len(hertz)), hertz)
    phase = 2 * np.pi * np.cumsum(path) / RATE
    tones = [np.sin(phase * n) / n for n in range(1, 9)]
    return (0.1 * np.sum(tones, axis=0)).astype(np.float32)


@pytest.mark.parametrize("bottom", [90, 180])
def test_a_voice_that_falls_ends_at_its_bottom(bottom):
    pause = np.zeros(RATE // 4, np.float32)
    fallen = np.concatenate((voice(bottom * 1.5, bottom * 1.4, bottom), pause))
    risen = np.concatenate((voice(bottom, bottom * 1.1, bottom * 1.5), pause))

    assert pitch.height(fallen) < 0
    assert pitch.height(risen) > 2


def test_height_is_of_the_voice_not_of_its_loudness():
    sound = voice(200, 150)

    assert pitch.height(sound / 20) == pytest.approx(pitch.height(sound), abs=0.1)


@pytest.mark.parametrize(
    "sound",
    [
        np.zeros(0, np.float32),
        np.zeros(RATE, np.float32),
        voice(150, seconds=0.08),
        DICE.normal(0, 0.1, RATE).astype(np.float32),
    ],
    ids=["nothing", "silence", "a click", "a hiss"],
)
def test_what_has_no_voice_tells_nothing(sound):
    assert pitch.height(sound) is None
