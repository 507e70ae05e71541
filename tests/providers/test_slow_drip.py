"""A byte at a time keeps no reply open longer than its limit."""

import asyncio
from unittest import mock

import pytest

from providers import limits, registry, web
from providers.account import Account
from providers.errors import ProviderError, TimedOut
from providers.ports import (
    TELEPHONE,
    Failed,
    LlmRequest,
    Message,
    SttRequest,
    TtsRequest,
    UtteranceFailed,
)
from tests.doubles.drip import dripping
from tests.providers import sounds
from tests.providers.contract import Events, in_a_hurry

OK = b"HTTP/1.1 200 OK\r\nContent-Type: %b\r\nConnection: close\r\n\r\n"
EVERY = 0.05  # s; the limits are 0.3
HANGS = 10  # s


def build(channel, provider, url, **options):
    return registry.build(
        channel, provider, credentials={"api_key": "k"}, base_url=url, **options
    )


async def reply_of(url):
    request = LlmRequest([Message("user", "Hello")])
    async for _ in build("llm", "openai", url).reply(request):
        pass


async def get(url, *, within):
    account = Account("openai", base_url=url)
    async with (
        asyncio.timeout(HANGS),
        web.request(account, "GET", url, headers={}, within=within),
    ):
        pass


@pytest.mark.parametrize(
    "body",
    [
        b": ping\n\n",
        b'data: {"choices": [{"index": 0, "delta": {"content": "word "}}]}\n\n',
    ],
)
async def test_a_model_that_drips_ends_by_its_limit(body):
    """Before any words that is the first token's; after them, the whole reply's."""
    many = {"LLM_FIRST_TOKEN": 1.5, "LLM_GAP": 0.5, "LLM_TOTAL": 1.5}
    async with dripping(OK % b"text/event-stream", body, every=0.01) as (url, gone):
        with mock.patch.multiple(limits, **many), pytest.raises(TimedOut):
            async with asyncio.timeout(HANGS):
                await reply_of(url)
    assert gone[0] > len(body)


async def test_a_voice_that_drips_is_left():
    head = OK % b"audio/pcm"
    async with dripping(head, b"\x01\x02", every=EVERY) as (url, _):
        events = Events()
        with in_a_hurry():
            voice = build("tts", "openai", url)
            stream = await voice.open(TtsRequest(TELEPHONE, "", "en-US"), events)
            stream.say("u1", "Hello there.", more=False)
            failed = await events.until(UtteranceFailed, within=HANGS)
        stream.close()

    assert type(failed.error) is TimedOut


@pytest.mark.parametrize("provider", ["google", "sarvam"])
async def test_a_voice_that_drips_json_is_left(provider):
    head = OK % b"application/json"
    async with dripping(head, b" ", every=EVERY) as (url, _):
        events = Events()
        with in_a_hurry():
            voice = build("tts", provider, url)
            stream = await voice.open(TtsRequest(TELEPHONE, "", "en-US"), events)
            stream.say("u1", "Hello there.", more=False)
            failed = await events.until(UtteranceFailed, within=HANGS)
        stream.close()

    assert type(failed.error) is TimedOut


@pytest.mark.parametrize("provider", ["google", "azure", "openai"])
async def test_a_recogniser_that_drips_is_left(provider):
    head = OK % b"application/json"
    async with dripping(head, b" ", every=EVERY) as (url, _):
        events = Events()
        with in_a_hurry():
            ear = build("stt", provider, url)
            stream = await ear.open(SttRequest(TELEPHONE, "en-US"), events)
            stream.send(sounds.speech(TELEPHONE))
            stream.finalize()
            failed = await events.until(Failed, within=HANGS)
        stream.close()

    assert type(failed.error) is TimedOut


async def test_a_head_that_drips_counts_as_no_answer():
    head = b"HTTP/1.1 200 OK\r\n"
    async with dripping(head, b"X-A: b\r\n", every=EVERY) as (url, _):
        with pytest.raises(TimedOut):
            await get(url, within=0.3)


async def test_a_refusal_that_drips_is_told_by_its_status():
    head = b"HTTP/1.1 503 Busy\r\nRetry-After: 7\r\nConnection: close\r\n\r\n"
    async with dripping(head, b"x", every=EVERY) as (url, _):
        with pytest.raises(ProviderError) as caught:
            await get(url, within=5.0)

    assert (caught.value.status, caught.value.retry_after) == (503, 7.0)
