"""Turn-taking as tables: what is heard, and what is decided of it."""

import pytest

from providers.ports import Melody
from tests.voice.table import Table
from voice import completeness, decisions, patience

# ---- beginnings


@pytest.mark.parametrize(
    ("agent", "sounds", "begins"),
    [
        ("free", [96], False),
        ("free", [128], True),
        ("speaking", [128], False),
        ("speaking", [192], True),
        ("speaking", [96, -32, 128], True),  # a dip does not start it anew
        ("speaking", [64, -160, 64, -160, 64], False),  # clicks
    ],
)
def test_speech_begins_by_a_leaky_count(agent, sounds, begins):
    table = Table(agent=agent)

    for ms in sounds:
        table.sound(ms) if ms > 0 else table.quiet(-ms)

    assert bool(table.of(decisions.SpeechBegan)) is begins


def test_words_that_voice_activity_missed_begin_a_turn():
    table = Table().quiet(320).partial("five").quiet(320).final("five.").quiet(1600)

    assert [turn.text for turn in table.of(decisions.EndTurn)] == ["five."]


# ---- endings


def end_of(mode, text, odds=None, ending=None, height=None, **rules):
    """Return the silence after which words end a turn, in ms."""
    table = Table(mode, **rules).sound(1600).partial(text)
    spoke_until = table.now
    table.quiet(224)
    table.final(text, ending)
    if odds is not None:
        table.odds(odds, height)
    table.quiet(6000)
    ended = table.when(decisions.EndTurn)
    assert len(ended) == 1
    return ended[0] - spoke_until


@pytest.mark.parametrize("mode", ["fast", "balanced", "patient"])
def test_a_finished_turn_ends_sooner_than_an_unfinished_one(mode):
    finished = end_of(mode, "I would like a table for two tonight.")
    unsure = end_of(mode, "big table")
    unfinished = end_of(mode, "I would like a table for")

    assert finished <= unsure < unfinished


def test_modes_differ_in_patience():
    waits = [end_of(mode, "big table") for mode in patience.WAITS]

    assert waits == sorted(waits)
    assert waits[0] <= 260


@pytest.mark.parametrize("text", ["Yes.", "No.", "okay", "Seven.", "4155551234"])
def test_short_answers_are_not_kept_waiting(text):
    assert end_of("balanced", text) <= 500


def test_the_end_of_turn_model_hurries_and_delays():
    text = "I would like a table."

    assert end_of("balanced", text, 0.95) < end_of("balanced", text)
    assert end_of("balanced", text, 0.05) > end_of("balanced", text)


@pytest.mark.parametrize(
    ("text", "odds", "height", "ending", "least", "most"),
    [
        # As the offline set heard them, with a full stop behind each.
        ("Please hold while we try to connect you.", 0.95, -1.8, 0.98, 200, 350),
        ("Your message is too short.", 0.70, -1.8, 0.94, 720, 850),
        ("Nobody is available.", 0.96, -0.7, 0.74, 1450, 1650),
        ("It was the best of times.", 0.34, 3.0, 0.95, 1450, 1650),
        ("You are currently the only person.", 0.97, 3.0, 0.90, 1450, 1650),
        ("To leave a message.", 0.77, -0.5, 0.86, 1450, 1650),
        # What is whole by itself is not kept waiting by the melody of a list.
        ("Monday.", 0.48, 1.0, 0.84, 200, 350),
        ("One.", 0.02, None, 0.87, 250, 320),
        ("4, 1, 5, 5, 5, 5, 0, 1, 2, 3.", 0.04, 1.0, 0.96, 400, 550),
        ("Four, one, by, 5, 5, 0, 1, 2, 3.", 0.15, 1.0, 0.43, 600, 700),
    ],
)
def test_what_the_offline_set_doubts_is_waited_for(
    text, odds, height, ending, least, most
):
    assert least <= end_of("balanced", text, odds, ending, height) <= most


def test_a_voice_that_has_fallen_ends_a_turn_sooner():
    text = "Please try your call again later."

    fallen = end_of("balanced", text, 0.98, 0.98, -2.5)
    unknown = end_of("balanced", text, 0.98, 0.98)
    risen = end_of("balanced", text, 0.98, 0.98, 3.0)

    assert fallen < unknown <= risen


def test_a_question_may_rise():
    risen = end_of("balanced", "Do you have a table on Monday?", 0.98, 0.99, 3.0)

    assert risen == end_of("balanced", "Do you have a table on Monday?", 0.98, 0.99)


def test_a_sound_that_may_become_speech_is_waited_for():
    def until(probability):
        table = Table().sound(1600).partial("I would like a table.").quiet(224)
        table.final("I would like a table.").odds(0.95).quiet(32, probability)
        table.sound(320) if probability else table.quiet(320)
        return table.of(decisions.EndTurn)

    assert until(0.0)
    assert not until(0.2)


def test_an_opinion_on_an_earlier_pause_does_not_count():
    table = Table().sound(960).partial("I would like a table").quiet(224)
    earlier = table.turns._pauses
    table.sound(320).quiet(224)
    table.take(table.turns.judged(table.now, Melody(0.99), earlier))

    assert table.turns._melody is None


