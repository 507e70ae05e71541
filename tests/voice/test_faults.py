"""What the caller notices when a provider fails in mid-call: as little as can be."""

import pytest

from tests.voice.scenes import one_slow_turn, two_turns
from tests.voice.stage import Stage, ToolCall, call
from tests.voice.vendors import LATE, LOST, REFUSED, EarDouble, MindDouble, MouthDouble
from voice import events

APOLOGY = "I am sorry, something went wrong on our side. Please call again."


# ---- ears


@pytest.mark.parametrize(
    ("faults", "notes"),
    [([REFUSED], 0), ([LOST, LOST], 1), ([LATE, LATE], 1)],
)
def test_an_ear_that_does_not_open_is_replaced(faults, notes):
    stage = call(
        one_slow_turn,
        replies=["Very well."],
        ears=[lambda s: EarDouble(s, faults=list(faults)), EarDouble],
    )

    fell = stage.last(events.FellBack)
    assert (fell.channel, fell.failed, fell.to) == ("stt", "ear0", "ear1")
    assert len(stage.all(events.Warned)) == notes  # it was tried once more before
    assert stage.turns == ["I would like a table for two."]
    assert stage.heard[0] == "Very well."


def test_an_ear_that_is_lost_once_is_opened_again():
    stage = call(
        one_slow_turn,
        replies=["Very well."],
        ears=[lambda s: EarDouble(s, faults=[LOST])],
    )

    assert not stage.all(events.FellBack)
    assert stage.heard[0] == "Very well."


def test_an_ear_cut_in_mid_speech_hears_everything_all_the_same():
    stage = call(
        one_slow_turn,
        replies=["Very well."],
        ears=[lambda s: EarDouble(s, cut_after=1.9)],
    )

    assert stage.turns == ["I would like a table for two."]
    second = stage.ears[0].opened[1]
    assert second.received >= 8000 * 1.9  # what was said before is sent again


def test_a_deaf_ear_is_replaced_and_what_was_said_is_not_lost():
    async def scene(stage: Stage):
        await stage.answer()
        stage.says("I would like a table for two.", at=1)
        stage.says("Is anybody there at all, or am I alone in here?", at=4.5)
        await stage.until(20)

    stage = call(
        scene, ears=[lambda s: EarDouble(s, deaf=True), lambda s: EarDouble(s)]
    )

    assert stage.last(events.FellBack).to == "ear1"
    assert "I would like a table for two." in " ".join(stage.turns)


def test_music_without_words_never_ends_a_call():
    async def scene(stage: Stage):
        await stage.answer()
        stage.says("", at=2, lasts=30)
        await stage.until(31)
        assert not stage.is_over
        stage.says("Hello again my friend.", at=33)
        await stage.until(40)

    stage = call(scene, ears=[lambda s: EarDouble(s)], replies=["Hello."])

    assert stage.turns == ["Hello again my friend."]


def test_no_ear_left_ends_the_call_with_an_apology():
    stage = call(
        one_slow_turn, ears=[lambda s: EarDouble(s, faults=[REFUSED])], replies=["x"]
    )

    assert stage.heard == [APOLOGY]
    ended = stage.last(events.Ended)
    assert (ended.reason, ended.detail) == ("error", "no recogniser is left")


def test_a_segmented_ear_hears_speech_only():
    stage = call(
        two_turns,
        ears=[lambda s: EarDouble(s, segmented=True)],
        replies=["Well.", "So."],
    )

    assert stage.heard[:2] == ["Well.", "So."]
    seconds = stage.ears[0].sent / 8000
    assert 4 < seconds < 7  # 3.6 s of speech with a little before and after


# ---- minds


@pytest.mark.parametrize("fault", [REFUSED, LOST, LATE])
def test_a_mind_that_fails_is_replaced(fault):
    minds = [MindDouble([[fault]]), MindDouble(["Very well."])]

    stage = call(one_slow_turn, minds=minds)

    fell = stage.last(events.FellBack)
    assert (fell.channel, fell.failed, fell.to) == ("llm", "mind0", "mind1")
    assert stage.heard[0] == "Very well."


def test_a_mind_that_never_answers_is_replaced():
    minds = [MindDouble([[100.0, "Late."]]), MindDouble(["Very well."])]

    stage = call(one_slow_turn, minds=minds)

    assert stage.heard[0] == "One moment. Very well."


def test_a_mind_cut_in_mid_reply_is_continued_and_nothing_is_said_twice():
    minds = [
        MindDouble([["Of course. We have a table at seven or ", LOST]]),
        MindDouble(["We have a table at seven."]),
    ]

    stage = call(one_slow_turn, minds=minds)

    assert stage.heard[0] == "Of course. We have a table at seven."
    asked = minds[1].requests[0].messages
    assert (asked[-1].role, asked[-1].text) == ("assistant", "Of course.")
    assert "cut off" in asked[0].text


