"""What a busy vendor asks for is read, believed up to a bound, and kept to."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from providers import limits, registry, text
from providers.errors import ProviderError, Unavailable
from providers.ports import TELEPHONE, LlmRequest, Message, SttRequest
from tests.doubles.deepgram import Deepgram
from tests.doubles.openai import OpenAI
from tests.providers.contract import Events

ASK = LlmRequest([Message("user", "Hello")])


def mind(double):
    return registry.build(
        "llm",
        "openai",
        credentials={"api_key": double.key},
        base_url=double.url + "/v1",
    )


async def asked(fault, retry_after):
    """Return what an error of a model's says about waiting."""
    async with OpenAI(fault=fault, retry_after=retry_after).serving() as double:
        with pytest.raises(ProviderError) as caught:
            async for _ in mind(double).reply(ASK):
                pass
    return caught.value.retry_after


@pytest.mark.parametrize("fault", ["429", "503"])
@pytest.mark.parametrize(
    ("header", "seconds"),
    [("7", 7), ("0", 0), ("999999", limits.RETRY_AFTER), ("soon", None)],
)
async def test_seconds_are_read_and_bounded(fault, header, seconds):
    assert await asked(fault, header) == seconds


async def test_a_date_is_read():
    then = format_datetime(datetime.now(UTC) + timedelta(minutes=5), usegmt=True)

    seconds = await asked("503", then)

    assert 0 < seconds <= 300


async def test_a_date_that_is_past_asks_for_nothing():
    assert await asked("429", "Wed, 21 Oct 2015 07:28:00 GMT") == 0


async def test_other_statuses_ask_for_nothing():
    assert await asked("500", "7") is None


async def test_a_socket_that_is_refused_may_ask_too():
    async with Deepgram(fault="503", retry_after="9").serving() as double:
        ear = registry.build(
            "stt",
            "deepgram",
            credentials={"api_key": double.key},
            base_url=double.url,
        )
        with pytest.raises(Unavailable) as caught:
            await ear.open(SttRequest(TELEPHONE, "en-US"), Events())

    assert caught.value.retry_after == 9


# ---- outside calls


@pytest.fixture
def rests(monkeypatch):
    """How long was waited, without waiting."""
    waited = []

    async def rest(seconds):
        waited.append(seconds)

    monkeypatch.setattr(text, "_sleep", rest)
    return waited


async def test_outside_calls_a_vendor_gets_the_time_it_asks_for(rests):
    async with OpenAI(fault="503", retry_after="7").serving() as double:
        with pytest.raises(Unavailable):
            await text.ask(mind(double), ASK)

    assert rests == [7, 7]


async def test_outside_calls_a_vendor_that_asks_for_too_much_is_given_up(rests):
    async with OpenAI(fault="429", retry_after="600").serving() as double:
        with pytest.raises(Unavailable):
            await text.ask(mind(double), ASK)

    assert rests == []