def test_a_turn_waits_for_the_final_words_but_not_for_ever():
    table = Table("fast").sound(960).partial("I would like a table.").quiet(960)
    assert not table.of(decisions.EndTurn)

    table.quiet(400)

    assert [turn.text for turn in table.of(decisions.EndTurn)] == [
        "I would like a table."
    ]


@pytest.mark.parametrize("answers", ["while they go on", "in the next pause"])
def test_a_recogniser_without_partials_is_waited_for_after_each_pause(answers):
    table = Table().sound(1600)
    paused = table.now
    table.quiet(448).sound(640)
    if answers == "while they go on":
        table.final("I need a table.", until=paused)
    table.sound(320)
    spoke_until = table.now
    table.quiet(448)
    if answers == "in the next pause":
        table.final("I need a table.", until=paused)
    table.quiet(640)
    assert table.of(decisions.EndTurn) == []

    table.final("For two people.", until=spoke_until).quiet(1600)

    ended = [turn.text for turn in table.of(decisions.EndTurn)]
    assert ended == ["I need a table. For two people."]


def test_words_that_come_too_late_do_not_begin_another_turn():
    table = Table("fast").sound(960).partial("I would like a table.").quiet(1600)

    table.final("I would like a table.").quiet(3000)

    assert len(table.of(decisions.EndTurn)) == 1


def test_new_words_behind_late_ones_count():
    table = Table("fast").sound(960).partial("I would like a table.").quiet(1600)

    table.sound(640).partial("I would like a table for seven people").quiet(224)
    table.final("I would like a table for seven people.").quiet(3000)

    assert [turn.text for turn in table.of(decisions.EndTurn)][1] == "for seven people."


def test_noise_is_no_turn():
    table = Table().sound(320).quiet(224).final("").quiet(2000)

    assert not table.of(decisions.EndTurn)
    assert table.turns.state == "quiet"


def test_a_line_that_stops_sending_ends_the_turn():
    table = Table().sound(960).final("I would like a table for two.")
    for _ in range(40):
        table.now += 100
        table.take(table.turns.tick(table.now))

    assert len(table.of(decisions.EndTurn)) == 1


def test_a_caller_who_was_cut_off_is_given_more_time():
    table = Table()
    before = table.turns._patience.stretched(1000)
    table.turns.agent_is("preparing", 0)

    table.sound(640).partial("for seven people")

    assert table.of(decisions.Interrupt)
    assert table.turns._patience.stretched(1000) > before


# ---- the vendor's own endpointing


def test_the_vendor_ends_turns_where_it_is_asked_to():
    table = Table(endpointing="provider")
    table.take(table.turns.provider_started(table.now))
    table.partial("I would like")
    table.now += 5000
    table.final("I would like a table")
    assert not table.of(decisions.EndTurn)

    table.take(table.turns.provider_ended(table.now))

    assert [turn.reason for turn in table.of(decisions.EndTurn)] == ["provider"]


@pytest.mark.parametrize(("text", "ended"), [("I would like", 1), ("", 0)])
def test_a_vendor_that_forgets_to_end_a_turn_is_helped(text, ended):
    table = Table(endpointing="provider")
    table.take(table.turns.provider_started(table.now))
    table.partial(text)
    for _ in range(40):
        table.now += 100
        table.take(table.turns.tick(table.now))

    assert len(table.of(decisions.EndTurn)) == ended
    assert table.turns.state == "quiet"


@pytest.mark.parametrize(
    ("asked", "text", "least", "most"),
    [
        ("", "Green house.", 1450, 1650),
        ("And which one is it?", "Green house.", 800, 950),
        ("And which one is it?", "It was the best of times", 1450, 1650),
        ("", "No,", 600, 700),
        ("", "415-555-0123", 400, 550),
        ("", "Nine, zero to one zero.", 600, 700),
        ("What is your phone number?", "Nine, zero to one zero.", 1450, 1650),
    ],
)
def test_a_few_words_answer_a_question(asked, text, least, most):
    table = Table()
    table.turns.agent_says(asked)

    table.sound(800).quiet(224).final(text, 0.7).odds(0.1).quiet(2400)

    assert least <= table.when(decisions.EndTurn)[0] - 800 <= most


# ---- what words look like


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("yes", "finished"),
        ("No, thank you.", "finished"),
        ("I would like a table for two tonight.", "finished"),
        ("My name is", "unfinished"),
        ("I was wondering if", "unfinished"),
        ("well, um", "unfinished"),
        ("I need a table for two and", "unfinished"),
        ("first, second,", "unfinished"),
        ("my number is 4 1 5 5 5", "unfinished"),
        ("four one five five five five one two three four", "finished"),
        ("two zero two four five thick one one one one one", "finished"),
        ("I need 2 tables for 4 at 7 tonight, three in all.", "finished"),
        ("If I come tomorrow.", "unsure"),
        ("To leave a message, I would press one now.", "finished"),
        ("", "unsure"),
    ],
)
def test_words_tell_whether_more_is_to_come(text, verdict):
    assert completeness.judge(text) == verdict
