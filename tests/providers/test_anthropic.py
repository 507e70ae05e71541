import pytest

from providers.anthropic.llm import _takes_temperature
from providers.errors import Unavailable
from providers.ports import LlmRequest, Message
from tests.doubles.anthropic import Anthropic
from tests.providers.contract import LanguageModelContract

DOUBLE, CHANNEL, PROVIDER, PATH = Anthropic, "llm", "anthropic", "/v1"


class TestMessages(LanguageModelContract):
    pass


async def test_an_overload_in_mid_stream_may_pass(vendor, port):
    vendor.breaks_off = "overloaded_error"

    with pytest.raises(Unavailable):
        [event async for event in port.reply(LlmRequest([Message("user", "Hi")]))]


@pytest.mark.parametrize(
    ("model", "takes"),
    [
        ("claude-3-5-haiku-20241022", True),
        ("claude-haiku-4-5-20251001", True),
        ("claude-sonnet-4-6", True),
        ("claude-opus-4-8", False),
        ("claude-opus-5", False),
        ("claude-haiku-5-5", False),
    ],
)
def test_knows_which_models_take_a_temperature(model, takes):
    assert _takes_temperature(model) is takes
