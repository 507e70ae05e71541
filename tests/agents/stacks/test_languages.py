"""What hears, thinks and speaks in which language."""

import shutil

import pytest

from agents import config, stacks
from agents.catalogue import load
from agents.provider_keys import Keyring
from tests.agents.stacks.resolving import resolve, told


@pytest.mark.parametrize("language", ["en-GB", "en-IN", "en-AU"])
def test_the_offline_set_speaks_every_english(workspace, language):
    assert resolve(workspace, language=language).blockers == []


def test_whoever_does_not_cover_the_language_is_not_taken(workspace, platform):
    platform("sarvam", "azure")

    stack = resolve(workspace, "de-DE")

    assert stack.choice("stt").provider == stack.choice("tts").provider == "azure"


@pytest.mark.parametrize("language", ["hi-IN", "ja-JP"])
def test_a_language_nothing_covers_blocks(workspace, language):
    blockers = resolve(workspace, language=language).blockers

    assert {notice.channel for notice in blockers} >= {"stt", "llm"}


def test_each_language_gets_the_model_that_covers_it(workspace, platform):
    platform("deepgram", "openai")

    english, swahili = (resolve(workspace, tag).choice("stt") for tag in ("en-US", "sw-KE"))  # fmt: skip

    assert (english.provider, english.model) == ("deepgram", "nova-3")
    assert swahili.provider == "openai"


def test_a_provider_chosen_without_a_model_gets_one_that_covers(workspace, platform):
    platform("elevenlabs")

    mouth = resolve(workspace, language="sw-KE", tts_provider="elevenlabs").choice(
        "tts"
    )

    assert mouth.coverage == "exact"
    assert mouth.model in ("eleven_v3", "eleven_v4", "eleven_v3_conversational")


def test_a_model_that_does_not_list_the_language_is_warned_of(workspace, platform):
    platform("deepgram")

    stack = resolve(
        workspace, language="sw-KE", stt_provider="deepgram", stt_model="nova-3"
    )

    assert "warning: Deepgram does not list sw-KE" in told(stack)


def test_without_a_voice_engine_a_robot_speaks_other_languages(
    workspace, platform, monkeypatch
):
    platform("deepgram", "groq")
    monkeypatch.setattr(shutil, "which", lambda program: f"/usr/bin/{program}")

    stack = resolve(workspace, language="pl-PL")

    assert stack.choice("tts").model == "espeak-ng"
    assert told(stack) == ["warning: The offline voice for pl-PL is a robot's"]


def test_more_than_150_languages_have_a_complete_stack(workspace, settings):
    """With the vendors' keys there, ear, mind and mouth cover the language."""
    settings.PROVIDER_API_KEYS = dict.fromkeys(
        ("openai", "deepgram", "elevenlabs", "cartesia", "groq"), "k"
    )
    keyring = Keyring(workspace)

    complete = [
        tag
        for tag in load().languages
        if all(
            choice.coverage in ("exact", "language")
            for choice in stacks.resolve(
                config.defaults(), workspace, language=tag, keyring=keyring
            ).choices
        )
    ]

    assert len(complete) >= 150
