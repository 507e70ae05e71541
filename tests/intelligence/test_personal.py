"""What is personal in what was said."""

import pytest

from intelligence.rules import personal
from intelligence.talk import Line
from tests.intelligence.rules_personal_cases import CASES


def line(text, who="caller"):
    return Line(1, who, text)


@pytest.mark.parametrize(("kinds", "before", "text", "becomes"), CASES)
def test_what_is_personal_is_found_and_the_rest_left(kinds, before, text, becomes):
    spans = personal.find(
        line(text), line(before, "agent") if before else None, kinds.split()
    )

    assert personal.redacted(text, spans) == becomes


def test_nothing_is_found_that_is_not_asked_for():
    assert personal.find(line("4111 1111 1111 1111, sam@example.com"), None, []) == []


def test_a_name_that_was_introduced_is_found_wherever_it_is_said():
    said = [line("My name is Sam Okafor."), line("Thank you, Sam.", "agent")]
    names = personal.introduced(said)

    spans = personal.find(said[1], said[0], ["name"], names)

    assert personal.redacted(said[1].text, spans) == "Thank you, [name]."


@pytest.mark.parametrize(
    ("digits", "is_card"),
    [
        ("4111111111111111", True),
        ("378282246310005", True),
        ("4111111111111112", False),
        ("0000000000000000", False),
        ("411111111111", False),
    ],
)
def test_luhn(digits, is_card):
    assert personal.is_card(digits) is is_card
