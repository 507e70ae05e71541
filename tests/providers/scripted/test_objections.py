"""What the offline brain says to an objection, and to what sounds like one."""

from tests.providers.scripted.talk import Talk, at_the_name

MESSAGE = {
    "opener": "Hello, this is Ava.",
    "knowledge": ["All circuits are busy in the evening."],
    "slots": [
        {"name": "matter", "description": "what the call is about", "required": True},
        {"name": "full_name", "description": "name", "required": True},
    ],
    "objections": [
        {
            "trigger": "That feature is not available on this line",
            "response": "Our team can switch it on.",
        }
    ],
}


async def test_meets_an_objection(talk):
    await at_the_name(talk)

    answer = await talk.say("Hm, that's too expensive for me.")

    assert answer.startswith("I understand. We offer payment plans with no interest.")
    assert answer.endswith("may I have your full name?")


async def test_takes_an_answer_for_no_objection_that_shares_a_word_with_it():
    objection = {
        "trigger": "I have to think about it",
        "response": "Take all the time you need.",
    }
    talk = Talk({**MESSAGE, "objections": [objection]})
    await talk.open()
    await talk.say("Hello.")

    answer = await talk.say("My tooth really hurts, I think it is swollen.")

    assert "Take all the time" not in answer
    assert answer == "All right, thank you. May I have your name?"


async def test_asks_for_a_slot_in_the_words_that_describe_it():
    talk = Talk(MESSAGE)
    await talk.open()

    assert (await talk.say("Hello.")).endswith("May I ask what the call is about?")


async def test_hears_an_objection_when_it_has_asked_for_a_slot():
    talk = Talk(MESSAGE)
    await talk.open()
    await talk.say("Hello.")

    answer = await talk.say("That feature is not available on this line.")

    assert answer.startswith("Our team can switch it on.")
    assert answer.endswith("what the call is about?")


async def test_says_what_it_knows_when_it_hears_that_instead_of_an_answer():
    talk = Talk(MESSAGE)
    await talk.open()

    answer = await talk.all("Hello.", "About my bill.", "All circuits are busy now.")

    assert answer.startswith("All circuits are busy in the evening.")
    assert answer.endswith("may I have your name?")
