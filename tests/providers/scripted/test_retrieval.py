"""Which fact answers which question, with the real sense of meaning."""

import pytest

from providers.local.embedder import LocalEmbedder
from providers.scripted import playbook
from providers.scripted.retrieval import Meaning
from tests.providers.scripted.talk import DENTIST, Talk

pytestmark = pytest.mark.models
FACTS = playbook.read(DENTIST).facts

KNOWN = {
    "What time do you open?": "9 am to 5 pm",
    "are you open on saturday": "Saturday from 10 am",
    "are you open on sundays?": "closed on Sundays",
    "how much is a cleaning": "$120",
    "What does whitening cost?": "$350",
    "Do you take Delta Dental?": "Delta Dental",
    "do you accept medicaid": "not accept Medicaid",
    "where are you located": "1200 Lamar",
    "What's your address?": "1200 Lamar",
    "is there anywhere to park": "parking",
    "does anyone there speak Spanish?": "Spanish",
    "do you see kids": "age of three",
    "which insurance do you take": "PPO",
}
UNKNOWN = [
    "What is the capital of France?",
    "do you like pizza",
    "can you tell me a joke",
    "do you sell cars",
    "what's the weather like",
    "do you do root canals",
    "do you have wifi",
    "how much is a crown",
    "are you hiring",
    "can I bring my dog",
    "do you do braces",
    "do you rent wheelchairs",
]


@pytest.fixture(scope="module")
def embedder():
    return LocalEmbedder()


@pytest.mark.parametrize("question", KNOWN)
async def test_finds_the_fact_that_answers(embedder, question):
    meaning = Meaning(embedder)
    await meaning.learn([*FACTS, question])

    hits = meaning.answers(question, FACTS)

    assert hits
    assert KNOWN[question] in hits[0].text


@pytest.mark.parametrize("question", UNKNOWN)
async def test_finds_nothing_where_there_is_nothing(embedder, question):
    meaning = Meaning(embedder)
    await meaning.learn([*FACTS, question])

    assert meaning.answers(question, FACTS) == []


async def test_meets_an_objection_in_other_words(embedder):
    talk = Talk(embedder=embedder)
    await talk.open()

    answer = await talk.say("I cannot afford that, it costs too much")

    assert "payment plans" in answer


async def test_says_the_answer_of_a_question_and_answer(embedder):
    talk = Talk(embedder=embedder)

    assert "Yes, we see children from the age of three." in await talk.say("Do you treat kids?")  # fmt: skip


@pytest.mark.parametrize(
    ("fact", "said"),
    [
        ("Our address: we are at 14 Harbour Street.", "We are at 14 Harbour Street."),
        ("Do we accept new patients at present: Yes", "Yes."),
        ("What we offer: Check-ups and Fillings.", "What we offer: Check-ups and Fillings."),
        ("Open at 8:30 every day.", "Open at 8:30 every day."),
    ],
)  # fmt: skip
def test_says_a_fact_without_its_heading(fact, said):
    assert playbook.quoted(fact) == said
