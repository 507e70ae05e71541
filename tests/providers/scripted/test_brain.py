"""Conversations with the offline brain. Without an embedder: words alone decide."""

from dataclasses import replace

import pytest

from providers.errors import Refused
from providers.ports import LlmRequest, Message, TextDelta
from providers.scripted import answers
from providers.scripted.brain import OfflineBrain
from tests.providers.scripted.talk import (
    DENTIST,
    Talk,
    at_the_name,
    at_the_phone,
)


async def test_opens_with_the_agents_own_words():
    assert await Talk().open() == DENTIST["opener"]


async def test_greets_by_name_without_an_opener():
    greeting = await Talk({**DENTIST, "opener": ""}).open()

    assert "Bright Smile Dental" in greeting
    assert "Maya" in greeting
    assert "automated" in greeting


async def test_books_an_appointment_from_hello_to_goodbye(talk):
    assert (
        await talk.say("Hi, I'd like to book a cleaning.")
        == "Got it. May I have your full name?"
    )
    assert (
        await talk.say("John Miller.")
        == "Thank you, John. What is the best phone number to reach you?"
    )
    assert (
        await talk.say("five five five, oh one two, three four five six")
        == "I have 5 5 5, 0 1 2, 3 4 5 6. Is that right?"
    )
    assert (await talk.say("Yes, that's right.")).endswith(
        "Which day works best for you?"
    )
    assert (
        await talk.say("Next Tuesday at three pm would be great.")
        == "Next Tuesday at three pm, noted. Are you a new patient?"
    )
    assert (await talk.say("Yes I am.")).endswith("May I have your e-mail address?")
    assert (
        await talk.say("sam dot lee at gmail dot com")
        == "I have S A M dot L E E at gmail dot com. Is that right?"
    )
    assert (await talk.say("correct")).endswith(DENTIST["closing_cta"])
    assert (await talk.say("thank you")).endswith(
        "Is there anything else I can help you with?"
    )
    assert await talk.say("no that's all, bye") == "Thank you for calling. Goodbye!"
    assert [call.name for call in talk.called] == ["end_call"]  # fmt: skip


async def test_asks_one_question_at_a_time(talk):
    for said in ("hello", "cleaning", "Ann", "555 123 4567", "yes", "tomorrow", "no"):
        answer = await talk.say(said)
        assert answer.count("?") <= 1


async def test_replies_the_same_whenever_it_is_asked(talk):
    await at_the_phone(talk)
    history = list(talk.messages)

    again = Talk(messages=history[1:])
    first = await talk.say("do you have parking?")

    assert await again.say("do you have parking?") == first


async def test_answers_a_question_and_comes_back_to_its_own(talk):
    await at_the_name(talk)

    answer = await talk.say("Do you take Delta Dental?")

    assert "Delta Dental, Cigna and Aetna." in answer
    assert answer.endswith("may I have your full name?")


async def test_says_so_when_it_does_not_know(talk):
    await at_the_name(talk)

    answer = await talk.say("What is the capital of France?")

    assert answer.startswith("I am afraid I do not have that information.")
    assert DENTIST["fallback_cta"] in answer
    assert "Paris" not in answer


async def test_quotes_nothing_but_the_facts(talk):
    answer = await talk.say("How much is a cleaning?")

    assert "A new patient exam with cleaning costs $120." in answer
    assert "$350" not in answer


async def test_says_so_when_it_does_not_understand(talk):
    talk.playbook = {**DENTIST, "qualification": [], "slots": [], "closing_cta": ""}

    answer = await talk.say("The purple elephants are flying over my refrigerator.")

    assert answer.startswith("I am sorry, I did not quite understand that.")


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("My name is Ann O'Neil.", "Ann"),
        ("It's Priya.", "Priya"),
        ("Um, sure, this is Bob Stone speaking", "Bob"),
        ("ANNA", "ANNA"),
        ("I'm Élodie and I need a cleaning", "Élodie"),
        ("José García", "José"),
    ],
)
async def test_hears_names(talk, said, name):
    await at_the_name(talk)

    assert (await talk.say(said)).startswith(f"Thank you, {name}.")


@pytest.mark.parametrize(
    "said",
    [
        "I don't want to say",
        "why do you need that",
        "how much is it?",
        "It's wrong, you charged me twice",
        "How much is a cleaning?",
    ],
)
async def test_takes_no_sentence_for_a_name(talk, said):
    await at_the_name(talk)

    answer = await talk.say(said)

    assert "Thank you" not in answer
    assert "your full name" in answer or "just your name" in answer


async def test_takes_a_correction_of_what_it_read_back(talk):
    await at_the_phone(talk)
    await talk.say("555 123 4567")

    answer = await talk.say("No, it is 555 123 4569.")

    assert answer == "I have 5 5 5, 1 2 3, 4 5 6 9. Is that right?"


async def test_asks_again_when_what_it_read_back_was_wrong(talk):
    await at_the_phone(talk)
    await talk.say("555 123 4567")

    answer = await talk.say("No.")

    assert answer == "Sorry about that. Could you say the whole phone number, digit by digit?"  # fmt: skip
    assert "4 5 6 8" in await talk.say("five five five one two three four five six eight")  # fmt: skip


async def test_insists_once_on_what_is_required_and_then_lets_go(talk):
    await at_the_phone(talk)

    assert "We do need it" in await talk.say("I'd rather not give my number")
    assert "let us leave that" in await talk.say("no, skip it")
    assert "May I have your e-mail" in await talk.all("tomorrow", "no")


