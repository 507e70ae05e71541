"""Conversations as timelines: who speaks when, and what must have happened by then."""

import pytest

from tests.voice.stage import Stage, call
from tests.voice.vendors import MouthDouble
from voice import events
from voice.config import CallerType


def test_agent_greets_with_its_opener():
    async def scene(stage: Stage):
        await stage.answer()
        await stage.until(4)

    stage = call(scene, agent_greets=True, opener="Hello, this is Ann.")

    assert stage.heard == ["Hello, this is Ann."]
    assert 0.1 < stage.line.played[0][0] < 0.3


def test_a_turn_is_heard_and_answered():
    async def scene(stage: Stage):
        await stage.answer()
        said_until = stage.says("I would like a table for two please.", at=1)
        await stage.until(said_until + 0.9)
        assert stage.line.is_audible(stage.now)
        await stage.until(9)

    stage = call(scene, replies=["Of course. When would you like to come?"])

    assert stage.turns == ["I would like a table for two please."]
    assert stage.heard == ["Of course. When would you like to come?"]
    latency = stage.last(events.TurnLatency)
    assert latency.total_ms <= 900
    assert latency.endpointing_ms >= 400
    heard = stage.all(events.Heard)[-1]
    assert (heard.at_ms, heard.end_ms) == pytest.approx((1000, 3400), abs=60)


def test_first_sentence_is_spoken_before_the_reply_is_whole():
    async def scene(stage: Stage):
        await stage.answer()
        stage.says("What can I do there now?", at=1)
        await stage.until(3.9)
        assert stage.line.is_audible(stage.now)
        await stage.until(12)

    stage = call(scene, replies=[["Many things. ", 1.5, "You may swim."]])

    assert stage.mouths[0].said == ["Many things.", "You may swim."]
    assert stage.heard == ["Many things. You may swim."]


def test_an_interruption_stops_the_agent_and_only_heard_words_are_remembered():
    long = "We are open from nine until six on every working day of the whole year."

    async def scene(stage: Stage):
        await stage.answer()
        stage.says("When are you open these days?", at=1)
        await stage.until(4.5)
        assert stage.line.is_audible(stage.now)
        stage.says("Wait I meant on Sundays.", at=4.5)
        await stage.until(5.3)
        assert not stage.line.is_audible(stage.now)
        await stage.until(12)

    stage = call(scene, replies=[long, "Then from ten."])

    spoken = stage.all(events.Spoke)[0]
    assert long.startswith(spoken.text)
    assert spoken.text
    assert spoken.text + " " + spoken.unheard == long
    said = [m for m in stage.minds[0].requests[1].messages if m.role == "assistant"]
    assert [m.text for m in said] == [spoken.text]
    assert stage.turns[1] == "Wait I meant on Sundays."
    assert stage.heard[1] == "Then from ten."


@pytest.mark.parametrize("sound", ["mm-hm", "yeah", "okay", "uh-huh right"])
def test_a_backchannel_does_not_stop_the_agent(sound):
    long = "We are open from nine until six on every working day of the whole year."

    async def scene(stage: Stage):
        await stage.answer()
        stage.says("When are you open these days?", at=1)
        await stage.until(5)
        stage.says(sound, at=5, lasts=0.45)
        await stage.until(10)

    stage = call(scene, replies=[long])

    assert stage.heard == [long]
    assert not stage.line.clears
    assert max(stage.line.silences(5, 6.5), default=0) <= 0.25
    assert not stage.all(events.Interrupted)
    assert stage.all(events.KeptTalking)


def test_a_long_noise_cuts_the_agent_off_and_it_resumes():
    long = "We are open from nine until six on every working day of the whole year."

    async def scene(stage: Stage):
        await stage.answer()
        stage.says("When are you open these days?", at=1)
        await stage.until(5)
        stage.says("", at=5, lasts=1.3)
        await stage.until(12)

    stage = call(scene, replies=[long])

    assert stage.all(events.Interrupted)
    assert long.endswith(stage.last(events.Resumed).text)
    assert stage.heard == [long]
    assert stage.mouths[0].said == [long]


def test_fast_mode_falls_silent_at_once_and_goes_on_after_a_backchannel():
    long = "We are open from nine until six on every working day of the whole year."

    async def scene(stage: Stage):
        await stage.answer()
        stage.says("When are you open these days?", at=1)
        await stage.until(5)
        stage.says("yeah", at=5, lasts=0.4)
        await stage.until(12)

    stage = call(scene, replies=[long], mode="fast")

    assert stage.line.clears == [pytest.approx(5.2, abs=0.06)]
    assert stage.all(events.Resumed)
    assert stage.heard == [long]


def test_without_barge_in_the_words_are_answered_when_the_agent_has_finished():
    async def scene(stage: Stage):
        await stage.answer()
        stage.says("I want to know the price.", at=1)
        await stage.until(8)
        assert not stage.line.clears

    stage = call(
        scene,
        replies=["Ten dollars."],
        agent_greets=True,
        opener="This call is recorded for the purposes of training our staff.",
        rules={"barge_in": False},
    )

    assert stage.heard[1] == "Ten dollars."
    assert stage.turns == ["I want to know the price."]


def test_hello_does_not_stop_the_opener():
    async def scene(stage: Stage):
        await stage.answer()
        stage.says("Hello?", at=0.1, lasts=0.5)
        stage.says("Good morning.", at=1.5, lasts=0.8)
        await stage.until(8)

    opener = "Good morning, this is Ann of the dental clinic."
    stage = call(scene, agent_greets=True, opener=opener)

    assert stage.heard == [opener]


