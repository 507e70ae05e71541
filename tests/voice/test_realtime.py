"""A conversation with a model that hears and speaks, on virtual time."""

from functools import partial

import pytest

from tests.voice.stage import Stage, ToolCall, call
from tests.voice.vendors import (
    LOST,
    REFUSED,
    EarDouble,
    HeadDouble,
    MindDouble,
    MouthDouble,
)
from voice import events
from voice.config import CallerType, SilenceRules, Tongue, TurnRules

LONG = "We are open from nine until six on every working day of the whole year."


def head(*replies, **options):
    return partial(HeadDouble, replies=list(replies), **options)


def by_itself(*replies, **options):
    return head(*replies, led=False, **options)


async def one_turn(stage: Stage):
    await stage.answer()
    stage.says("I would like a table for two.", at=1)
    await stage.until(10)


async def two_turns(stage: Stage):
    await stage.answer()
    stage.says("I would like a table for two.", at=1)
    stage.says("On Friday evening at seven.", at=6)
    await stage.until(14)


KINDS = pytest.mark.parametrize("kind", [head, by_itself])


# ---- talking


@KINDS
def test_it_hears_and_speaks(kind):
    stage = call(two_turns, heads=[kind("Very well.", "Noted.")])

    assert stage.turns == [
        "I would like a table for two.",
        "On Friday evening at seven.",
    ]
    assert stage.heard == ["Very well.", "Noted."]
    assert [event.turn for event in stage.all(events.Spoke)] == [1, 2]
    assert not stage.ears[0].opened  # nobody else listens


def test_each_turn_tells_its_latency():
    stage = call(one_turn, heads=[head("Very well.")])

    (latency,) = stage.all(events.TurnLatency)
    # It ends a turn 300 ms after the words and thinks for 100.
    assert 350 <= latency.total_ms <= 600
    assert latency.tts_ms == 0
    assert latency.at_ms == pytest.approx(1000 + 7 * 300, abs=60)


@KINDS
def test_it_greets_in_the_agents_words(kind):
    async def scene(stage: Stage):
        await stage.answer()
        await stage.until(5)

    stage = call(scene, heads=[kind()], opener="Hello, this is Ann.", agent_greets=True)

    assert stage.heard == ["Hello, this is Ann."]


def test_both_sides_are_recorded():
    stage = call(one_turn, heads=[head(LONG)])

    assert stage.caller == pytest.approx(10 * 8000, rel=0.02)
    assert stage.agent == pytest.approx(len(LONG) * 480, rel=0.05)


def test_tokens_and_seconds_are_counted():
    stage = call(two_turns, heads=[head("Very well.", "Noted.")])

    (used,) = stage.all(events.Used)
    assert (used.channel, used.provider) == ("realtime", "head0")
    assert used.quantities["audio_output_tokens"] == 100
    assert used.quantities["seconds"] == pytest.approx(14, rel=0.05)


# ---- the caller takes the floor


@KINDS
def test_an_interruption_is_cut_off_where_the_caller_heard_it(kind):
    async def scene(stage: Stage):
        await stage.answer()
        stage.says("When are you open?", at=1)
        stage.says("No, I mean on Sunday of course.", at=4.0)
        await stage.until(12)

    stage = call(scene, heads=[kind(LONG, "Closed.")])

    spoke = stage.all(events.Spoke)
    assert spoke[0].unheard
    assert LONG.startswith(spoke[0].text)
    assert stage.heard[1] == "Closed."
    began = spoke[0].at_ms
    # Silent within 200 ms of the speech, and the model is told what was heard.
    assert max(b for a, b in stage.line.played if a < 4.0) <= 4.25
    heard_ms = max(stage.heads[0].stopped)
    assert heard_ms == pytest.approx(4100 - began, abs=120)


def test_mm_hm_does_not_stop_it():
    async def scene(stage: Stage):
        await stage.answer()
        stage.says("When are you open?", at=1)
        stage.says("mm-hm", at=4.0, lasts=0.4)
        await stage.until(14)

    stage = call(scene, heads=[head(LONG)])

    assert stage.heard == [LONG]
    assert stage.turns == ["When are you open?"]
    assert "mm-hm" in stage.last(events.KeptTalking).cause
    assert stage.all(events.Resumed)
    assert len(stage.heads[0].asked) == 1


def test_a_cough_does_not_stop_it():
    async def scene(stage: Stage):
        await stage.answer()
        stage.says("When are you open?", at=1)
        stage.says("", at=4.0, lasts=0.4)
        await stage.until(14)

    stage = call(scene, heads=[head(LONG)])

    assert stage.heard == [LONG]


def test_who_goes_on_before_the_reply_gets_one_reply():
    async def scene(stage: Stage):
        await stage.answer()
        stage.says("I would like a table", at=1)
        stage.says("for two people please.", at=2.95)
        await stage.until(9)

    stage = call(scene, heads=[head([0.8, "One."], "Two.")])

    assert stage.heard == ["Two."]
    assert len(stage.turns) == 2


def test_without_barge_in_it_finishes_first():
    async def scene(stage: Stage):
        await stage.answer()
        stage.says("When are you open?", at=1)
        stage.says("And what about Sundays?", at=4.0)
        await stage.until(14)

    stage = call(scene, heads=[head(LONG, "Closed.")], rules={"barge_in": False})

    assert stage.heard == [LONG, "Closed."]


