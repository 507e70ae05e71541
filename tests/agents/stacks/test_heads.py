"""Models that hear and speak."""

import pytest

from agents import config, stacks
from tests.agents.stacks.resolving import resolve, told

HEAD = {"llm_provider": "openai", "llm_model": "gpt-realtime"}


def test_a_model_that_hears_and_speaks_is_the_whole_stack(workspace, platform):
    platform("openai", "deepgram", "groq", "cartesia")

    stack = resolve(workspace, **HEAD, voice="cedar")

    assert [(c.channel, c.provider, c.model, c.voice) for c in stack.talking] == [
        ("realtime", "openai", "gpt-realtime", "cedar")
    ]
    assert stack.latency_class == "realtime"
    assert not stack.is_scripted
    assert stack.notices == ()
    # What takes over is of others, since its vendor may be what is down.
    assert [c.provider for c in stack.choices] == ["deepgram", "groq", "cartesia"]
    assert [c.channel for c in stack.rate.components] == ["realtime", "platform"]
    assert stack.rate.unpriced == ()


def test_the_fallback_model_thinks_when_the_parts_take_over(workspace, platform):
    platform("openai", "anthropic")

    stack = resolve(
        workspace,
        **HEAD,
        llm_fallback_provider="anthropic",
        llm_fallback_model="claude-haiku-4-5",
    )

    assert stack.choice("llm").provider == "anthropic"
    assert stack.choice("llm").model == "claude-haiku-4-5"


def test_a_voice_of_another_engine_is_replaced_by_one_of_the_heads(workspace, platform):
    platform("openai")

    stack = resolve(workspace, **HEAD, voice="Puck")

    assert stack.head.voice == "alloy"
    assert "warning: Alloy speaks" in told(stack)


@pytest.mark.parametrize(
    ("provider", "model", "title"),
    [
        ("openai", "gpt-realtime", "OpenAI is not connected"),
        ("xai", "grok-voice-latest", "xAI (Grok) cannot be used here for speech to speech"),
        ("gemini", "gemini-3.8-live", "Google Gemini API is not connected"),
    ],
)  # fmt: skip
def test_why_a_head_does_not_run_is_told(workspace, provider, model, title):
    stack = resolve(workspace, llm_provider=provider, llm_model=model)

    assert stack.head is None
    assert f"warning: {title}" in told(stack)
    assert stack.is_scripted  # and a call works all the same


def test_a_head_without_a_published_price_is_unpriced(workspace, platform):
    platform("gemini")

    stack = resolve(workspace, llm_provider="gemini", llm_model="gemini-3.8-live")

    assert stack.rate.unpriced == ("gemini/gemini-3.8-live",)


def test_that_nothing_would_take_over_is_a_warning_and_no_blocker(workspace, platform):
    platform("gemini")

    stack = resolve(
        workspace, "hi-IN", llm_provider="gemini", llm_model="gemini-live-2.5-flash"
    )

    assert stack.blockers == []
    assert any("Nothing takes over" in title for title in told(stack))


def test_an_own_language_model_goes_before_a_head(workspace, platform):
    platform("openai")

    stack = resolve(workspace, **HEAD, custom_llm_url="https://llm.example.com/v1")

    assert stack.head is None


def test_heads_are_not_offered_as_language_models():
    for provider in ("openai", "gemini"):
        words = {model.id for model in stacks.models_for("llm", provider)}
        heads = {model.id for model in stacks.models_for("realtime", provider)}
        assert heads
        assert not words & heads


def test_a_voice_is_reset_when_a_head_is_chosen():
    document = config.parse({**HEAD, "voice": "sage", "tts_provider": "openai"})
    assert stacks.reset_voice(document)[0].voice == "sage"

    fitting, said = stacks.reset_voice(document.model_copy(update={"voice": "nova"}))
    assert fitting.voice == "alloy"
    assert "OpenAI" in said
