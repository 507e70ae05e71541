"""Steady noise taken off speech."""

import numpy as np

from providers.local import noise

RATE = 16_000
DICE = np.random.default_rng(2)


def tone(seconds):
    at = np.arange(round(seconds * RATE)) / RATE
    return (0.1 * np.sin(2 * np.pi * 220 * at)).astype(np.float32)


def hiss(seconds, level=0.01):
    return DICE.normal(0, level, round(seconds * RATE)).astype(np.float32)


def rms(sound):
    return float(np.sqrt(np.mean(sound**2)))


def test_noise_goes_and_speech_stays():
    speech = tone(1)
    heard = speech + hiss(1)

    left = noise.without_noise(heard, hiss(0.5), RATE) - speech

    assert len(left) == len(speech)
    assert rms(left) < rms(heard - speech) / 3


def test_a_quiet_line_and_unknown_noise_are_left_alone():
    speech = tone(1)

    assert noise.without_noise(speech, hiss(0.5, 0.001), RATE) is speech
    assert noise.without_noise(speech, hiss(0.05), RATE) is speech
    assert noise.without_noise(speech, np.zeros(0, np.float32), RATE) is speech


def test_the_quietest_is_what_lies_between_words():
    line = np.concatenate((hiss(0.5), tone(2) + hiss(2), hiss(0.5)))

    assert rms(noise.quietest(line)) < 0.02
