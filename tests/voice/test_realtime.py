"""A conversation with a model that hears and speaks, on virtual time."""

import pytest

from tests.voice.heads import KINDS, head
from tests.voice.scenes import one_turn, two_turns
from tests.voice.stage import Stage, ToolCall, call
from voice import events
from voice.config import CallerType, SilenceRules, Tongue, TurnRules

LONG = "We are open from nine until six on every working day of the whole year."


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
