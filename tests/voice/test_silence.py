"""When somebody is asked whether they are still there."""

from voice.config import SilenceRules
from voice.silence import HangUp, Prompt, Silence

RULES = SilenceRules(
    prompts=("Still there?",), prompt_after_ms=8_000, hang_up_after_ms=15_000
)


def test_it_is_asked_once_and_then_given_up():
    silence = Silence(RULES)

    assert silence.due(7_999) is None
    assert silence.due(8_000) == Prompt("Still there?")
    silence.broken(9_000)
    assert silence.due(23_999) is None
    assert silence.due(24_000) == HangUp()


def test_a_sound_that_goes_on_is_no_silence_whatever_is_heard_meanwhile():
    silence = Silence(RULES)
    silence.broken(5_000)
    silence.broken(2_000)

    assert silence.due(12_999) is None
    assert silence.due(13_000) == Prompt("Still there?")