@KINDS
def test_typed_words_are_a_turn(kind):
    async def scene(stage: Stage):
        await stage.answer()
        await stage.until(1)
        stage.session.type("A table for two.")
        await stage.until(5)

    stage = call(scene, heads=[kind("Very well.")])

    assert stage.heads[0].told == ["A table for two."]
    assert stage.turns == ["A table for two."]
    assert stage.heard == ["Very well."]


def test_keys_are_a_turn():
    async def scene(stage: Stage):
        await stage.answer()
        await stage.until(1)
        for digit in "12#":
            stage.session.press(digit)
        await stage.until(6)

    stage = call(scene, heads=[head("Twelve.")])

    assert stage.heads[0].told == ["1 2"]
    assert stage.heard == ["Twelve."]


# ---- tools, routing, languages, silence


@KINDS
def test_a_tool_is_run_and_answered(kind):
    stage = call(
        one_turn,
        heads=[kind([ToolCall("1", "look_up", {"q": 2})], "It is free.")],
        tools={"look_up": (0.3, "free")},
    )

    assert stage.toolbox.calls == [("look_up", {"q": 2})]
    assert stage.heads[0].answers == [("look_up", "free")]
    assert stage.last(events.ToolCalled).result == "free"
    assert stage.heard == ["It is free."]


def test_a_slow_tool_is_bridged_with_a_word():
    stage = call(
        one_turn,
        heads=[head([ToolCall("1", "look_up", {})], "It is free.")],
        tools={"look_up": (3.0, "free")},
    )

    assert stage.heard == ["One moment.", "It is free."]


@KINDS
def test_it_can_hang_up(kind):
    stage = call(
        one_turn,
        heads=[kind([ToolCall("1", "end_call", {})])],
        end_message="Goodbye, then.",
    )

    assert stage.heard == ["Goodbye, then."]
    assert stage.last(events.Ended).reason == "end_call_tool"


def test_a_caller_type_changes_the_prompt():
    stage = call(
        one_turn,
        heads=[head("Very well.")],
        caller_types=[CallerType("guest", "Be quick.", ("table for two",))],
    )

    assert stage.last(events.RoutingShifted).caller_type == "guest"
    assert "Be quick." in stage.heads[0].opened[0].prompts[-1]


def test_another_language_is_another_prompt_and_the_same_head():
    tongues = {
        tag: Tongue(tag, name, (), (), TurnRules(), SilenceRules(), (), "", "")
        for tag, name in (("en-US", "English"), ("de-DE", "German"))
    }
    stage = call(
        one_turn,
        heads=[
            head([ToolCall("1", "switch_language", {"language": "de-DE"})], "Gerne.")
        ],
        tongues=tongues,
    )

    switched = stage.last(events.LanguageSwitched)
    assert (switched.language, switched.stt, switched.tts) == (
        "de-DE",
        "head0",
        "head0",
    )
    assert "German" in stage.heads[0].opened[0].prompts[-1]
    assert stage.heard == ["Gerne."]


@KINDS
def test_it_says_nothing_while_others_talk(kind):
    async def scene(stage: Stage):
        await stage.answer()
        await stage.until(1)
        stage.session.stand_by()
        stage.says("Is this the manager?", at=2)
        await stage.until(7)
        stage.session.whisper("Offer them a discount.")
        stage.session.come_back(say="I am back.", happened="The manager left.")
        await stage.until(10)
        stage.says("Very well then, thank you.", at=11)
        await stage.until(16)

    stage = call(scene, heads=[kind("Hello.", "With pleasure.")])

    assert stage.turns == ["Is this the manager?", "Very well then, thank you."]
    assert stage.heard[0] == "I am back."
    assert len(stage.heard) == 2
    assert "The manager left." in stage.heads[0].opened[0].prompts[-1]
    assert "discount" in stage.heads[0].opened[0].prompts[-1]


@KINDS
def test_it_waits_until_it_is_known_who_picked_up(kind):
    async def scene(stage: Stage):
        await stage.answer()
        stage.says("Hello, who is this?", at=1)
        await stage.until(4)
        stage.session.greet()
        await stage.until(8)

    stage = call(
        scene,
        heads=[kind("Never said.")],
        waits=True,
        opener="Hello, this is Ann.",
        agent_greets=True,
    )

    assert stage.turns == ["Hello, who is this?"]
    assert stage.heard == ["Hello, this is Ann."]


@KINDS
def test_silence_is_asked_about_and_ends_the_call(kind):
    async def scene(stage: Stage):
        await stage.answer()
        await stage.until(30)

    rules = SilenceRules(4_000, 8_000, ("Are you there?",))
    stage = call(scene, heads=[kind()], silence=rules, end_message="Goodbye.")

    assert stage.heard == ["Are you there?", "Goodbye."]
    assert stage.last(events.Ended).detail == "silence"


def test_the_callers_last_words_are_kept():
    async def scene(stage: Stage):
        await stage.answer()
        stage.says("I would like a table for two.", at=1)
        await stage.until(2.5)
        stage.session.drop()

    stage = call(scene, heads=[head()])

    assert stage.last(events.Ended).reason == "user_disconnect"
    assert " ".join(stage.turns).startswith("I would like")


# ---- what fails


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


@pytest.mark.parametrize("kind", [head, by_itself])
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
