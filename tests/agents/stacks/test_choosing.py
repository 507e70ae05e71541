"""Who is taken for each channel, with whose key, and what is told about it."""

import pytest

from agents import stacks
from agents.catalogue import load
from agents.provider_keys import Keyring
from billing import plans
from providers import registry
from tests.agents.stacks.resolving import resolve, told


def test_without_keys_everything_runs_offline(workspace):
    stack = resolve(workspace)

    assert [(c.provider, c.model, c.whose) for c in stack.choices] == [
        ("local", "moonshine-tiny-en", "offline"),
        ("local", "scripted", "offline"),
        ("local", "hibari", "offline"),
    ]
    assert stack.is_scripted
    assert stack.notices == ()
    assert stack.rate.unpriced == ()


def test_every_preferred_model_is_in_the_catalogue_and_has_an_adapter():
    for channel, preferred in stacks.PREFERRED.items():
        for provider, model in preferred:
            assert load().model(channel, provider, model), model
            assert registry.supports(channel, provider)


def required(provider):
    """What has to be typed to connect a provider."""
    fields = load().providers[provider].fields
    words = {"endpoint": "https://models.example.com", "region": "westeurope"}
    return {f.name: words.get(f.name, "k-abcdefgh") for f in fields if f.required}


def covered(channel, provider):
    """A language of the catalogue's that the provider's models list."""
    return next(
        tag
        for tag in ("en-US", *load().languages)
        if any(
            model.coverage(tag) == "exact"
            for model in stacks.models_for(channel, provider)
        )
    )


@pytest.mark.parametrize(
    ("channel", "provider"),
    [
        (channel, provider)
        for channel in ("stt", "llm", "tts")
        for provider in registry.providers(channel)
        if stacks.models_for(channel, provider)
        and provider not in ("local", "custom-llm")
    ],
)
def test_whoever_is_connected_alone_is_taken(workspace, own, channel, provider):
    own(provider, **required(provider))

    choice = resolve(workspace, covered(channel, provider)).choice(channel)

    assert (choice.provider, choice.coverage) == (provider, "exact")


def test_a_key_of_one_vendor_for_speech_is_enough(workspace, own):
    own("sarvam")

    stack = resolve(workspace, "hi-IN")

    assert [(c.provider, c.whose) for c in stack.choices] == [("sarvam", "own")] * 3
    assert stack.blockers == []


@pytest.mark.parametrize(
    ("connected", "taken"),
    [
        (("azure", "google", "soniox", "gladia"), "soniox"),  # quick, and the cheapest
        (("azure", "google", "gladia"), "gladia"),  # quick, and not the cheapest
        (("google", "azure"), "azure"),  # as quick, and cheaper
        (("azure", "soniox", "openai"), "openai"),  # preferred
    ],
)
def test_the_quickest_and_then_the_cheapest_is_taken(
    workspace, platform, connected, taken
):
    platform(*connected)

    assert resolve(workspace, "de-DE").choice("stt").provider == taken


def test_an_own_key_is_taken_and_not_charged(workspace, own):
    own("openai")

    mind = resolve(workspace).choice("llm")

    assert (mind.provider, mind.whose, mind.charged) == ("openai", "own", False)


def test_the_platforms_key_is_charged(workspace, platform):
    platform("openai")

    mind = resolve(workspace).choice("llm")

    assert (mind.provider, mind.whose, mind.charged) == ("openai", "platform", True)


def test_a_chosen_provider_without_a_key_is_told_and_replaced(workspace):
    stack = resolve(workspace, llm_provider="openai")

    assert stack.choice("llm").is_offline
    assert told(stack) == ["warning: OpenAI is not connected"]


def test_a_chosen_provider_without_an_adapter_is_told_and_replaced(workspace, own):
    own("hume")

    stack = resolve(workspace, tts_provider="hume")

    assert stack.choice("tts").is_offline
    assert told(stack) == ["warning: Hume AI cannot be used here"]