def test_a_mind_that_recovers_is_tried_after_the_others():
    minds = [
        MindDouble([[LOST], "Seven."]),
        MindDouble(["Very well.", [LOST]]),
    ]

    stage = call(two_turns, minds=minds)

    assert stage.heard[:2] == ["Very well.", "Seven."]


def test_no_mind_left_ends_the_call_with_an_apology():
    stage = call(one_slow_turn, minds=[MindDouble([[LOST]]), MindDouble([[REFUSED]])])

    assert stage.heard == [APOLOGY]
    assert stage.last(events.Ended).reason == "error"


def test_a_reply_after_a_tool_is_taken_over_by_the_next_mind():
    minds = [
        MindDouble([[ToolCall("1", "look_up", {})], [LOST]]),
        MindDouble(["It is free."]),
    ]

    stage = call(one_slow_turn, minds=minds, tools={"look_up": (0.1, "free")})

    assert stage.heard[0] == "It is free."
    assert [m.role for m in minds[1].requests[0].messages][-2:] == ["assistant", "tool"]
    assert len(stage.toolbox.calls) == 1


# ---- mouths


@pytest.mark.parametrize("faults", [[REFUSED], [LOST, LOST], [LATE, LATE]])
def test_a_mouth_that_does_not_open_is_replaced(faults):
    mouths = [MouthDouble(faults=list(faults)), MouthDouble()]

    stage = call(one_slow_turn, replies=["Very well."], mouths=mouths)

    assert stage.last(events.FellBack).to == "mouth1"
    assert stage.heard[0] == "Very well."


def test_a_mouth_that_gives_no_sound_is_replaced():
    mouths = [MouthDouble(wait=100), MouthDouble(wait=100), MouthDouble()]

    stage = call(one_slow_turn, replies=["Very well."], mouths=mouths)

    assert stage.heard[0] == "Very well."
    assert {e.failed for e in stage.all(events.FellBack)} == {"mouth0", "mouth1"}


def test_the_last_voice_may_be_late():
    """Where nobody could take over, a machine that is slow must not end the call."""
    stage = call(one_slow_turn, replies=["Very well."], mouths=[MouthDouble(wait=5)])

    assert stage.heard[0] == "Very well."
    assert not stage.all(events.FellBack)


def test_the_last_voice_is_not_waited_for_without_end():
    async def scene(stage: Stage):
        await stage.answer()
        stage.says("I would like a table for two.", at=1)
        await stage.until(30)

    stage = call(scene, replies=["x"], mouths=[MouthDouble(wait=100)])

    assert stage.last(events.Ended).detail == "no voice is left"


def test_an_utterance_that_fails_is_said_again():
    mouths = [MouthDouble(utterance_faults=[LOST])]

    stage = call(one_slow_turn, replies=["Very well."], mouths=mouths)

    assert stage.heard[0] == "Very well."
    assert not stage.all(events.FellBack)


@pytest.mark.parametrize("alignment", [False, True])
def test_a_mouth_cut_in_mid_sentence_is_continued_and_nothing_is_said_twice(alignment):
    text = "We are open from nine until six on every working day of the whole year."
    mouths = [MouthDouble(stops_after=2.0, alignment=alignment), MouthDouble()]
    mouths[0].faults = []

    stage = call(
        one_slow_turn, replies=[text], mouths=[mouths[0], mouths[1], MouthDouble()]
    )

    assert stage.heard[0] == text
    rest = mouths[0].said[1] if len(mouths[0].said) > 1 else mouths[1].said[0]
    assert text.endswith(rest)
    assert len(text) * 0.4 < len(rest) < len(text) * 0.65
    # What was made, and the rest, are heard once.
    seconds = sum(end - start for start, end in stage.line.played)
    assert seconds == pytest.approx(len(text) * 0.06, abs=0.8)


def test_no_mouth_left_ends_the_call():
    stage = call(one_slow_turn, replies=["x"], mouths=[MouthDouble(faults=[REFUSED])])

    ended = stage.last(events.Ended)
    assert (ended.reason, ended.detail) == ("error", "no voice is left")


def test_usage_is_counted_for_each_provider_that_served():
    stage = call(
        two_turns,
        replies=["Very well.", "Fine."],
        ears=[lambda s: EarDouble(s, cut_after=5.0), EarDouble],
    )

    used = {(u.channel, u.provider): u.quantities for u in stage.all(events.Used)}
    assert used["stt", "ear0"]["seconds"] == pytest.approx(14, rel=0.15)
    assert used["llm", "mind0"]["input_tokens"] == 200
    assert used["tts", "mouth0"]["characters"] >= len("Very well.Fine.")
