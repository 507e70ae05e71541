import pytest

from agents.tools.consent import Gate, agrees

BOOK = ("create_calendar_event", {"start": "10:00", "title": "Check-up"})


def test_a_write_runs_while_nothing_from_outside_was_read():
    assert Gate().may_write(*BOOK, "Book me at ten.", "auto")


def test_after_something_from_outside_the_caller_is_asked_and_a_yes_is_enough():
    gate = Gate(tainted=True)

    assert not gate.may_write(*BOOK, "Book me at ten.", "auto")
    assert gate.may_write(*BOOK, "Yes, please.", "auto")


@pytest.mark.parametrize(
    "said", ["No, wait.", "What are your hours?", "Yes, but not at ten.", ""]
)
def test_anything_but_a_yes_keeps_it_waiting(said):
    gate = Gate(tainted=True)
    gate.may_write(*BOOK, "Book me at ten.", "auto")

    assert not gate.may_write(*BOOK, said, "auto")


def test_a_yes_counts_for_what_was_asked_and_nothing_else():
    gate = Gate(tainted=True)
    gate.may_write(*BOOK, "Book me at ten.", "auto")

    other = {"start": "10:00", "title": "Crown, 540 pounds"}
    assert not gate.may_write("create_calendar_event", other, "Yes, please.", "auto")
    assert not gate.may_write("delete_calendar_event", BOOK[1], "Yes, please.", "auto")


def test_a_yes_that_was_said_before_the_question_does_not_count():
    gate = Gate(tainted=True)

    assert not gate.may_write(*BOOK, "Yes.", "auto")
    assert not gate.may_write(*BOOK, "Yes.", "auto")


def test_a_yes_counts_once():
    gate = Gate(tainted=True)
    gate.may_write(*BOOK, "Book me.", "auto")
    assert gate.may_write(*BOOK, "Yes.", "auto")

    assert not gate.may_write(*BOOK, "And what else?", "auto")


def test_the_rule_may_be_stricter_or_looser():
    assert not Gate().may_write(*BOOK, "Book me.", "always")
    assert Gate(tainted=True).may_write(*BOOK, "Hello.", "never")


@pytest.mark.parametrize(
    "word", ["Ja, gerne", "Sí, claro", "Oui", "はい", "हाँ", "好的"]
)
def test_a_yes_is_known_in_other_languages(word):
    assert agrees(word)
