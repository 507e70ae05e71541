"""Keys gathered into what a caller meant; asked for in secret they stay one."""

import asyncio

from tests.voice.stage import call
from voice import events
from voice.keypad import Asked, Keypad

CARD = "4111111111111111"


def press(keypad, digits, at=0):
    return [keypad.press(at + 200 * i, digit) for i, digit in enumerate(digits)]


def test_keys_are_one_thing_said_after_a_pause():
    keypad = Keypad()

    assert press(keypad, "42") == ["", ""]
    assert keypad.due(1_000) == ""
    assert keypad.due(2_000) == "4 2"
    assert keypad.due(9_000) == ""


def test_what_was_asked_for_is_whole_with_pound_or_its_last_digit():
    keypad = Keypad()
    keypad.ask(0, Asked("pin", longest=4, masked=False))
    assert press(keypad, "1234")[-1] == "1 2 3 4"
    keypad.ask(0, Asked("pin", longest=9, masked=False))
    assert press(keypad, "12#")[-1] == "1 2"


def test_it_is_waited_for_longer_than_for_a_key_pressed_by_chance():
    keypad = Keypad()
    keypad.ask(0, Asked("card_number", patience_ms=10_000))

    assert keypad.due(9_000) == ""
    keypad.wait(9_000)  # the agent still speaks
    assert keypad.due(18_000) == ""
    assert keypad.due(19_500) == "[Nothing was keyed in for card_number.]"
    assert keypad.asked is None


def test_secret_keys_are_kept_by_one_and_counted_for_the_others():
    keypad, kept = Keypad(), []
    keypad.ask(0, Asked("card_number", longest=16, keep=kept.append))

    assert keypad.shown("4") == "•"
    said = press(keypad, CARD)[-1]

    assert kept == [CARD]
    assert said == (
        "[16 digits were keyed in for card_number. They are kept as {{digits.card_number}}.]"
    )
    assert keypad.shown("4") == "4"
    assert keypad.is_secret(3_700)  # the last tone is still on the line
    assert not keypad.is_secret(4_000)


def test_while_keys_are_secret_nothing_is_heard_recorded_or_told():
    kept, during = [], {}

    async def scene(stage):
        await stage.answer()
        stage.says("I want to pay now", at=0.5)
        await stage.until(4)
        before = stage.caller, stage.ears[0].sent
        stage.session.ask_keys(Asked("card_number", longest=16, keep=kept.append))
        for i, digit in enumerate(CARD):
            await stage.until(5 + 0.3 * i)
            during["quiet"] = stage.session.keeps_quiet
            stage.session.press(digit)
        during["heard"] = stage.caller - before[0], stage.ears[0].sent - before[1]
        await stage.until(14)

    stage = call(scene, replies=[["Please key it in."], ["Thank you."]])

    assert kept == [CARD]
    assert during == {"quiet": True, "heard": (0, 0)}
    assert not stage.session.keeps_quiet
    told = repr(stage.events) + repr(stage.minds[0].requests)
    assert "4111" not in told
    assert {event.digit for event in stage.all(events.Pressed)} == {"•"}
    assert stage.turns[-1].startswith("[16 digits were keyed in")
    assert stage.heard[-1] == "Thank you."


def test_the_agent_stops_speaking_at_the_first_key():
    async def scene(stage):
        await stage.answer()
        stage.says("Pay", at=0.5)
        await stage.until(2.5)
        stage.session.ask_keys(Asked("pin", longest=4, masked=False))
        await stage.until(3.5)
        assert stage.line.is_audible(3.4)
        stage.session.press("1")
        await asyncio.sleep(0.1)
        assert not stage.line.is_audible(stage.now)
        for digit in "234":
            stage.session.press(digit)
        await stage.until(8)

    stage = call(
        scene,
        replies=[["Now key in your code, please, it has four digits."], ["Fine."]],
    )

    assert stage.turns[-1] == "1 2 3 4"
