"""Whose words a turn holds."""

from uuid import uuid4

from telephony import stretches
from telephony.rooms.talk import Talk
from voice import events
from voice.pieces import Piece

ANN, BEN = uuid4(), uuid4()


def heard(*words, at=900, end=9_000):
    """A turn of (text, from, to)."""
    pieces = tuple(Piece(f"{text} ", began, ended) for text, began, ended in words)
    text = " ".join(text for text, _, _ in words)
    return events.Heard(at, text, True, 3, end, pieces=pieces)


def room(*spans):
    """Who spoke when: (who, from, to) or (who, from, to, level)."""
    talk = Talk()
    ticks = {}
    for who, began, ended, *level in spans:
        for at in range(began + 20, ended + 1, 20):
            ticks.setdefault(at, {})[who] = level[0] if level else 0.1
    for at, levels in sorted(ticks.items()):
        talk.note(at, levels)
    return talk.talker


def shared(turn, talker):
    return [(each.by, each.words.text) for each in stretches.of(turn, talker)]


def test_each_of_two_who_speak_without_a_pause_has_a_line():
    turn = heard(("I", 1_000, 1_200), ("am", 1_200, 1_500), ("Ann.", 1_500, 2_000),
                 ("And", 2_020, 2_300), ("I", 2_300, 2_500), ("am", 2_500, 2_700), ("Ben.", 2_700, 3_300), end=3_400)  # fmt: skip

    first, second = stretches.of(turn, room((ANN, 940, 2_000), (BEN, 2_000, 3_400)))

    assert (first.by, first.words.text) == (ANN, "I am Ann.")
    assert (second.by, second.words.text) == (BEN, "And I am Ben.")
    # The turn's own bounds, as they were, and the words' times in between.
    assert (first.words.at_ms, first.words.end_ms) == (900, 2_000)
    assert (second.words.at_ms, second.words.end_ms) == (2_020, 3_400)
    assert {first.words.turn, second.words.turn} == {3}


def test_who_comes_back_has_a_second_line():
    turn = heard(("Ready?", 1_000, 1_500), ("Yes.", 1_500, 1_900), ("Good.", 1_900, 2_400))  # fmt: skip
    talker = room((ANN, 1_000, 1_500), (BEN, 1_500, 1_900), (ANN, 1_900, 2_400))

    assert shared(turn, talker) == [(ANN, "Ready?"), (BEN, "Yes."), (ANN, "Good.")]


def test_the_turn_of_one_person_stays_as_it_is():
    turn = heard(("I", 1_000, 1_200), ("am", 1_200, 1_500), ("Ann.", 1_500, 2_000))

    (line,) = stretches.of(turn, room((ANN, 1_000, 2_000)))

    assert line.by == ANN
    assert line.words is turn


def test_times_that_are_a_little_off_move_no_word():
    turn = heard(("I", 1_080, 1_280), ("am", 1_280, 1_580), ("Ann.", 1_580, 2_080),
                 ("So", 2_080, 2_380), ("what?", 2_380, 2_800))  # fmt: skip

    assert shared(turn, room((ANN, 1_000, 2_000), (BEN, 2_000, 2_720))) == [
        (ANN, "I am Ann."),
        (BEN, "So what?"),
    ]


def test_a_word_between_two_people_goes_with_the_words_before():
    turn = heard(("well", 1_000, 1_400), ("hm", 1_500, 1_600), ("yes", 1_700, 2_000))

    talker = room((ANN, 1_000, 1_400), (BEN, 1_700, 2_000))
    assert shared(turn, talker) == [(ANN, "well hm"), (BEN, "yes")]
    late = room((BEN, 1_700, 2_000))
    assert shared(turn, late) == [(BEN, "well hm yes")]


def test_who_agrees_in_the_middle_does_not_cut_a_sentence_up():
    turn = heard(("I", 1_000, 1_200), ("want", 1_200, 1_500), ("to", 1_500, 1_620), ("go.", 1_620, 2_000))  # fmt: skip
    talker = room((ANN, 1_000, 2_000), (BEN, 1_400, 1_700, 0.2))

    assert shared(turn, talker) == [(ANN, "I want to go.")]


def test_noise_on_a_line_is_nobodys_words():
    turn = heard(("I", 1_000, 1_400), ("am", 1_400, 2_000), ("Ben.", 2_000, 2_800))
    talker = room((ANN, 0, 3_000, 0.02), (BEN, 1_400, 2_800))

    assert shared(turn, talker) == [(ANN, "I"), (BEN, "am Ben.")]


def test_where_no_times_are_told_it_is_whoever_spoke_most():
    turn = events.Heard(1_000, "I am Ann. And?", True, 1, 3_000)

    talker = room((ANN, 1_000, 2_400), (BEN, 2_400, 3_000))
    assert shared(turn, talker) == [(ANN, "I am Ann. And?")]
    assert shared(turn, room()) == [(None, "I am Ann. And?")]
    assert shared(turn, room((BEN, 820, 980))) == [(BEN, "I am Ann. And?")]
