"""The agent's own sound, come back through a loudspeaker, on recorded speech."""

import audioop

import numpy as np
import pytest

from providers.ports import TELEPHONE, AudioFormat
from tests import speech
from voice.audio.echo import Echo

WIDE = AudioFormat("pcm_s16le", 16_000)
LOUDSPEAKER = AudioFormat("pcm_s16le", 24_000)
AGENT, CALLER = "privacy-prompt", "vm-nobodyavail"
BEGAN_MS, DELAY_MS = 1_500, 200


def samples(name, rate):
    return np.frombuffer(speech.prompt(name, rate), np.int16).astype(np.float32)


def noise(size, level):
    return np.random.default_rng(1).normal(0, level, size).astype(np.float32)


def heard(caller_format, agent_format, echo, person, hiss, lasts_ms=1_000):
    """Let the agent speak and the caller's side make a second of sound."""
    guard = Echo(caller_format, agent_format)
    rate = agent_format.sample_rate
    agent = samples(AGENT, rate)
    size = rate // 10
    for i in range((BEGAN_MS + lasts_ms) // 100):
        guard.agent(i * 100, wired(agent[i * size : (i + 1) * size], agent_format))
    rate = caller_format.sample_rate
    first = (BEGAN_MS - DELAY_MS) * rate // 1000
    length = lasts_ms * rate // 1000
    sound = samples(AGENT, rate)[first : first + length] * echo
    sound = sound + samples(CALLER, rate)[rate // 5 :][:length] * person
    sound = sound + noise(length, hiss)
    for i in range(lasts_ms // 20):
        piece = sound[i * rate // 50 : (i + 1) * rate // 50]
        guard.caller(BEGAN_MS + i * 20, wired(piece, caller_format))
    return guard


def wired(sound, format):
    linear = np.clip(sound, -32768, 32767).astype(np.int16).tobytes()
    return audioop.lin2ulaw(linear, 2) if format.encoding == "mulaw" else linear


@pytest.mark.parametrize(
    ("caller", "agent"), [(TELEPHONE, TELEPHONE), (WIDE, LOUDSPEAKER)]
)
@pytest.mark.parametrize(
    ("echo", "person", "hiss", "is_heard", "is_alone"),
    [
        (0.3, 0, 0, True, True),
        (0.1, 0, 100, True, True),  # as faint as the noise
        (0, 1, 0, False, False),
        (0, 0.5, 100, False, False),
        (0, 0, 100, False, False),
        (0.1, 1, 20, False, False),  # who speaks up is heard above an echo
    ],
)
def test_an_echo_is_told_from_a_person(
    caller, agent, echo, person, hiss, is_heard, is_alone
):
    guard = heard(caller, agent, echo, person, hiss)

    assert guard.is_heard() is is_heard
    assert guard.is_heard(alone=True) is is_alone


def test_a_person_who_speaks_beside_an_echo_is_not_alone():
    guard = heard(TELEPHONE, TELEPHONE, 0.4, 0.6, 50)

    assert not guard.is_heard(alone=True)


def test_nothing_is_heard_before_anybody_spoke():
    guard = Echo(TELEPHONE, TELEPHONE)

    assert not guard.is_heard()
    assert not guard.is_heard(alone=True)
