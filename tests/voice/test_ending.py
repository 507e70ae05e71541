"""How conversations end, and what they lose then: nothing."""

import pytest

from tests.voice.stage import Stage, ToolCall, call
from voice import events


def test_silence_is_prompted_and_then_ends_the_call():
    async def scene(stage: Stage):
        await stage.answer()
        await stage.until(45)

    stage = call(
        scene, agent_greets=True, opener="Hello, who is there?", end_message="Bye."
    )

    prompt = stage.last(events.SilencePrompted)
    assert prompt.at_ms == pytest.approx(9_500, abs=400)
    assert stage.heard == ["Hello, who is there?", "Are you still there?", "Bye."]
    ended = stage.last(events.Ended)
    assert (ended.reason, ended.detail) == ("timeout", "silence")


def test_a_call_ends_at_its_longest_duration():
    async def scene(stage: Stage):
        await stage.answer()
        for second in range(2, 40, 4):
            stage.says("Tell me some more.", at=second)
        await stage.until(40)

    stage = call(scene, max_duration_s=20, end_message="Our time is up.")

    ended = stage.last(events.Ended)
    assert (ended.reason, ended.detail) == ("timeout", "max_duration")
    assert 20_000 < ended.at_ms < 22_500
    assert stage.heard[-1] == "Our time is up."


def test_end_call_says_goodbye_and_hangs_up():
    async def scene(stage: Stage):
        await stage.answer()
        stage.says("That is all for now.", at=1)
        await stage.until(12)

    stage = call(
        scene,
        replies=[[0.1, "Happy to help. ", ToolCall("1", "end_call", {})]],
        end_message="Goodbye.",
    )

    assert stage.heard == ["Happy to help. Goodbye."]
    assert stage.last(events.Ended).reason == "end_call_tool"
    assert stage.line.hung_up_at < 8


def test_a_caller_who_hangs_up_in_mid_sentence_loses_no_words():
    async def scene(stage: Stage):
        await stage.answer()
        stage.says("I would like to cancel my appointment on Friday", at=1)
        await stage.until(2.9)
        stage.session.drop()
        await stage.session.finished()

    stage = call(scene)

    assert stage.turns == ["I would like to cancel my"]
    ended = stage.last(events.Ended)
    assert ended.reason == "user_disconnect"
    assert ended.at_ms < 3_300
    assert {used.channel for used in stage.all(events.Used)} == {"stt"}


def test_the_host_ends_with_a_closing_line():
    async def scene(stage: Stage):
        await stage.answer()
        await stage.until(1)
        stage.session.end("closed", say="We have to stop.", detail="no_credit")
        await stage.session.finished()

    stage = call(scene, agent_greets=True, opener="A very long opener of ours.")

    assert stage.heard[-1] == "We have to stop."
    ended = stage.last(events.Ended)
    assert (ended.reason, ended.detail) == ("closed", "no_credit")


def test_ending_without_words_lets_the_agent_finish_its_sentence():
    async def scene(stage: Stage):
        await stage.answer()
        await stage.until(0.5)
        stage.session.end("closed")
        await stage.session.finished()

    stage = call(scene, agent_greets=True, opener="Hello, this is Ann.")

    assert stage.heard == ["Hello, this is Ann."]


def test_a_line_that_stops_sending_is_silence():
    async def scene(stage: Stage):
        await stage.answer()
        stage.says("I would like a table for two people.", at=1)
        await stage.until(3)
        stage.sends_frames = False
        await stage.until(8)

    stage = call(scene, replies=["Very well."])

    assert stage.heard == ["Very well."]


def test_a_mistake_of_ours_ends_the_call_with_an_apology():
    async def scene(stage: Stage):
        stage.minds[0].replies = [[ValueError("a bug")]]
        stage.loop.set_exception_handler(lambda *_: None)
        await stage.answer()
        stage.says("Hello my good friend there.", at=1)
        await stage.until(15)

    stage = call(scene, apology="Sorry.")

    assert stage.heard == ["Sorry."]
    assert stage.last(events.Ended).reason == "error"


def test_caller_audio_that_waits_for_its_place_is_kept_when_the_call_ends():
    async def scene(stage: Stage):
        await stage.answer()
        await stage.until(1)
        stage.sends_frames = False
        await stage.until(4)
        for _ in range(150):
            stage.session.hear(b"\xff" * 160)

    stage = call(scene)

    assert stage.caller == pytest.approx(4 * 8000, rel=0.02)
