import pytest

from agents import config as configs
from agents import stacks, voices

ALLOY, SARAH = "alloy", "EXAVITQu4vr4xnSDxMaL"


def pick(wanted, provider, model="", language="en-US", is_chosen=True):
    return voices.pick(wanted, provider, model, language, is_chosen=is_chosen).id


def test_a_voice_that_fits_stays():
    assert pick("nova", "openai", "tts-1") == "nova"


def test_a_voice_of_another_engine_gives_way():
    assert pick(ALLOY, "elevenlabs", "eleven_flash_v2_5") not in ("", ALLOY)


def test_a_voice_that_the_model_lacks_gives_way():
    assert pick("verse", "openai", "gpt-4o-mini-tts") == "verse"
    assert pick("verse", "openai", "tts-1") != "verse"


def test_a_customers_own_voice_is_kept_where_the_engine_was_chosen():
    assert pick("my-cloned-voice", "elevenlabs") == "my-cloned-voice"
    assert pick("my-cloned-voice", "elevenlabs", is_chosen=False) != "my-cloned-voice"


def test_a_voice_of_the_country_comes_first():
    english = pick("", "elevenlabs", "eleven_flash_v2_5", "en-GB")

    assert english in ("JBFqnCBsd6RMkjVDRZzb", "N2lVS1w4EtoT3dr4eOWO")


def test_where_no_voice_is_listed_for_a_language_the_wanted_one_stays():
    assert pick(SARAH, "elevenlabs", "eleven_flash_v2_5", "pl-PL") == SARAH


def test_an_engine_without_listed_voices_decides_itself():
    assert pick("", "custom-voice") == ""


@pytest.mark.parametrize("provider", ["", "openai"])
def test_reset_leaves_alone_what_fits_or_is_left_to_us(provider):
    config = configs.parse({"tts_provider": provider, "voice": ALLOY})

    assert stacks.reset_voice(config) == (config, "")


def test_reset_says_so_in_a_sentence():
    config = configs.parse({"tts_provider": "cartesia", "voice": ALLOY})

    reset, told = stacks.reset_voice(config)

    assert reset.voice != ALLOY
    assert told.startswith("The voice did not fit Cartesia, so it was reset to ")