def test_a_fallback_stands_before_the_offline_set(workspace, platform):
    platform("openai", "groq")

    stack = resolve(workspace, llm_fallback_provider="groq")

    minds = [c.provider for c in stack.fallbacks if c.channel == "llm"]
    assert minds == ["groq", "local"]


def test_a_fallback_without_a_key_is_told(workspace):
    stack = resolve(workspace, llm_fallback_provider="groq")

    assert told(stack) == ["warning: The fallback Groq is not connected"]


def test_an_own_endpoint_is_used_and_costs_nothing_here(workspace):
    stack = resolve(workspace, custom_llm_url="https://llm.example.com/v1")

    mind = stack.choice("llm")
    assert (mind.provider, mind.whose, mind.charged) == ("custom-llm", "own", False)
    assert mind.per_minute_micros == 0
    options = stacks.options(mind, Keyring(workspace))
    assert options["credentials"] == {"url": "https://llm.example.com/v1"}


def test_an_own_endpoint_takes_the_token_that_was_connected(workspace, own):
    own("custom-llm", url="https://old.example.com", bearer_token="t0ken-of-theirs")

    mind = resolve(workspace, custom_llm_url="https://llm.example.com").choice("llm")

    assert stacks.options(mind, Keyring(workspace))["credentials"] == {
        "url": "https://llm.example.com",
        "bearer_token": "t0ken-of-theirs",
    }


def test_a_price_nobody_published_is_unpriced_and_not_nothing(workspace, platform):
    platform("deepgram")

    stack = resolve(workspace, stt_provider="deepgram", stt_model="nova-2")

    assert stack.choice("stt").per_minute_micros is None
    assert stack.rate.unpriced == ("deepgram/nova-2",)


def test_a_voice_that_does_not_fit_is_told(workspace, platform):
    platform("cartesia")

    stack = resolve(workspace, voice="alloy")

    assert stack.choice("tts").provider == "cartesia"
    assert any("not one of Cartesia" in notice.detail for notice in stack.notices)


def test_a_model_without_tools_is_warned_of(workspace, platform):
    platform("perplexity")

    stack = resolve(workspace, llm_provider="perplexity", llm_model="sonar")

    assert "warning: sonar cannot use tools" in told(stack)


def test_the_slowest_channel_gives_the_latency_class(workspace, platform):
    platform("openai")

    assert resolve(workspace).latency_class == "standard"  # a whole segment at a time


def test_models_that_answer_to_another_protocol_are_not_offered():
    offered = {model.id for model in stacks.models_for("stt", "openai")}

    assert "gpt-4o-mini-transcribe" in offered
    assert "gpt-live-transcribe" not in offered


def test_of_the_offline_set_only_what_is_here_is_offered():
    assert [m.id for m in stacks.models_for("stt", "local")] == ["moonshine-tiny-en"]


def test_resolving_reads_the_keys_once(workspace, django_assert_num_queries):
    with django_assert_num_queries(1):
        resolve(workspace, supported_languages=["en-US", "es-ES"])


def test_a_plan_may_have_no_servers_of_one_s_own(workspace, owner):
    plans.agree(
        workspace, limit="custom_endpoints", value=0, by=owner, reason="as agreed"
    )

    stack = resolve(workspace, custom_llm_url="https://llm.example.com/v1")

    assert told(stack) == ["blocker: Your plan has no servers of your own"]
    assert resolve(workspace).blockers == []


def test_google_runs_models_that_take_a_key_and_only_those(workspace, platform):
    platform("google")
    chosen = {"stt_provider": "google", "tts_provider": "google"}

    stack = resolve(workspace, "de-DE", **chosen)
    ear, mouth = stack.choice("stt"), stack.choice("tts")

    assert (ear.provider, ear.model) == ("google", "latest_long")
    assert (mouth.provider, mouth.model) == ("google", "chirp3-hd")
    assert mouth.voice.endswith("-Chirp3-HD-Charon")
    assert ear.basis.startswith("$0.024 for minute")
    offered = {model.id for model in stacks.models_for("stt", "google")}
    assert offered == {"latest_long", "telephony"}
