"""What the rules find in descriptions as people write them, and what they leave alone."""

import pytest

from agents import brief as briefs

CLINIC = (
    "A receptionist for our veterinary clinic in Lyon, Clinique des Quais. It books"
    " appointments, asks for the animal's name and what is wrong, speaks French and"
    " English, and hands emergencies to the vet on duty at +33 4 72 00 00 00. We are open"
    " Monday to Friday 9 to 18. Our number is +33 4 72 11 11 11."
)


@pytest.mark.parametrize(
    ("description", "company"),
    [
        (CLINIC, "Clinique des Quais"),
        ("My bakery, Kornblume, takes cake orders.", "Kornblume"),
        ("We run the bookshop in York, Pages & Co, and miss calls.", "Pages & Co"),
        ("An assistant for Bank of Ireland & Sons that helps.", "Bank of Ireland & Sons"),
        ("I run Joe's Garage. Take bookings.", "Joe's Garage"),
        ('A pizza place named "Da Gino".', "Da Gino"),
        ("Answer calls for my restaurant Trattoria Sole in Leeds.", "Trattoria Sole"),
        ("Support line for our software Notely.", "Notely"),
        ("Call about solar panels. Company: SunPeak Energy.", "SunPeak Energy"),
        ("An assistant for my barber shop. Named Max.", ""),
        ("Our restaurant, Monday to Friday open, takes bookings.", ""),
        ("A hotel, Berlin guests call it.", ""),
        ("Answer calls for my restaurant, Italian food.", ""),
    ],
)  # fmt: skip
def test_the_company_s_name(description, company):
    assert briefs.read(description).company == company


@pytest.mark.parametrize(
    ("description", "asked"),
    [
        (CLINIC, {"animal_name": "the animal's name", "what_wrong": "what is wrong"}),
        (
            "Ask callers whether they buy or rent, their budget and move-in date.",
            {"buy_or_rent": "whether you buy or rent", "budget": "your budget",
             "move_in_date": "your move-in date"},
        ),
        (
            "It collects name, phone number and car model, and never quotes prices.",
            {"full_name": "your name", "phone": "your phone number", "car_model": "your car model"},
        ),
        (
            "Asks how many people, if they pay cash and then confirms.",
            {"party_size": "how many people", "pay_cash": "if you pay cash"},
        ),
        ("It answers questions and books tables.", {}),
        ("Ask for their order, speaks Dutch, and name.", {"order": "your order"}),
    ],
)  # fmt: skip
def test_what_callers_are_asked_for(description, asked):
    found = briefs.read(description).assignment.asks

    assert {each.slot: each.what for each in found} == asked


@pytest.mark.parametrize(
    ("description", "facts"),
    [
        (
            "A barber's assistant that tells prices: haircut 25 euros, kids 18 euros."
            " Closed on Sunday.",
            ("Our prices: haircut 25 euros, kids 18 euros.", "We are closed on Sunday."),
        ),
        (
            "We deliver within 20 miles. A check-up costs £62. Never promise a date. Our"
            " agent should be polite. We are open Monday to Friday 9 to 5.",
            ("We deliver within 20 miles.", "A check-up costs £62."),
        ),
        ("Answer calls. Transfer complaints. We offer haircuts.", ()),
    ],
)  # fmt: skip
def test_sentences_that_callers_may_be_told(description, facts):
    assert briefs.read(description).facts == facts


@pytest.mark.parametrize(
    ("description", "languages"),
    [
        (CLINIC, ("fr-FR", "en-US")),
        ("Debt collection reminders in Spanish for Banco Azul", ("es-ES",)),
        ("A Polish restaurant with Thai massage.", ()),
        ("It speaks Dutch with guests.", ("nl-NL",)),
    ],
)
def test_languages_are_what_is_spoken(description, languages):
    assert briefs.read(description).languages == languages


def test_the_agent_s_name():
    assert briefs.read("An assistant for my shop. Named Max.").agent_name == "Max"


def test_a_condition_belongs_to_the_hand_over():
    found = briefs.read("Helps users. If they are angry, transfer to +1 650 555 0100.")

    assert found.assignment.hand_over_rule == (
        "If they are angry, transfer to +1 650 555 0100"
    )


def test_a_number_to_hand_over_to_is_not_the_company_s_own():
    found = briefs.read(CLINIC)

    assert found.assignment.hand_over == "+33 4 72 00 00 00"
    assert found.assignment.hand_over_rule == (
        "hands emergencies to the vet on duty at +33 4 72 00 00 00"
    )
    assert found.phone == "+33 4 72 11 11 11"


def test_a_number_alone_is_the_company_s():
    found = briefs.read("We transfer nobody. Call us at 020 7946 0018.")

    assert (found.phone, found.assignment.hand_over) == ("020 7946 0018", "")
