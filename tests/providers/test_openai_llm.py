import pytest

from providers import registry
from providers.errors import Refused
from providers.ports import LlmRequest, Message, TextDelta, Usage
from tests.doubles.openai import OpenAI
from tests.providers.contract import LanguageModelContract

DOUBLE, CHANNEL, PROVIDER, PATH = OpenAI, "llm", "openai", "/v1"


class TestChatCompletions(LanguageModelContract):
    pass


async def ask(port, **more):
    request = LlmRequest([Message("user", "Hello")], **more)
    return [event async for event in port.reply(request)]


async def test_reads_a_reply_that_was_not_streamed(vendor, port):
    vendor.ignores_stream = True

    events = await ask(port)

    assert events == [TextDelta(vendor.words), Usage(20, 12, 5)]


@pytest.mark.parametrize(
    ("model", "expected", "missing"),
    [
        ("gpt-4o-mini", {"temperature": 0.5, "max_completion_tokens": 250}, "reasoning_effort"),
        ("gpt-5-mini", {"reasoning_effort": "minimal"}, "temperature"),
        ("gpt-5.4", {"reasoning_effort": "none", "temperature": 0.5}, "max_tokens"),
    ],
)  # fmt: skip
async def test_asks_each_model_what_it_takes(vendor, port, model, expected, missing):
    await ask(port, model=model)

    body = vendor.requests[0]
    assert expected.items() <= body.items()
    assert missing not in body


async def test_a_dialect_changes_the_request(vendor):
    port = registry.build("llm", "mistral", credentials={"api_key": "good-key"}, base_url=vendor.url + "/v1")  # fmt: skip

    await ask(port, model="m")

    assert "stream_options" not in vendor.requests[0]
    assert vendor.requests[0]["max_tokens"] == 250


async def test_an_endpoint_of_ones_own_is_called_as_it_is_given(vendor):
    url = f"{vendor.url}/v1/chat/completions"
    credentials = {"url": url, "bearer_token": "good-key"}
    port = registry.build("llm", "custom-llm", credentials=credentials, allow_private=True)  # fmt: skip

    events = await ask(port, model="mine")

    assert isinstance(events[-1], Usage)


async def test_a_customers_private_address_is_never_called(vendor):
    port = registry.build("llm", "custom-llm", credentials={"url": f"{vendor.url}/v1"})

    with pytest.raises(Refused, match="public internet"):
        await ask(port, model="mine")

    assert vendor.requests == []


async def test_an_empty_account_is_permanent(port, vendor):
    vendor.error = lambda status, message: __import__("aiohttp").web.json_response(
        {"error": {"code": "insufficient_quota", "message": "You exceeded"}}, status=429
    )
    vendor.fault = "429"

    with pytest.raises(Refused, match="no credit"):
        await ask(port)
