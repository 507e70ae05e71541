"""An agent that leaves the talking to others, comes back, and moves to another line."""

from tests.voice.stage import LineDouble, Stage, ToolCall, call
from voice import events
from voice.ports import ToolOutcome


def test_an_agent_that_stands_by_hears_and_answers_nobody():
    async def scene(stage: Stage):
        await stage.answer()
        stage.session.stand_by()
        stage.says("I would like a table for two please.", at=1)
        await stage.until(40)  # longer than the patience with silence, too
        assert not stage.is_over

    stage = call(scene, replies=["Of course."])

    assert stage.turns == ["I would like a table for two please."]
    assert stage.heard == []
    assert not stage.all(events.TurnLatency)


def test_what_it_is_told_to_say_then_nobody_interrupts():
    async def scene(stage: Stage):
        await stage.answer()
        stage.session.stand_by()
        stage.session.say("Hello, I have somebody on the line for you, press one.")
        stage.says("Wait, stop, who is this please?", at=1)
        await stage.until(8)

    stage = call(scene)

    assert stage.heard == ["Hello, I have somebody on the line for you, press one."]
    assert not stage.all(events.Interrupted)


def test_it_comes_back_with_a_sentence_and_knows_what_happened():
    async def scene(stage: Stage):
        await stage.answer()
        stage.session.stand_by()
        await stage.until(2)
        stage.session.come_back(say="Nobody is free.", happened="Bob was busy.")
        stage.says("Then please take a message.", at=5)
        await stage.until(12)

    stage = call(scene, replies=["Gladly."])

    assert stage.heard == ["Nobody is free.", "Gladly."]
    assert "Bob was busy." in stage.minds[0].requests[0].messages[0].text
    latency = stage.last(events.TurnLatency)
    assert latency.total_ms < 1_500


def test_a_whisper_reaches_the_mind_and_is_not_said():
    async def scene(stage: Stage):
        await stage.answer()
        stage.session.whisper("Offer ten percent.")
        stage.says("Is that your best price today?", at=1)
        await stage.until(8)

    stage = call(scene, replies=["Let me see."])

    prompt = stage.minds[0].requests[0].messages[0].text
    assert "Offer ten percent." in prompt
    assert "never mention it" in prompt
    assert stage.heard == ["Let me see."]


def test_a_tool_may_leave_the_caller_to_others():
    async def scene(stage: Stage):
        await stage.answer()
        stage.says("Can I talk to a person please?", at=1)
        await stage.until(6)
        assert stage.session.stands_by
        stage.says("Hello? Is anybody there?", at=7)
        await stage.until(14)

    asked = ToolCall("1", "handoff", {})
    stage = call(
        scene,
        replies=[["One moment. ", asked], "Never said."],
        tools={"handoff": (0.1, ToolOutcome("Being called.", stands_by=True))},
    )

    assert stage.heard == ["One moment."]
    assert len(stage.minds[0].requests) == 1


def test_the_line_is_changed_in_mid_sentence_and_nothing_is_lost_or_said_twice():
    long = "We are open from nine until six on every working day of the whole year."
    other = []

    async def scene(stage: Stage):
        await stage.answer()
        line = LineDouble()
        line.session = stage.session
        other.append(line)
        stage.session.say(long)
        await stage.until(2)
        stage.session.reroute(lambda: setattr(stage.session._speaking, "_line", line))
        await stage.until(10)

    stage = call(scene)

    before = sum(end - start for start, end in stage.line.played)
    after = sum(end - start for start, end in other[0].played)
    assert stage.heard == [long]
    assert stage.line.clears
    assert 1.5 < before < 2.1
    assert abs(before + after - len(long) * 0.06) < 0.4  # a quiet place is looked for
    assert not stage.all(events.Interrupted)


def test_people_may_talk_longer_than_an_agent():
    async def scene(stage: Stage):
        await stage.answer()
        stage.session.stand_by()
        await stage.until(100)
        assert not stage.is_over
        stage.session.come_back()
        await stage.until(102)

    stage = call(scene, max_duration_s=60)

    assert stage.last(events.Ended).detail == "max_duration"
