"""What bridges a slow answer, and what becomes of an answer that is lost."""

import pytest

from tests.voice.stage import Stage, ToolCall, call
from tests.voice.vendors import MouthDouble
from voice import events


def test_a_slow_tool_is_bridged_by_a_filler():
    lookup = ToolCall("1", "look_up", {"day": "Friday"})

    async def scene(stage: Stage):
        await stage.answer()
        stage.says("Is Friday free at all?", at=1)
        await stage.until(12)

    stage = call(
        scene,
        replies=[[0.1, lookup], "Friday is free."],
        tools={"look_up": (3.0, "free")},
    )

    assert stage.heard == ["One moment. Friday is free."]
    ran = stage.last(events.ToolCalled)
    assert (ran.name, ran.result, ran.failed) == ("look_up", "free", False)
    assert ran.end_ms - ran.at_ms == pytest.approx(3000, abs=20)
    roles = [m.role for m in stage.minds[0].requests[1].messages]
    assert roles == ["system", "user", "assistant", "tool"]


def test_a_tool_that_hangs_is_given_up():
    async def scene(stage: Stage):
        await stage.answer()
        stage.says("Is Friday free at all?", at=1)
        await stage.until(20)

    stage = call(
        scene,
        replies=[[0.1, ToolCall("1", "look_up", {})], "I cannot look it up now."],
        tools={"look_up": (60.0, "never")},
    )

    assert stage.last(events.ToolCalled).failed
    assert "I cannot look it up now." in stage.heard[-1]


def test_a_slow_model_is_bridged_by_a_filler():
    async def scene(stage: Stage):
        await stage.answer()
        stage.says("Are you there at all?", at=1)
        await stage.until(12)

    stage = call(scene, replies=[[2.5, "Yes, I am."]])

    assert stage.heard == ["One moment. Yes, I am."]


def test_a_filler_whose_answer_is_lost_to_the_next_turn_was_heard():
    async def scene(stage: Stage):
        await stage.answer()
        said_until = stage.says("What can I do there now?", at=1)
        await stage.until(said_until + 3)
        stage.says("What about the next week then?", at=stage.now)
        await stage.until(12)

    stage = call(
        scene,
        replies=[[9.0, "You may swim."], "Then you may sail."],
        mouths=[MouthDouble(pace=50)],  # quicker than is thought of a voice
    )

    assert stage.heard == ["One moment.", "Then you may sail."]
    said = [
        m.text for m in stage.minds[0].requests[1].messages if m.role == "assistant"
    ]
    assert said == ["One moment."]


def test_what_was_read_of_a_lost_answer_is_in_the_transcript():
    async def scene(stage: Stage):
        await stage.answer()
        stage.session.type("What can I do there now?")
        await stage.until(3)
        stage.session.type("What about the next week then?")
        await stage.until(6)

    stage = call(
        scene, typed=True, replies=[[9.0, "You may swim."], "Then you may sail."]
    )

    shown = {event.utterance: event.text for event in stage.all(events.Replied)}
    assert stage.heard == list(shown.values()) == ["One moment.", "Then you may sail."]