def test_a_caller_who_goes_on_before_the_answer_is_heard_out():
    async def scene(stage: Stage):
        await stage.answer()
        end = stage.says("I would like to book a table.", at=1)
        stage.says("For seven people on Friday.", at=end + 0.7)
        await stage.until(12)

    stage = call(scene, replies=[[0.6, "Fine."], "For seven."])

    assert stage.heard == ["For seven."]
    told = stage.minds[0].requests[-1].messages[-1]
    assert told.role == "user"
    assert told.text == "I would like to book a table. For seven people on Friday."


def test_a_noise_before_the_answer_only_delays_it():
    async def scene(stage: Stage):
        await stage.answer()
        end = stage.says("I would like to book a table.", at=1)
        stage.says("", at=end + 0.6, lasts=0.3)
        await stage.until(12)

    stage = call(scene, replies=[[0.3, "Fine."]])

    assert stage.heard == ["Fine."]
    assert len(stage.minds[0].requests) == 1


def test_a_caller_type_joins_the_prompt():
    async def scene(stage: Stage):
        await stage.answer()
        stage.says("I am a journalist with a question.", at=1)
        await stage.until(6)
        stage.says("A journalist of the daily news.", at=6)
        await stage.until(12)

    stage = call(
        scene,
        caller_types=[CallerType("press", "Refer them to Bob.", ("a journalist",))],
    )

    shifts = stage.all(events.RoutingShifted)
    assert [(s.caller_type, s.phrase) for s in shifts] == [("press", "a journalist")]
    assert "Refer them to Bob." in stage.minds[0].requests[0].messages[0].text


def test_typed_words_stop_the_agent_and_are_answered():
    async def scene(stage: Stage):
        await stage.answer()
        await stage.until(1)
        stage.session.type("How much is it?")
        await stage.until(6)

    stage = call(
        scene,
        replies=["Ten dollars."],
        agent_greets=True,
        opener="Hello, I am Ann and I can tell you everything about our prices.",
    )

    assert stage.turns == ["How much is it?"]
    assert stage.heard[-1] == "Ten dollars."
    assert stage.all(events.Spoke)[0].unheard


def test_a_typed_conversation_needs_no_sound():
    async def scene(stage: Stage):
        await stage.answer()
        await stage.until(0.5)
        stage.session.type("How much is it?")
        await stage.until(2)

    stage = call(
        scene, replies=["Ten dollars."], agent_greets=True, opener="Hello.", typed=True
    )

    assert stage.heard == ["Hello.", "Ten dollars."]
    assert [e.text for e in stage.all(events.Replied)] == ["Hello.", "Ten dollars."]
    assert stage.last(events.TurnLatency).total_ms < 300


def test_keys_are_gathered_into_one_turn():
    async def scene(stage: Stage):
        await stage.answer()
        for n, digit in enumerate("4217"):
            await stage.until(1 + n * 0.5)
            stage.session.press(digit)
        await stage.until(8)

    stage = call(scene, replies=["Thank you."])

    assert stage.turns == ["4 2 1 7"]
    assert stage.last(events.Heard).source == "keypad"


def test_mute_ends_the_caller_speech():
    async def scene(stage: Stage):
        await stage.answer()
        stage.says("I would like a table for two people.", at=1)
        await stage.until(2.5)
        stage.session.mute(True)
        await stage.until(8)

    stage = call(scene, replies=["Very well."])

    assert stage.heard == ["Very well."]
    assert stage.caller == pytest.approx(2.5 * 8000, rel=0.02)


def test_what_is_recorded_of_the_agent_is_what_was_heard():
    async def scene(stage: Stage):
        await stage.answer()
        stage.says("When are you open these days?", at=1)
        await stage.until(4.5)
        stage.says("Wait stop it now please.", at=4.5)
        await stage.until(14)

    stage = call(
        scene, replies=["We are open from nine until six on every day.", "Ok."]
    )

    heard = sum(end - start for start, end in stage.line.played)
    assert stage.agent / 8000 == pytest.approx(heard, rel=0.03)
    assert stage.caller / 8000 == pytest.approx(14, rel=0.01)


def test_alignment_tells_which_words_were_heard():
    text = "One two three four five six seven eight nine ten eleven twelve."

    async def scene(stage: Stage):
        await stage.answer()
        await stage.until(2)
        stage.session.type("Stop there.")
        await stage.until(6)

    stage = call(
        scene, agent_greets=True, opener=text, mouths=[MouthDouble(alignment=True)]
    )

    spoken = stage.all(events.Spoke)[0]
    assert spoken.text == "One two three four five six"


def test_cached_opener_is_heard_at_once():
    async def scene(stage: Stage):
        await stage.answer()
        await stage.until(3)

    stage = call(scene, agent_greets=True, opener="Hello.", opener_audio=b"\x10" * 8000)

    assert stage.line.played == [(0.0, pytest.approx(1.0))]
    assert stage.heard == ["Hello."]
    assert stage.mouths[0].said == []


def test_a_slow_line_delays_what_counts_as_heard():
    async def scene(stage: Stage):
        await stage.answer()
        await stage.until(2)
        stage.session.type("Stop there.")
        await stage.until(5)

    texts = []
    for lag in (0.0, 0.6):
        stage = call(
            scene,
            agent_greets=True,
            opener="One two three four five six seven eight nine ten eleven.",
            lag=lag,
        )
        texts.append(stage.all(events.Spoke)[0].text)

    assert len(texts[1]) < len(texts[0])


def test_meters_are_told_only_when_asked_for():
    async def scene(stage: Stage):
        await stage.answer()
        await stage.until(2)

    loud = call(scene, agent_greets=True, opener="Hello there, you.", meters=True)
    still = call(scene, agent_greets=True, opener="Hello there, you.")

    assert any(level.agent > 0.1 for level in loud.all(events.Level))
    assert len(loud.all(events.Level)) <= 21
    assert not still.all(events.Level)
