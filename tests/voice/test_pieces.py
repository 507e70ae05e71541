"""When each part of a turn was said."""

import pytest

from providers.ports import Transcript, Word
from tests.voice.stage import Stage, call
from tests.voice.table import Table
from tests.voice.vendors import EarDouble
from voice import decisions, events, pieces
from voice.pieces import Piece


def final(text, *words, start=0, end=2_000):
    """A final whose words take 100 ms each."""
    timed = tuple(Word(w, at * 100, at * 100 + 100) for at, w in enumerate(words))
    return Transcript(text, True, start_ms=start, end_ms=end, words=timed)


def cut(transcript, zero_ms=0):
    return tuple(pieces.of(transcript, zero_ms).cut())


def words_of(heard):
    return [word for piece in heard.pieces for word in piece.cut()]


def test_words_are_placed_on_the_media_clock():
    assert cut(final("Yes, I am.", "Yes,", "I", "am."), 5_000) == (
        Piece("Yes, ", 5_000, 5_100),
        Piece("I ", 5_100, 5_200),
        Piece("am. ", 5_200, 5_300),
    )


@pytest.mark.parametrize(
    ("text", "words", "parts"),
    [
        ("Yes, I am.", ["Yes", "I", "am"], ["Yes, ", "I ", "am. "]),
        ("“Yes”, he said", ["Yes", "he", "said"], ["“Yes”, ", "he ", "said "]),
        ("that is $20 each", ["that", "is", "twenty", "dollars", "each"], ["that ", "is", " $20 ", "each "]),
        ("$20", ["twenty", "dollars"], ["$20 "]),
        ("你好吗", ["你好", "吗"], ["你好", "吗 "]),
        ("no no no", ["no", "no", "no"], ["no ", "no ", "no "]),
    ],
)  # fmt: skip
def test_no_letter_of_the_text_is_lost(text, words, parts):
    assert [piece.text for piece in cut(final(text, *words))] == parts
    assert "".join(parts) == f"{text} "


def test_a_final_without_words_is_one_piece_and_one_without_times_none():
    whole = Transcript("Yes I am.", True, start_ms=300, end_ms=900)

    assert cut(whole, 1_000) == (pieces.of(whole, 1_000),)
    assert (cut(whole, 1_000)[0].began_ms, cut(whole, 1_000)[0].ended_ms) == (
        1_300,
        1_900,
    )
    assert pieces.of(Transcript("Yes I am.", True), 1_000) is None


def test_what_has_no_times_was_said_behind_what_was_before():
    table = Table()
    table.sound(640)
    table.take(table.turns.words(table.now, "one", final=True, piece=Piece("one ", 100, 200)))  # fmt: skip
    table.sound(320)
    table.take(table.turns.words(table.now, "two", final=True))
    at = table.now
    table.sound(320)
    table.partial("three")

    assert table.turns.text == "one two three"
    one, two, three = table.turns.pieces
    assert one == Piece("one ", 100, 200)
    assert two == Piece("two ", 200, at)
    assert three == Piece("three ", at, table.now)


def test_a_turn_waits_for_who_spoke_last_though_there_is_a_final_before():
    """The final is of what another person had said; the last one is still recognised."""

    def decided(split):
        table = Table()
        table.sound(1_600)
        if split:
            table.turns.split()
        table.take(table.turns.words(table.now, "I am Ann.", final=True))
        table.sound(320).quiet(1_000)
        return table

    one_person, two_people = decided(split=False), decided(split=True)

    assert one_person.of(decisions.EndTurn)
    assert not two_people.of(decisions.EndTurn)
    two_people.final("Yes.").quiet(320)
    (turn,) = two_people.of(decisions.EndTurn)
    assert turn.text == "I am Ann. Yes."


def test_what_is_heard_says_when_it_was_said():
    """The recogniser counts from the first audio that it was sent; the call, from its
    answer."""

    async def scene(stage: Stage):
        await stage.answer()
        stage.says("Hello I am Ann.", at=2)
        await stage.until(6)

    stage = call(scene, ears=[lambda s: EarDouble(s, times_words=True)], replies=["Hi."])  # fmt: skip

    (heard,) = [event for event in stage.all(events.Heard) if event.is_final]
    words = words_of(heard)
    assert [word.text for word in words] == ["Hello ", "I ", "am ", "Ann. "]
    began = [word.began_ms for word in words]
    assert began == pytest.approx([2_000, 2_300, 2_600, 2_900], abs=40)
    assert words[-1].ended_ms == pytest.approx(3_200, abs=40)


def test_another_person_is_recognised_apart_where_words_have_no_times():
    async def scene(stage: Stage):
        await stage.answer()
        stage.says("I am Ann.", at=2)
        stage.says("And I am Ben.", at=2.96)
        await stage.until(3.2)
        stage.session.talker_changed(2_930)
        await stage.until(7)
        stage.session.talker_changed(6_800)  # nobody speaks, by voice activity

    stage = call(scene, ears=[lambda s: EarDouble(s, segmented=True)], replies=["Hi."])

    assert stage.turns == ["I am Ann. And I am Ben."]
    (split_at,) = stage.ears[0].opened[0].splits
    (heard,) = [event for event in stage.all(events.Heard) if event.is_final]
    first, second = heard.pieces
    assert (first.text, second.text) == ("I am Ann. ", "And I am Ben. ")
    assert first.ended_ms == pytest.approx(2_900, abs=40)
    assert second.began_ms == pytest.approx(2_960, abs=40)
    assert split_at < 2_930 - 1_000  # silence before the speech was not sent
