"""How the offline brain meets kinds of callers."""

from tests.providers.scripted.talk import DENTIST


async def test_asks_a_hurried_caller_only_what_is_needed(talk):
    talk.playbook = {
        **DENTIST,
        "caller_types": [
            {
                "name": "pain",
                "approach": 'Skip everything but name and telephone number. Say: "I am sorry to hear that."',
                "triggers": ["toothache"],
            }
        ],
    }

    answers = [
        await talk.say(said)
        for said in ("I have a terrible toothache", "Tom Lee", "555 123 4567", "yes")
    ]

    assert answers[0] == "I am sorry to hear that. May I have your full name?"
    assert answers[1].endswith("phone number to reach you?")
    assert answers[3].endswith(DENTIST["closing_cta"])


async def test_meets_a_caller_type_as_its_approach_says(talk):
    answer = await talk.say("My gums are bleeding and I have pain")

    assert answer.startswith("I am sorry to hear that.")


async def test_says_what_a_caller_types_approach_quotes(talk):
    talk.playbook = {
        **DENTIST,
        "caller_types": [
            {
                "name": "press",
                "approach": 'Say "Please write to press at bright smile dot com".',
                "triggers": ["journalist"],
            }
        ],
    }

    answer = await talk.say("I am a journalist.")

    assert answer.startswith("Please write to press at bright smile dot com.")


async def test_skips_the_questions_for_a_caller_type_that_wants_that(talk):
    talk.playbook = {
        **DENTIST,
        "caller_types": [
            {
                "name": "regular",
                "approach": "Skip the questions.",
                "triggers": ["I am a regular"],
            }
        ],
    }

    assert (await talk.say("I am a regular here")).endswith(DENTIST["closing_cta"])


async def test_a_trigger_that_denies_is_not_heard_in_its_one_other_word(talk):
    talk.playbook = {
        **DENTIST,
        "caller_types": [
            {
                "name": "hardship",
                "approach": 'Say: "We will look for what is possible."',
                "triggers": ["can't pay", "not able to pay"],
            }
        ],
    }

    assert "possible" not in await talk.say("When do I pay?")
    assert "possible" in await talk.say("I can't pay that much")


async def test_who_asks_to_be_left_alone_is_not_asked_the_same_again(talk):
    talk.playbook = {
        **DENTIST,
        "caller_types": [
            {
                "name": "no calls",
                "approach": 'Say: "Of course, I will note that." Close directly.',
                "triggers": ["stop calling"],
            }
        ],
    }
    await talk.say("I need a cleaning")

    assert (await talk.say("Please stop calling me")).startswith(
        f"Of course, I will note that. {DENTIST['closing_cta']}"
    )
