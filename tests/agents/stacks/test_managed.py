"""A managed stack runs as it is sold, at its one price."""

import pytest

from agents import config as configs
from agents import payload, stacks
from agents.models import ProviderKey
from billing.models import ManagedSku
from common import clock
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def sku(settings):
    settings.PROVIDER_API_KEYS = {"deepgram": "d", "openai": "o", "cartesia": "c"}
    sku, _ = ManagedSku.objects.update_or_create(
        pk="natural",
        defaults={
            "name": "Natural",
            "price_micros": 10_000_000,
            "priced_on": clock.now().date(),
            "stack": {
                "stt": "deepgram/nova-3",
                "llm": "openai/gpt-4o-mini",
                "tts": "cartesia/sonic-3",
            },
        },
    )
    return sku


def resolve(workspace, **fields):
    return stacks.resolve(configs.parse(fields), workspace)


def test_runs_what_is_sold_at_one_price(sku, workspace):
    stack = resolve(workspace, managed_sku_id="natural", tts_provider="elevenlabs")

    assert [choice.provider for choice in stack.choices] == [
        "deepgram",
        "openai",
        "cartesia",
    ]
    assert stack.rate.per_minute_micros == 10_000_000
    assert [part.channel for part in stack.rate.components] == ["managed"]
    assert stack.rate.unpriced == ()
    assert not stack.blockers


def test_runs_on_the_operator_s_keys_alone(sku, workspace):
    ProviderKey.objects.create(
        workspace=workspace, provider="openai", credentials={"api_key": "own"}
    )

    stack = resolve(workspace, managed_sku_id="natural")
    keyring = stacks.keyring_of(configs.parse({"managed_sku_id": "natural"}), workspace)

    assert {choice.whose for choice in stack.choices} == {"platform"}
    assert keyring.key_for("openai").credentials == {"api_key": "o"}


def test_does_not_run_as_something_else(sku, workspace, settings):
    settings.PROVIDER_API_KEYS = {"deepgram": "d", "openai": "o"}

    stack = resolve(workspace, managed_sku_id="natural")

    assert [notice.title for notice in stack.blockers] == [
        "The managed stack Natural cannot run here"
    ]


def test_an_unknown_one_keeps_from_publishing(workspace):
    stack = resolve(workspace, managed_sku_id="nothing")

    assert "no managed stack" in stack.blockers[-1].title


def test_without_one_the_custom_price_counts(workspace):
    stack = resolve(workspace)

    assert stack.rate.components[-1].channel == "platform"


def test_is_read_back_as_it_was_written(sku, workspace):
    agent = factories.AgentFactory(
        workspace=workspace,
        config=configs.parse({"managed_sku_id": "natural"}).document(),
    )

    read = payload.shown(agent)

    assert (read["agent_kind"], read["managed_sku_id"]) == ("managed", "natural")