async def test_does_not_ask_for_ever(talk):
    await at_the_phone(talk)

    answers = [await talk.say("blah blah something") for _ in range(4)]

    assert "digit by digit" in answers[0]
    assert any("Which day works best" in answer for answer in answers)


async def test_takes_what_was_said_before_it_was_asked(talk):
    answer = await talk.say(
        "Hello, my name is Ann Lee, my number is 555 123 4567, I need a cleaning."
    )

    assert "5 5 5, 1 2 3, 4 5 6 7" in answer
    assert (await talk.say("yes")).endswith("Which day works best for you?")


async def test_takes_the_matter_for_an_answer_to_how_can_i_help():
    playbook = {
        **DENTIST,
        "qualification": [
            {"question": "What is your call about?", "slot_name": "matter"},
            {"question": "May I have your name?", "slot_name": "name"},
        ],
    }
    talk = Talk(playbook)
    await talk.open()

    answer = await talk.say("Hi there, I have a question about my invoice.")

    assert answer.endswith("May I have your name?")


@pytest.mark.parametrize(
    "said", ["Her name is Minka", "The dog's name is Rex", "its name is Bello"]
)
async def test_takes_another_s_name_for_nobody_s_who_calls(said):
    assert answers.name(said, asked=False) == ""
    assert not answers.introduces(said)


async def test_lets_a_name_be_put_right_later(talk):
    await at_the_name(talk)
    await talk.say("Jon Müller")

    assert (await talk.say("No, my name is John Miller")).startswith("Thank you, John.")


async def test_puts_the_end_of_a_number_right(talk):
    await at_the_phone(talk)
    await talk.say("555 123 4567")

    assert "1 2 3, 9 9 8 8" in await talk.say("no it's 9988")


async def test_hears_a_day_before_it_was_asked_for(talk):
    await at_the_name(talk)

    answer = await talk.say("Next Monday in the morning")

    assert answer == "Next Monday morning, noted. May I have your full name?"


async def test_says_a_script_when_its_moment_comes(talk):
    answer = await talk.say("I need to cancel my appointment")

    assert "You can cancel until 24 hours before at no cost." in answer


async def test_never_pretends_to_be_human(talk):
    assert "automated assistant" in await talk.say("Are you a real person?")


async def test_repeats_what_it_said(talk):
    await at_the_name(talk)
    last = talk.messages[-1].text

    assert await talk.say("Sorry, can you repeat that?") == last


async def test_waits_when_asked_to(talk):
    await at_the_phone(talk)

    assert await talk.say("Hold on, let me check.") == "Of course, take your time."
    assert "5 5 5" in await talk.say("555 123 4567")


async def test_does_not_take_an_unheard_question_for_asked(talk):
    await at_the_phone(talk)
    # interrupted: the caller heard the thanks and no question
    talk.messages[-1] = Message("assistant", "Thank you, John.")

    answer = await talk.say("Do you have parking?")

    assert "Free parking" in answer
    assert answer.endswith("What is the best phone number to reach you?")


async def test_keeps_its_question_over_an_are_you_still_there(talk):
    await at_the_name(talk)
    talk.messages.append(Message("assistant", "Are you still there?"))

    assert (await talk.say("John Miller")).startswith("Thank you, John.")


async def test_holds_a_conversation_with_an_empty_playbook():
    talk = Talk({})

    assert "automated assistant" in await talk.open()
    assert "do not have that information" in await talk.say("What do you sell?")
    assert "anything else" in await talk.say("okay")
    await talk.say("bye")
    assert talk.called


async def test_refuses_to_write_structured_answers():
    request = LlmRequest([Message("user", "Hi")], json_schema={"type": "object"})

    with pytest.raises(Refused, match="Connect a language model"):
        [event async for event in OfflineBrain().reply(request)]


async def test_learns_the_playbook_before_the_first_words():
    embedder = CountingEmbedder()
    brain = OfflineBrain(embedder)
    request = LlmRequest(
        messages=(),
        options={"playbook": {"knowledge": ["We open at 8.", "We close at 6."]}},
    )

    await brain.prewarm(request)
    said = replace(request, messages=(Message("user", "When do you open?"),))
    async for _ in brain.reply(said):
        pass

    first, *later = embedder.asked
    assert "We open at 8." in first
    assert later == [["When do you open?"]]


class CountingEmbedder:
    model = "counting"

    def __init__(self):
        self.asked = []

    async def embed(self, texts):
        self.asked.append(list(texts))
        return [[1.0, 0.0] for _ in texts]


async def test_what_was_looked_up_is_answered_from():
    passages = [
        {
            "heading": "Prices › Whitening",
            "text": "£280 for both jaws. It lasts years.",
        },
        {"heading": "Page 4", "text": "The lift is to the left of the entrance."},
    ]
    request = LlmRequest(
        [Message("system", ""), Message("user", "How much is whitening?")],
        options={"playbook": {"company_name": "Ours"}, "passages": passages},
    )

    said = [
        event.text
        async for event in OfflineBrain().reply(request)
        if isinstance(event, TextDelta)
    ]

    assert "£280" in said[0]
    assert "lift" not in " ".join(said)


async def test_a_request_is_not_the_name_of_a_thing():
    talk = Talk(
        {
            "agent_name": "Ava",
            "opener": "Hello, how can I help you?",
            "qualification": [
                {"question": "What is it about?", "slot_name": "matter"},
                {
                    "question": "Could you tell me the dog's name?",
                    "slot_name": "dog_name",
                },
            ],
        }
    )
    await talk.open()
    await talk.say("My dog is ill")

    answer = await talk.say("Can I get an appointment tomorrow?")

    assert answer.endswith("ould you tell me the dog's name?")
    assert "dog's name" not in await talk.say("Rex")
