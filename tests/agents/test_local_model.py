import pytest
from aiohttp import web

from agents import config, local_model, stacks
from agents.provider_keys import Keyring
from tests.doubles.server import Double, in_a_thread


class Ollama(Double):
    """A server that lists its models as OpenAI does, and wants no key."""

    models = ("qwen3:8b", "llama3.2:3b")

    def routes(self):
        return [web.get("/v1/models", self.list)]

    def wrong_key(self, request):
        return False

    async def list(self, request):
        self.requests.append(request)
        return await self.guard(request) or web.json_response(
            {"object": "list", "data": [{"id": name} for name in self.models]}
        )


@pytest.fixture
def server(settings):
    with in_a_thread(Ollama()) as double:
        settings.LOCAL_LLM_URL = f"{double.url}/v1"
        yield double


def test_without_an_address_nothing_is_asked():
    assert local_model.found() == ""


def test_the_first_model_listed_is_taken(server):
    assert local_model.found() == "qwen3:8b"


def test_the_model_that_was_named_is_taken(server, settings):
    settings.LOCAL_LLM_MODEL = "llama3.2:3b"

    assert local_model.found() == "llama3.2:3b"


def test_the_server_is_asked_once_in_a_while(server):
    for _ in range(3):
        local_model.found()

    assert len(server.requests) == 1


@pytest.mark.parametrize("fault", ["500", "slow"])
def test_a_server_that_does_not_answer_is_left_out(server, fault):
    server.fault = fault

    assert local_model.found() == ""


def test_an_agent_without_keys_thinks_with_it_at_no_charge(server, workspace):
    stack = stacks.resolve(config.defaults(), workspace)

    mind = stack.choice("llm")
    assert (mind.provider, mind.model, mind.whose) == ("ollama", "qwen3:8b", "server")
    assert not stack.is_scripted
    assert stack.rate.unpriced == ()
    assert stacks.options(mind, Keyring(workspace))["base_url"] == f"{server.url}/v1"


def test_a_key_comes_before_it(server, workspace, settings):
    settings.PROVIDER_API_KEYS = {"openai": "sk-platform"}

    assert (
        stacks.resolve(config.defaults(), workspace).choice("llm").provider == "openai"
    )
