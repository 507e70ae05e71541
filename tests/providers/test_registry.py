import sys

import pytest

from providers import addresses, registry
from providers.account import Account
from providers.errors import Refused

EVERYTHING = {
    "api_key": "k",
    "url": "https://mind.example/v1",
    "endpoint": "https://mine.openai.azure.com",
    "base_url": "https://ollama.example/v1",
    "region": "westeurope",
}


@pytest.mark.parametrize(
    ("channel", "provider"),
    [(channel, provider) for channel in ("stt", "llm", "tts", "embedder") for provider in registry.providers(channel)],
)  # fmt: skip
def test_builds_whatever_it_lists(channel, provider):
    assert registry.build(channel, provider, credentials=EVERYTHING)


def test_names_what_it_knows_when_asked_for_something_else():
    with pytest.raises(Refused, match=r"no stt provider called nosuch.*deepgram"):
        registry.build("stt", "nosuch")


def test_says_which_credential_is_missing():
    with pytest.raises(Refused, match=r"No api key for deepgram.*Settings"):
        registry.build("stt", "deepgram")


def test_says_which_address_is_missing():
    with pytest.raises(Refused, match="No url for custom-llm"):
        registry.build("llm", "custom-llm", credentials={"bearer_token": "t"})


@pytest.mark.parametrize(
    ("provider", "given", "address", "is_customers"),
    [
        ("groq", "", "https://api.groq.com/openai/v1", False),
        ("groq", "http://127.0.0.1:1/v1/", "http://127.0.0.1:1/v1", False),
        ("custom-llm", "", "https://mind.example/v1", True),
        ("azure-openai", "", "https://mine.openai.azure.com/openai/v1", True),
    ],
)
def test_knows_where_providers_are(provider, given, address, is_customers):
    assert addresses.resolve(provider, EVERYTHING, given) == (address, is_customers)


def test_an_account_never_shows_its_credentials():
    assert "s3cret" not in repr(Account("openai", {"api_key": "s3cret"}))


def test_one_address_serves_both_protocols():
    assert Account("x", base_url="https://a.b").socket_url == "wss://a.b"
    assert Account("x", base_url="ws://a.b:1/c").http_url == "http://a.b:1/c"


def test_imports_a_vendor_when_it_is_first_asked_for():
    """Starting the site must not import what is not used."""
    import subprocess

    code = "import sys; from providers import registry; print('onnxruntime' in sys.modules, 'picows' in sys.modules)"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # fmt: skip

    assert out.stdout.split() == ["False", "False"]
