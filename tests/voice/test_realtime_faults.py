"""What the caller notices when a model that hears and speaks fails: as little as can be."""

import pytest

from tests.voice.heads import KINDS, head
from tests.voice.scenes import one_turn, two_turns
from tests.voice.stage import call
from tests.voice.vendors import LOST, REFUSED, EarDouble, MindDouble, MouthDouble
from voice import events


@pytest.mark.parametrize("faults", [[REFUSED], [LOST, LOST]])
def test_the_next_head_takes_over_at_the_door(faults):
    stage = call(one_turn, heads=[head(faults=faults), head("Very well.")])

    fell = stage.last(events.FellBack)
    assert (fell.channel, fell.failed, fell.to) == ("realtime", "head0", "head1")
    assert stage.heard == ["Very well."]


@KINDS
def test_a_dropped_socket_is_opened_again_and_nothing_is_lost(kind):
    """It drops while the caller speaks: the next stream hears all of it."""
    stage = call(one_turn, heads=[kind("Very well.", lasts=1.8)])

    assert len(stage.heads[0].opened) == 2
    assert stage.heard == ["Very well."]
    assert not stage.all(events.FellBack)
    assert stage.heads[0].opened[1].received > 8000 * 8  # from before on


def test_a_reply_cut_in_the_middle_is_gone_on_with():
    stage = call(
        one_turn,
        heads=[head([0.1, "We are open from nine", LOST], "until six.")],
    )

    assert stage.heard == ["We are open from nine", "until six."]
    again = stage.heads[0].opened[1].request
    assert [m.text for m in again.earlier] == [
        "I would like a table for two.",
        "We are open from nine",
    ]
    assert "cut off" in stage.heads[0].asked[-1]
    gaps = stage.line.silences(3.5, 6.5)
    assert max(gaps[1:-1], default=0) < 1.5


@KINDS
def test_five_seconds_without_a_reply_are_not_waited_for(kind):
    stage = call(one_turn, heads=[kind(mute=True), head("Very well.")])

    assert stage.heard == ["Very well."]
    first = min(a for a, _ in stage.line.played)
    assert first - 3.1 <= 4


@KINDS
def test_without_a_second_head_ear_mind_and_mouth_take_over(kind):
    stage = call(
        two_turns,
        heads=[kind("Very well.", faults=[REFUSED])],
        replies=["A table for two.", "Noted."],
    )

    fell = stage.last(events.FellBack)
    assert (fell.channel, fell.failed, fell.to) == ("realtime", "head0", "mind0")
    assert stage.heard == ["A table for two.", "Noted."]
    assert len(stage.turns) == 2


def test_a_head_that_dies_in_mid_call_hands_over_what_was_said():
    minds = [MindDouble(["Noted."])]
    stage = call(
        two_turns,
        heads=[head("Very well.", [0.1, REFUSED])],
        minds=minds,
    )

    assert stage.heard == ["Very well.", "Noted."]
    told = [(m.role, m.text) for m in minds[0].requests[0].messages[1:]]
    assert told[:2] == [
        ("user", "I would like a table for two."),
        ("assistant", "Very well."),
    ]
    assert told[-1] == ("user", "On Friday evening at seven.")


def test_the_greeting_is_said_all_the_same():
    stage = call(
        one_turn,
        heads=[head(faults=[REFUSED])],
        replies=["Very well."],
        opener="Hello, this is Ann.",
        agent_greets=True,
    )

    assert stage.heard[0] == "Hello, this is Ann."


def test_a_deaf_head_is_left():
    stage = call(
        two_turns,
        heads=[head(deaf=True), head("Very well.", "Noted.")],
    )

    assert "Very well." in stage.heard
    assert stage.all(events.FellBack) or stage.all(events.Warned)


def test_nothing_left_ends_with_an_apology():
    stage = call(
        one_turn,
        heads=[head(faults=[REFUSED])],
        ears=[lambda s: EarDouble(s, faults=[REFUSED])],
        mouths=[MouthDouble()],
    )

    assert stage.last(events.Ended).reason == "error"
    assert stage.heard == [stage.config.apology]
