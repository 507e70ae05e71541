"""How a talk with the offline brain ends: with a goodbye, or with a person."""

import pytest

from providers.ports import Message
from tests.providers.scripted.talk import DENTIST, HAND_OFF, at_the_name


@pytest.mark.parametrize(
    "said",
    ["Bye!", "Goodbye.", "Okay, have a nice day", "That's all, thanks", "I gotta go"],
)
async def test_ends_when_the_caller_says_goodbye(talk, said):
    await at_the_name(talk)

    await talk.say(said)

    assert [call.name for call in talk.called] == ["end_call"]


async def test_leaves_the_last_words_to_the_engine_when_there_are_any(talk):
    talk.playbook = {**DENTIST, "end_message": "Thanks for calling, smile on!"}

    assert await talk.say("bye") == ""
    assert talk.called


async def test_says_goodbye_itself_when_it_cannot_hang_up(talk):
    talk.tools = ()
    talk.playbook = {**DENTIST, "end_message": "Smile on!"}

    assert await talk.say("bye") == "Smile on!"


async def test_connects_a_human_when_it_can(talk):
    talk.tools = (HAND_OFF,)

    answer = await talk.say("Can I talk to a real person please?")

    assert "connect you" in answer
    (call,) = talk.called
    assert call.name == "handoff_to_human"
    assert "real person" in call.arguments["reason"]


async def test_admits_that_it_cannot_connect_anybody(talk):
    answer = await talk.say("I want to speak to a human")

    assert answer.startswith("I cannot transfer this call right now.")
    assert DENTIST["fallback_cta"] in answer


@pytest.mark.parametrize(
    "result",
    [
        "failed: nobody answers",
        "Nobody could be called. Say so, and offer a call back.",
    ],
)
async def test_goes_on_when_a_transfer_failed(talk, result):
    talk.tools = (HAND_OFF,)
    await talk.say("Can I talk to a human?")
    call = talk.called[0]
    talk.messages[-1] = Message("assistant", "One moment.", tool_calls=(call,))

    assert "cannot transfer" in await talk.told(result)
