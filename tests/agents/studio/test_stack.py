import pytest

from agents import authoring, provider_keys, publishing
from agents import config as configs
from agents.catalogue import load
from billing.models import ManagedSku
from common import clock


@pytest.fixture
def elevenlabs(agent, owner):
    return provider_keys.connect(
        workspace=agent.workspace,
        provider="elevenlabs",
        credentials={"api_key": "sk-12345678901234567890"},
        by=owner,
    )


def choose(studio, agent, channel, model, **more):
    return studio.post(f"/agents/{agent.id}/stack/{channel}/", {"model": model, **more})


def test_the_picker_tells_price_speed_whose_key_and_trade_offs(studio, agent):
    picker = studio.get(f"/agents/{agent.id}/stack/tts/").text

    for provider in ("OpenAI", "ElevenLabs", "Cartesia", "Offline (this server)"):
        assert provider in picker
    assert "Premium: the most natural voices." in picker
    assert "Not connected" in picker
    assert "No key needed" in picker
    assert "answers at once" in picker
    assert "$0.0225 a minute" in picker


def test_every_option_can_be_chosen(studio, agent):
    from agents.studio import speech

    for channel in ("stt", "llm", "tts", "realtime"):
        found = speech.options(agent, _config(agent), channel)
        assert found, channel
        assert all(load().model(channel, o.provider, o.model.id) for o in found)


def _config(agent):
    from agents import config

    return config.parse(agent.config)


def test_a_choice_is_kept_with_its_fallback(studio, agent):
    answer = choose(studio, agent, "llm", "openai/gpt-4o-mini", fallback="groq")

    agent.refresh_from_db()
    assert agent.config["llm_provider"] == "openai"
    assert agent.config["llm_model"] == "gpt-4o-mini"
    assert agent.config["llm_fallback_provider"] == "groq"
    assert "dialog:close" in answer.headers["HX-Trigger"]
    assert "draft:replaced" in answer.headers["HX-Trigger"]


def test_a_model_name_may_hold_a_slash(studio, agent):
    choose(studio, agent, "llm", "groq/openai/gpt-oss-20b")

    agent.refresh_from_db()
    assert agent.config["llm_provider"] == "groq"
    assert agent.config["llm_model"] == "openai/gpt-oss-20b"


def test_the_choice_can_be_left_to_us(studio, agent):
    choose(studio, agent, "tts", "openai/tts-1")
    choose(studio, agent, "tts", "")

    agent.refresh_from_db()
    assert agent.config["tts_provider"] == ""


def test_a_voice_that_does_not_fit_is_reset_and_said(studio, agent, owner, elevenlabs):
    choose(studio, agent, "tts", "openai/tts-1")
    authoring.edit(agent, changes={"voice": "alloy"}, by=owner)

    answer = choose(studio, agent, "tts", "elevenlabs/eleven_flash_v2_5")

    page = studio.get(f"/agents/{agent.id}/?section=voice").text
    assert "The voice was reset" in page
    assert "“Alloy” does not exist there" in page
    assert "Alloy" in answer.headers["HX-Trigger"]

    publishing.publish(agent, by=owner)
    assert (
        "The voice was reset"
        not in studio.get(f"/agents/{agent.id}/?section=voice").text
    )


@pytest.fixture
def openai(agent, owner):
    return provider_keys.connect(
        workspace=agent.workspace,
        provider="openai",
        credentials={"api_key": "sk-12345678901234567890"},
        by=owner,
    )


def test_speech_to_speech_is_chosen_and_left_again(studio, agent, openai):
    choose(studio, agent, "llm", "openai/gpt-4o-mini")

    picker = studio.get(f"/agents/{agent.id}/stack/realtime/").text
    choose(studio, agent, "realtime", "openai/gpt-realtime")

    assert "gpt-realtime" in picker
    assert "gpt-4o-mini<" not in picker
    agent.refresh_from_db()
    assert agent.config["llm_model"] == "gpt-realtime"
    assert agent.config["llm_fallback_model"] == "gpt-4o-mini"
    page = studio.get(f"/agents/{agent.id}/?section=voice").text
    assert "Speech to speech" in page
    assert "OpenAI · gpt-realtime · Alloy" in page
    assert "One model, one hop" in page
    assert "Cedar" in page
    assert "Fable" not in page  # no voice of these models

    choose(studio, agent, "realtime", "openai/gpt-realtime-mini")
    choose(studio, agent, "realtime", "")

    agent.refresh_from_db()
    assert agent.config["llm_model"] == "gpt-4o-mini"
    assert agent.config["llm_fallback_provider"] is None
    page = studio.get(f"/agents/{agent.id}/?section=voice").text
    assert "Compare speech to speech" in page


def test_a_head_that_is_not_connected_says_so(studio, agent):
    choose(studio, agent, "realtime", "gemini/gemini-live-2.5-flash")

    page = studio.get(f"/agents/{agent.id}/?section=voice").text
    assert "Google Gemini API is not connected" in page
    assert "Offline (this server)" in page


def test_an_unknown_channel_is_404(studio, agent):
    assert studio.get(f"/agents/{agent.id}/stack/nose/").status_code == 404


def test_a_viewer_may_not_choose(client, agent, viewer):
    client.force_login(viewer)

    assert choose(client, agent, "tts", "openai/tts-1").status_code == 403


@pytest.fixture
def natural(settings):
    settings.PROVIDER_API_KEYS = {"deepgram": "d", "openai": "o", "cartesia": "c"}
    stack = {"stt": "deepgram/nova-3", "llm": "openai/gpt-4o-mini", "tts": "cartesia/sonic-3"}  # fmt: skip
    made, _ = ManagedSku.objects.update_or_create(
        pk="natural",
        defaults={
            "name": "Natural",
            "description": "Sounds like people",
            "price_micros": 10_000_000,
            "stack": stack,
            "is_offered": True,
            "priced_on": clock.now().date(),
        },
    )
    return made


def take(browser, agent, sku):
    return browser.post(f"/agents/{agent.id}/kind/", {"sku": sku})


def voice_section(studio, agent):
    page = studio.get(
        f"/agents/{agent.id}/?section=voice", headers={"HX-Request": "true"}
    )
    return page.text  # fmt: skip


def test_a_managed_stack_is_taken_at_its_price_and_left_again(studio, agent, natural):
    before = voice_section(studio, agent)
    assert "Your own stack" in before
    assert "Sounds like people" in before
    assert "$0.1000</b> a minute, fixed" in before

    answer = take(studio, agent, "natural")

    assert "draft:replaced" in answer["HX-Trigger"]
    agent.refresh_from_db()
    assert configs.parse(agent.config).managed_sku_id == "natural"
    after = voice_section(studio, agent)
    assert "One fixed price, whatever it is made of." in after
    assert 'aria-label="Change voice engine"' not in after  # it is looked after
    take(studio, agent, "")
    agent.refresh_from_db()
    assert configs.parse(agent.config).managed_sku_id is None
    assert 'aria-label="Change voice engine"' in voice_section(studio, agent)


def test_what_is_not_on_offer_cannot_be_taken(studio, agent, natural):
    natural.is_offered = False
    natural.save()

    assert take(studio, agent, "natural").status_code == 404
    assert take(studio, agent, "nothing").status_code == 404


def test_a_stranger_takes_no_stack(client, stranger, agent, natural):
    client.force_login(stranger)

    assert take(client, agent, "natural").status_code == 404
