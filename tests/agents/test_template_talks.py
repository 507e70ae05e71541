"""What some templates promise to callers, kept by the offline brain as well."""

import pytest

from agents import gallery, prompting, runtime
from tests.providers.scripted.talk import Talk

COMPANY = {"company_name": "Banco Azul"}
INVOICE = {
    "caller_name": "Maria Lopez", "invoice": "invoice 1042", "amount": "120 euros",
    "due_date": "the first of October",
}  # fmt: skip


def talk(id, **given):
    config = gallery.find(id).configure(COMPANY)
    values, _ = prompting.resolve_variables(config, given, "x")
    return Talk(playbook=runtime.playbook(config, "x", values))


def questions(id):
    return [step.question for step in gallery.find(id).configure({}).playbook.qualificationFlow]  # fmt: skip


@pytest.mark.parametrize(
    "no", ["No thanks, I'm not interested.", "No, take me off your list."]
)
async def test_a_polite_no_ends_the_questions_of_a_lead_at_once(no):
    call = talk("lead-qualification")
    await call.open()

    said = await call.say(no)

    assert not [question for question in questions("lead-qualification") if question in said]  # fmt: skip
    await call.say("No.")
    assert [used.name for used in call.called] == ["end_call"]


async def test_a_lead_that_agrees_is_asked_to_the_next_step():
    call = talk("lead-qualification")
    await call.open()

    said = [
        await call.say(answer)
        for answer in (
            "Yes, sure.", "Solar panels, this spring.", "Around ten thousand.",
            "My wife and I.", "Sam Lee", "Yes, Tuesday at ten.",
        )
    ]  # fmt: skip

    for question, heard in zip(
        [*questions("lead-qualification")[1:], "anything else"], said, strict=True
    ):
        assert question in heard


@pytest.mark.parametrize("said", [["No."], ["Yes.", "No."]])
async def test_a_bare_no_to_who_listens_or_to_talking_ends_a_reminder(said):
    call = talk("payment-reminders", **INVOICE)
    await call.open()

    heard = [await call.say(each) for each in said]

    assert heard[-1].startswith("I understand, and I am sorry to have bothered you.")
    assert "1042" not in " ".join(heard)
    assert [used.name for used in call.called] == ["end_call"]


async def test_somebody_who_has_no_time_now_is_answered_and_asked_no_more():
    call = talk("payment-reminders", **INVOICE)
    await call.open()
    await call.say("Yes.")

    heard = await call.say("No, this is a bad time, call some other time")

    assert "which day and time suit you better" in heard
    assert "1042" not in heard + await call.say("Tomorrow")


async def test_another_person_hears_nothing_of_an_invoice():
    call = talk("payment-reminders", **INVOICE)

    said = [await call.open(), *[await call.say(each) for each in (
        "No, she's not here.", "What is this about?", "Does she owe you something?",
    )]]  # fmt: skip

    told = " ".join(said).lower()
    assert "sorry to have bothered you" in told
    for word in ("invoice", "1042", "120", "october", "pay", "owe"):
        assert word not in told.split()


async def test_the_right_person_is_reminded_and_asked_for_a_day():
    call = talk("payment-reminders", **INVOICE)

    opened = await call.open()
    alone = await call.say("Yes, speaking.")
    reminded = await call.say("Yes.")
    asked = await call.say("Yes, I got it.")
    amount = await call.say("How much do I owe?")
    await call.say("On Friday.")

    assert "Maria Lopez" in opened
    assert "invoice" not in f"{opened} {alone}"
    assert "invoice 1042" in reminded
    assert "When do you expect to pay it?" in asked
    assert "120 euros" in amount
    assert "invoice 1042" not in await call.say("No.")


@pytest.mark.parametrize(
    ("told", "answer"),
    [
        ("I lost my job and cannot pay.", "You need not name a day now"),
        ("I never ordered that.", "I will note that you disagree"),
        ("I already paid it last week.", "I will have that checked"),
        ("Stop calling me.", "we will write to you instead"),
    ],
)
async def test_who_cannot_pay_or_disagrees_is_asked_for_no_day(told, answer):
    call = talk("payment-reminders", **INVOICE)
    await call.open()
    await call.all("Yes.", "Yes.")

    said = await call.say(told)

    assert answer in said
    assert not [question for question in questions("payment-reminders") if question in said]  # fmt: skip


async def test_card_numbers_are_declined():
    call = talk("payment-reminders", **INVOICE)
    await call.open()
    await call.all("Yes.", "Yes.")

    said = await call.say("I can give you my credit card number.")

    assert "Please tell me no card or bank numbers" in said


async def test_support_takes_a_ticket_without_asking_twice():
    call = talk("product-support")
    await call.open()

    said = [
        await call.say(answer)
        for answer in (
            "My notes don't sync since Monday.", "An iPhone 12", "Version 4.2",
            "I restarted it.", "John Miller", "john at example dot com", "Yes.",
        )
    ]  # fmt: skip

    for question, heard in zip(questions("product-support")[1:], said, strict=False):
        assert question in heard
    assert "I have taken this as a ticket" in said[-1]


async def test_a_dangerous_device_comes_before_the_ticket():
    call = talk("product-support")
    await call.open()

    said = await call.say("There is smoke and a burning smell.")

    assert "Please keep away from it" in said
    assert "device do you use" not in said
