import shutil

import pytest

from agents import config, provider_keys, stacks
from agents.catalogue import load
from agents.provider_keys import Keyring
from billing import plans
from providers import registry


def resolve(workspace, language="", **document):
    return stacks.resolve(config.parse(document), workspace, language=language)


def told(stack):
    return [f"{notice.severity}: {notice.title}" for notice in stack.notices]


@pytest.fixture
def platform(settings):
    """Keys of the operator's."""

    def give(*providers):
        settings.PROVIDER_API_KEYS = dict.fromkeys(providers, "sk-platform")

    return give


@pytest.fixture
def own(workspace, owner):
    def give(provider, **credentials):
        return provider_keys.connect(
            workspace=workspace,
            provider=provider,
            credentials=credentials or {"api_key": "sk-own-abcdefgh"},
            by=owner,
        )

    return give


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


@pytest.mark.parametrize("language", ["en-GB", "en-IN", "en-AU"])
def test_the_offline_set_speaks_every_english(workspace, language):
    assert resolve(workspace, language=language).blockers == []


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


def test_whoever_does_not_cover_the_language_is_not_taken(workspace, platform):
    platform("sarvam", "azure")

    stack = resolve(workspace, "de-DE")

    assert stack.choice("stt").provider == stack.choice("tts").provider == "azure"


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


def test_a_plan_may_have_no_servers_of_one_s_own(workspace, owner):
    plans.agree(
        workspace, limit="custom_endpoints", value=0, by=owner, reason="as agreed"
    )

    stack = resolve(workspace, custom_llm_url="https://llm.example.com/v1")

    assert told(stack) == ["blocker: Your plan has no servers of your own"]
    assert resolve(workspace).blockers == []


# ---- models that hear and speak


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
