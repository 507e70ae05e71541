import pytest

from agents import config, provider_keys, stacks


def resolve(workspace, **document):
    return stacks.resolve(config.parse(document), workspace)


def test_without_keys_everything_runs_offline(workspace):
    stack = resolve(workspace)

    assert {choice.whose for choice in stack.choices} == {"offline"}
    assert stack.is_scripted
    assert stack.blockers == []


def test_an_own_key_is_taken_and_not_charged(workspace, owner):
    provider_keys.connect(workspace=workspace, provider="openai", credentials={"api_key": "sk-own-abcdefgh"}, by=owner)  # fmt: skip

    mind = resolve(workspace).choice("llm")

    assert (mind.provider, mind.whose, mind.charged) == ("openai", "own", False)


def test_the_platforms_key_is_charged(workspace, settings):
    settings.PROVIDER_API_KEYS = {"openai": "sk-platform"}

    mind = resolve(workspace).choice("llm")

    assert (mind.provider, mind.whose, mind.charged) == ("openai", "platform", True)


def test_a_chosen_provider_without_a_key_is_told_and_replaced(workspace):
    stack = resolve(workspace, llm_provider="openai")

    assert stack.choice("llm").is_offline
    assert "not connected" in stack.notices[0].title


def test_the_offline_set_stands_behind_a_vendor(workspace, settings):
    settings.PROVIDER_API_KEYS = {"openai": "sk-platform"}

    fallbacks = resolve(workspace).fallbacks

    assert {(c.channel, c.provider) for c in fallbacks} >= {("llm", "local")}


@pytest.mark.parametrize("language", ["hi-IN", "ja-JP"])
def test_a_language_nothing_covers_blocks(workspace, language):
    assert resolve(workspace, language=language).blockers
