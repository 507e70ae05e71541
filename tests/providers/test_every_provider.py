"""Words are carried through every provider that can be connected.

Who has a protocol of its own runs the contract of its port in its own module; who speaks
OpenAI's is gone through here, one by one, against a double with that vendor's own rules.
"""

import importlib
import pkgutil
import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest

import tests.providers
from agents import provider_keys
from providers import addresses, registry
from providers.errors import Refused, Unavailable
from providers.ports import (
    TELEPHONE,
    Audio,
    Finalized,
    LlmRequest,
    Message,
    SttRequest,
    TextDelta,
    ToolCall,
    ToolSpec,
    Transcript,
    TtsRequest,
    Usage,
    UtteranceDone,
)
from tests.doubles.chat_vendors import ChatVendor
from tests.doubles.openai import OpenAI
from tests.providers import contract
from tests.providers.contract import Events, heard

MINDS = sorted(addresses.CHAT)
EARS, MOUTHS = ("groq", "custom-transcriber"), ("custom-voice",)  # OpenAI's, elsewhere
CONTRACTS = {
    "stt": contract.SpeechToTextContract,
    "llm": contract.LanguageModelContract,
    "tts": contract.TextToSpeechContract,
    "realtime": contract.RealtimeContract,
}
TOOL = ToolSpec("book", "Book a table.", {"type": "object", "properties": {}})


def connect(channel, provider, double, key="good-key"):
    """Connect as a customer does: by key, or by an address of one's own."""
    own = {
        "azure-openai": {"endpoint": double.url},
        "ollama": {"base_url": f"{double.url}/v1"},
    }
    credentials = {"api_key": key, "bearer_token": key}
    if provider.startswith("custom-"):
        return registry.build(
            channel,
            provider,
            credentials={**credentials, "url": f"{double.url}/v1"},
            allow_private=True,
        )
    if provider in own:
        return registry.build(
            channel,
            provider,
            credentials={**credentials, **own[provider]},
            allow_private=True,
        )
    path = urlsplit(addresses.CHAT[provider]).path if channel == "llm" else "/v1"
    return registry.build(
        channel, provider, credentials=credentials, base_url=double.url + path
    )


async def reply_of(port, **more):
    request = LlmRequest([Message("user", "Hello")], model="m", **more)
    return [event async for event in port.reply(request)]


@pytest.mark.parametrize("provider", MINDS)
async def test_a_mind_replies_in_words(provider):
    async with ChatVendor(vendor=provider).serving() as double:
        *told, usage = await reply_of(connect("llm", provider, double))

    words = "".join(each.text for each in told if isinstance(each, TextDelta))
    assert words.split() == double.words.split()
    assert usage == Usage(20, 12, 5)
    assert double.complaints == []
    own = {"azure-openai": "/openai/v1", "ollama": "/v1", "custom-llm": "/v1"}
    path = own.get(provider) or urlsplit(addresses.CHAT[provider]).path
    assert double.paths == (f"{path}/chat/completions",)


@pytest.mark.parametrize("provider", MINDS)
async def test_a_mind_uses_tools_where_its_vendor_has_them(provider):
    tool = ("book", {"guests": 4})
    async with ChatVendor(vendor=provider, tool=tool).serving() as double:
        port = connect("llm", provider, double)
        told = await reply_of(port, tools=(TOOL,))

    assert double.complaints == []
    assert ("tools" in double.requests[0]) is port.capabilities.tools
    (call,) = [each for each in told if isinstance(each, ToolCall)]
    assert (call.name, call.arguments) == tool


@pytest.mark.parametrize("provider", [each for each in MINDS if each != "ollama"])
async def test_a_mind_refuses_a_wrong_key(provider):
    async with ChatVendor(vendor=provider).serving() as double:
        with pytest.raises(Refused) as caught:
            await reply_of(connect("llm", provider, double, "bad-key"))

    assert caught.value.provider == provider
    assert "bad-key" not in str(caught.value)


@pytest.mark.parametrize("fault", ["503", "cut", "garbage"])
@pytest.mark.parametrize("provider", MINDS)
async def test_a_mind_that_fails_says_so(provider, fault):
    async with ChatVendor(vendor=provider, fault=fault).serving() as double:
        with pytest.raises(Unavailable):
            await reply_of(connect("llm", provider, double))


@pytest.mark.parametrize("provider", EARS)
async def test_an_ear_hears_words(provider):
    async with OpenAI().serving() as double:
        port = connect("stt", provider, double)
        stream, events = await heard(port, SttRequest(TELEPHONE, "en-US"))
        stream.finalize()
        await events.until(Finalized)
        stream.close()

    assert [each.text for each in events.of(Transcript)] == ["Hello there."]


@pytest.mark.parametrize("provider", MOUTHS)
async def test_a_mouth_speaks_words(provider):
    async with OpenAI().serving() as double:
        events = Events()
        port = connect("tts", provider, double)
        stream = await port.open(TtsRequest(TELEPHONE, "", "en-US"), events)
        stream.say("u1", "Hello there.", more=False)
        await events.until(UtteranceDone)
        stream.close()

    assert [body["input"] for body in double.requests] == ["Hello there."]
    assert sum(len(each.data) for each in events.of(Audio)) > 0


def in_modules_of_their_own():
    """Find which provider's module runs the contract of which port."""
    found = set()
    for each in pkgutil.iter_modules(tests.providers.__path__):
        if not each.name.startswith("test_") or each.name in __name__:
            continue
        module = importlib.import_module(f"tests.providers.{each.name}")
        for thing in vars(module).values():
            if isinstance(thing, type) and thing.__module__ == module.__name__:
                found |= {
                    (channel, module.PROVIDER)
                    for channel, kind in CONTRACTS.items()
                    if issubclass(thing, kind)
                }
    return found


def test_no_provider_that_can_be_connected_is_left_out():
    offered = {each.id for each in provider_keys.offered()}
    wanted = {
        (channel, provider)
        for channel in CONTRACTS
        for provider in registry.providers(channel)
        if provider in offered
    }
    here = {
        *(("llm", provider) for provider in MINDS),
        *(("stt", provider) for provider in EARS),
        *(("tts", provider) for provider in MOUTHS),
    }

    assert wanted - here - in_modules_of_their_own() == set()
    assert {provider for _, provider in wanted} == offered
    assert len(offered) >= 27


def test_the_recipe_names_all_of_them_and_counts_right():
    recipe = Path("docs/recipes/connect-a-model.md").read_text(encoding="utf-8")
    vendors = [each for each in provider_keys.offered() if "custom-" not in each.id]
    rows = re.findall(r"^\| ([A-Z][a-z ]+) \| (.+) \|$", recipe, re.M)
    told = {channel: row.split(", ") for channel, (_, row) in zip(CONTRACTS, rows, strict=True)}  # fmt: skip

    for channel, names in told.items():
        serving = [each.name for each in vendors if registry.supports(channel, each.id)]
        assert sorted(names) == sorted(serving)
    assert f"{len(vendors)} providers, and servers of your own" in recipe
