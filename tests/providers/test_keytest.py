import pytest

from providers import addresses, keytest, limits
from tests.doubles.anthropic import Anthropic
from tests.doubles.deepgram import Deepgram
from tests.doubles.openai import OpenAI
from tests.doubles.voices import Cartesia, ElevenLabs

VENDORS = [
    ("openai", OpenAI, "/v1"),
    ("groq", OpenAI, "/v1"),
    ("anthropic", Anthropic, "/v1"),
    ("deepgram", Deepgram, ""),
    ("cartesia", Cartesia, ""),
    ("elevenlabs", ElevenLabs, ""),
]


async def check(provider, kind, path, key, fault=""):
    async with kind(fault=fault).serving() as double:
        return await keytest.check(
            provider, {"api_key": key}, base_url=double.url + path
        )


@pytest.mark.parametrize(("provider", "kind", "path"), VENDORS)
async def test_tells_a_good_key_from_a_bad_one(provider, kind, path):
    good = await check(provider, kind, path, "good-key")
    bad = await check(provider, kind, path, "bad-key")

    assert good == keytest.Result("ok")
    assert bad.verdict == "refused"
    assert "did not accept the key" in bad.detail
    assert "bad-key" not in bad.detail


@pytest.mark.parametrize("fault", ["500", "429", "refuse", "slow"])
async def test_does_not_blame_the_key_for_the_network(fault, monkeypatch):
    monkeypatch.setattr(limits, "KEY_TEST_TOTAL", 0.3)

    result = await check("openai", OpenAI, "/v1", "good-key", fault)

    assert result.verdict == "unreachable"


async def test_names_a_missing_credential():
    result = await keytest.check("openai", {})

    assert result == keytest.Result(
        "refused", "No api key for openai. Add it under Settings, BYO Providers."
    )


async def test_never_calls_a_customers_private_address():
    async with OpenAI().serving() as double:
        url = f"{double.url}/v1/chat/completions"
        result = await keytest.check("custom-llm", {"url": url})

    assert result.verdict == "refused"
    assert double.requests == []


async def test_tries_an_endpoint_of_ones_own():
    async with OpenAI().serving() as double:
        url = f"{double.url}/v1/chat/completions"
        credentials = {"url": url, "bearer_token": "good-key"}
        result = await keytest.check("custom-llm", credentials, allow_private=True)

    # The double demands a model; a real endpoint of one's own knows only one.
    assert "model and messages" in result.detail


async def test_says_when_there_is_no_test():
    assert (await keytest.check("gnani", {})).verdict == "untested"


def test_every_relative_test_has_an_address():
    relative = [p for p, test in keytest.TESTS.items() if test.path.startswith("/")]

    assert [p for p in relative if p not in addresses.BASE_URLS] == []
