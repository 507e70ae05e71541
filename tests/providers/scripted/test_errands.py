"""Tools that the offline brain uses because the caller's words ask for them."""

import pytest

from agents.tools import outcome
from tests.providers.scripted.talk import (
    CALL_BACK,
    CLOCK,
    DENTIST,
    END_CALL,
    SEARCH,
    Talk,
)

NOW = "Thursday, November 26, 2026, 1:33 PM (America/Chicago)"
PLANNED = "The call back is planned for Friday, November 27, 3:00 PM."
EVERY = (END_CALL, CLOCK, SEARCH, CALL_BACK)


@pytest.fixture
async def talk():
    talk = Talk(tools=EVERY)
    await talk.open()
    return talk


def used(talk):
    return [(call.name, call.arguments) for call in talk.called]


@pytest.mark.parametrize(
    "said", ["What time is it?", "what's today's date", "Um, what day is it today?"]
)
async def test_the_time_is_asked_of_the_clock_and_read_out(talk, said):
    assert await talk.say(said) == ""
    assert used(talk) == [("datetime_now", {})]

    answer = await talk.told(NOW)

    assert answer.startswith("It is Thursday, November 26, 2026, 1:33 PM.")
    assert "America" not in answer


async def test_the_question_that_was_due_comes_back(talk):
    await talk.say("I would like a cleaning please.")
    await talk.say("What time is it?")

    answer = await talk.told(NOW)

    assert "full name" in answer
    assert "Thank you, John." in await talk.say("John Miller")


async def test_without_the_tool_it_says_that_it_does_not_know():
    talk = Talk(tools=(END_CALL,))
    await talk.open()

    answer = await talk.say("What time is it?")

    assert "do not have that information" in answer
    assert talk.called == []


async def test_a_call_back_is_planned_for_the_moment_that_was_named(talk):
    await talk.say("Can you call me back tomorrow at three?")
    await talk.told(NOW)
    answer = await talk.told(PLANNED)

    assert [name for name, _ in used(talk)] == ["datetime_now", "schedule_callback"]
    assert talk.called[1].arguments["at"] == "2026-11-27T15:00:00"
    assert "tomorrow at three" in talk.called[1].arguments["reason"]
    assert answer.startswith("We will call you back on Friday, November 27, 3:00 PM.")


async def test_it_asks_for_the_moment_that_was_not_named(talk):
    asked = await talk.say("Please call me back.")
    assert "When shall we call you back?" in asked
    assert talk.called == []

    again = await talk.say("Well, some day.")
    assert "schedule_callback" not in dict(used(talk))

    await talk.say("Please call me back.")
    await talk.say("Friday at ten.")
    await talk.told(NOW)

    assert again
    assert talk.called[-1].arguments["at"] == "2026-11-27T10:00:00"


async def test_a_moment_that_does_not_work_is_asked_for_anew(talk):
    await talk.say("Call me back today at 2 pm.")
    await talk.told(NOW)
    answer = await talk.told(
        "That time is past, or further off than 60 days. Ask for another."
    )
    assert "Which other day" in answer

    await talk.say("Tomorrow at nine.")
    await talk.told(NOW)

    assert talk.called[-1].arguments["at"] == "2026-11-27T09:00:00"


@pytest.mark.parametrize("said", ["Please don't call me back.", "Never call me again."])
async def test_nobody_is_called_who_does_not_want_it(talk, said):
    await talk.say(said)

    assert "schedule_callback" not in dict(used(talk))
    assert "datetime_now" not in dict(used(talk))


async def test_a_number_is_an_answer_and_no_errand(talk):
    await talk.all("I would like a cleaning please.", "John Miller")

    answer = await talk.say("You can call me at 512 555 0122.")

    assert "5 1 2" in answer
    assert talk.called == []


async def test_what_it_does_not_know_is_looked_up(talk):
    await talk.say("Do you sell electric toothbrushes?")
    assert used(talk) == [
        ("knowledge_search", {"query": "Do you sell electric toothbrushes?"})
    ]

    answer = await talk.told(
        outcome.fenced(
            "- Shop, Page 1: We sell electric toothbrushes from 49 dollars.\n"
            "- Shop, Page 2: The shop closes at noon."
        )
    )

    assert answer.startswith("We sell electric toothbrushes from 49 dollars.")
    assert "noon" not in answer


async def test_what_nobody_knows_is_admitted(talk):
    await talk.say("Do you repair bicycles?")

    answer = await talk.told("Nothing was found about that.")

    assert answer.startswith("I am afraid I do not have that information.")
    assert DENTIST["fallback_cta"] in answer


async def test_what_it_knows_is_not_looked_up(talk):
    answer = await talk.say("How much is whitening?")

    assert "350" in answer
    assert talk.called == []


async def test_a_tool_that_failed_ends_nothing(talk):
    await talk.say("Can you call me back tomorrow at three?")
    await talk.told(NOW)

    answer = await talk.told("The tool did not work. Say so, and go on without it.")

    assert answer.startswith("I could not plan a call back.")
