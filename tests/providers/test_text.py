import pytest

from providers import registry, text
from providers.errors import Refused, Unavailable
from providers.ports import LlmRequest, Message
from tests.doubles.openai import OpenAI

ASK = LlmRequest([Message("user", "Hello")])


@pytest.fixture
def quick(monkeypatch):
    monkeypatch.setattr(text, "_REST", 0.01)


def model(double):
    return registry.build(
        "llm",
        "openai",
        credentials={"api_key": double.key},
        base_url=double.url + "/v1",
    )


async def test_collects_a_whole_reply():
    async with OpenAI().serving() as double:
        answer = await text.ask(model(double), ASK)

    assert answer.text.split() == double.words.split()
    assert answer.usage.output_tokens == 12


async def test_collects_tool_calls():
    async with OpenAI(tool=("book", {"guests": 2})).serving() as double:
        answer = await text.ask(model(double), ASK)

    assert answer.tool_calls[0].arguments == {"guests": 2}


async def test_tries_again_what_may_pass(quick):
    async with OpenAI().serving() as double:
        double.fault = "500"
        guard = double.guard
        answers = []

        async def recover(request):
            answers.append(await guard(request))
            double.fault = ""
            return answers[-1]

        double.guard = recover
        answer = await text.ask(model(double), ASK)

    assert answer.text
    assert [answer is None for answer in answers] == [False, True]


@pytest.mark.parametrize(("fault", "kind"), [("401", Refused), ("503", Unavailable)])
async def test_gives_up_in_the_end(quick, fault, kind):
    async with OpenAI(fault=fault).serving() as double:
        with pytest.raises(kind):
            await text.ask(model(double), ASK)


def test_parses_json_even_in_a_fence():
    assert text.Answer('```json\n{"a": 1}\n```').json() == {"a": 1}
    with pytest.raises(Unavailable):
        text.Answer("no").json()


def test_works_from_code_that_is_not_asynchronous():
    scripted = registry.build("llm", "scripted", credentials={"script": "Yes.\nNo."})

    assert text.complete(scripted, ASK).text == "Yes."


async def test_says_so_when_it_is_called_on_a_loop():
    scripted = registry.build("llm", "scripted", credentials={"script": "Yes."})

    with pytest.raises(Refused, match="asynchronous"):
        text.complete(scripted, ASK)
