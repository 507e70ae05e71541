import pytest

from providers.scripted import answers, kinds
from providers.scripted.kinds import Kind
from providers.scripted.playbook import Step
from providers.scripted.reading_back import read_back


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("sam dot lee at gmail dot com", "sam.lee@gmail.com"),
        ("It's Sam.Lee@Gmail.com.", "sam.lee@gmail.com"),
        ("my e-mail is j underscore doe at example dot co dot uk", "j_doe@example.co.uk"),
        ("s a m at acme dot com", "sam@acme.com"),
        ("ann dash marie at test dot org please", "ann-marie@test.org"),
        ("I don't have one", ""),
        ("meet me at the office dot", ""),
    ],
)  # fmt: skip
def test_finds_e_mail_addresses(said, found):
    assert answers.email(said) == found


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("five five five one two three four five six seven", "5551234567"),
        ("555-123-4567", "5551234567"),
        ("oh one double two, triple three four", "01223334"),
        ("plus 44 20 7946 0958", "+442079460958"),
        ("it's 555 1234", "5551234"),
        ("one two three", ""),
        ("call me tomorrow", ""),
    ],
)
def test_finds_phone_numbers(said, found):
    assert answers.phone(said) == found


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("Tomorrow at 3 pm please", "Tomorrow at 3 pm"),
        ("on Friday the 14th", "Friday the 14th"),
        ("March 3rd", "March 3rd"),
        ("any time in the morning", "any time morning"),
        ("as soon as possible", "as soon as possible"),
        ("half past two", "half past two"),
        ("I am not sure", ""),
        ("a mayor may come", ""),
    ],
)
def test_finds_days_and_times(said, found):
    assert answers.when(said).lower() == found.lower()


@pytest.mark.parametrize(
    ("said", "found"),
    [("just the two of us", "2"), ("twenty five", "25"), ("about 1,200", "1200"),
     ("one hundred and fifty", "150"), ("none of your business", "")],
)  # fmt: skip
def test_finds_numbers(said, found):
    assert answers.number(said) == found


@pytest.mark.parametrize(
    ("said", "found"),
    [("Yes.", "yes"), ("yeah I do", "yes"), ("Nope", "no"), ("No, not yet", "no"),
     ("I don't", "no"), ("well, maybe", ""), ("nothing", "")],
)  # fmt: skip
def test_finds_yes_and_no(said, found):
    assert answers.yes_no(said) == found


@pytest.mark.parametrize(
    ("slot", "about", "question", "kind"),
    [
        ("full name", "", "May I have your name?", Kind.NAME),
        ("company name", "", "Which company are you with?", Kind.TEXT),
        ("animal name", "the animal's name", "What is it called?", Kind.TEXT),
        ("", "", "Could you tell me the dog's name?", Kind.TEXT),
        ("owner name", "the owner's name", "Whose dog is it?", Kind.NAME),
        ("", "", "Under which customer's name is it booked?", Kind.NAME),
        ("contact", "best phone number", "How can we reach you?", Kind.PHONE),
        ("email", "", "And your e-mail?", Kind.EMAIL),
        ("party size", "", "How many of you are coming?", Kind.NUMBER),
        ("slot 4", "", "When would you like to come?", Kind.WHEN),
        ("new patient", "", "Are you a new patient?", Kind.YES_NO),
        ("service", "", "Would you like a cleaning or a check-up?", Kind.CHOICE),
        ("reason", "", "What brings you in today?", Kind.TEXT),
        ("matter", "", "May I have your matter?", Kind.TEXT),
        ("trouble", "", "Could you please tell me what is wrong?", Kind.TEXT),
        ("callback", "", "May I call you back about it?", Kind.YES_NO),
    ],
)
def test_tells_the_kind_of_an_answer_from_its_slot(slot, about, question, kind):
    assert kinds.kind_of(slot, about, question, "") is kind


def test_finds_the_choice_that_was_said():
    step = Step("service", "Cleaning or check-up?", Kind.CHOICE, ("cleaning", "check-up"))  # fmt: skip

    assert answers.find(step, "the check-up, please", asked=True) == "check-up"
    assert answers.find(step, "just looking around", asked=False) == ""


@pytest.mark.parametrize(
    ("said", "when"),
    [
        ("around ten", "around ten"),
        ("at ten thirty, I think", "at ten thirty"),
        ("around ten thousand", ""),
        ("by 20 percent", ""),
        ("after five people", ""),
    ],
)
def test_an_amount_is_no_time(said, when):
    assert answers.find(Step("day", "", Kind.WHEN), said, asked=False) == when


@pytest.mark.parametrize(
    ("number", "spoken"),
    [
        ("5551234567", "5 5 5, 1 2 3, 4 5 6 7"),
        ("5551234", "5 5 5, 1 2 3 4"),
        ("+442079460958", "plus 4 4 2, 0 7 9, 4 6 0, 9 5 8"),
        ("01223334", "0 1, 2 2 3, 3 3 4"),
        ("1234567890123", "1 2 3 4, 5 6 7, 8 9 0, 1 2 3"),
    ],
)
def test_reads_numbers_back_in_groups(number, spoken):
    assert read_back(Step("phone", "", Kind.PHONE), number) == spoken
