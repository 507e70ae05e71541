"""What the agent does when somebody, or something, picks up: whole conversations on
virtual time, with recorded sound on the line."""

from dataclasses import dataclass, field
from itertools import pairwise
from types import SimpleNamespace

import pytest

from providers.ports import TELEPHONE
from telephony.picking_up import PickingUp
from tests.telephony import pickups
from tests.telephony.pickups import Answer, sound, tone
from tests.voice.stage import call as play
from voice import events

OPENER = "Hello, this is Ada at Harbour Dental. Is this a good moment?"
MESSAGE = "This is Ada from Harbour Dental. Please call us back."
FRAME = 160


@dataclass
class Kept:
    rows: list = field(default_factory=list)


class Told(list):
    """The timeline, and who else is told of it."""

    def __init__(self, tell):
        super().__init__()
        self.tell = tell

    def append(self, event):
        super().append(event)
        self.tell(event)


@pytest.fixture(autouse=True)
def kept(monkeypatch):
    """What would be written to the database."""
    found = Kept()

    async def write(self, *row):
        found.rows.append(row)

    monkeypatch.setattr(PickingUp, "_write", write)
    return found


def answered(
    parts,
    *,
    leaves_message=False,
    message=MESSAGE,
    tools=None,
    seconds=25.0,
    replies=(),
):
    """Place a call that is answered so; return the stage when it is over."""
    heard = sound(Answer("", parts))
    behaviour = "leave_message" if leaves_message else "hangup"
    call = SimpleNamespace(
        pk="c", workspace_id="w", config={"advanced": {"voicemailBehavior": behaviour}}
    )

    async def scene(stage):
        pickup = PickingUp(call, stage.config, stage.session, TELEPHONE, stage.note)
        stage.events = Told(pickup.note)
        stage.sends_frames = False
        for begin, end, text in spoken(heard):
            stage.says(text, at=begin, lasts=end - begin)
        await stage.answer()
        pickup.start()
        at = 0.0
        for place in range(0, int(seconds * 8000), FRAME):
            if stage.is_over:
                break
            frame = heard.mulaw[place : place + FRAME].ljust(FRAME, b"\xff")
            stage.session.hear(frame)
            pickup.hear(stage.session.now(), frame)
            at += 0.02
            await stage.until(at)
        pickup.stop()

    return play(
        scene,
        replies=replies,
        opener=OPENER,
        agent_greets=True,
        waits=True,
        voicemail=message,
        tools=tools,
    )


def spoken(heard):
    """Return (begin, end, text) in seconds of each stretch of words."""
    times = [(ms / 1000, word) for ms, word in heard.words]
    if not times:
        return []
    groups = [[times[0]]]
    for (before, _), each in pairwise(times):
        if each[0] - before > 1.0:
            groups.append([])
        groups[-1].append(each)
    return [
        (max(0.05, group[0][0] - 0.4), group[-1][0], " ".join(w for _, w in group))
        for group in groups
    ]


def first_sound(stage):
    return min((start for start, _ in stage.line.played), default=None)


def test_a_person_is_greeted_when_they_wait_for_it():
    stage = answered((0.6, "hello", 6.0), seconds=9)

    picked = stage.last(events.PickedUp)
    assert (picked.by, picked.action) == ("human", "greeted")
    assert stage.heard == [OPENER]
    assert stage.turns[0] == "Hello."
    assert 1.2 < first_sound(stage) < 2.6  # behind their word, and not on top of it


def test_a_voicemail_is_hung_up_on_without_a_word(kept):
    stage = answered((0.5, "vm-intro", 0.8, "beep", 5.0))

    ended = stage.last(events.Ended)
    assert (ended.reason, ended.detail) == ("closed", "voicemail")
    assert stage.line.played == []
    signals = stage.last(events.PickedUp).signals
    assert len({each["kind"] for each in signals}) >= 2
    assert kept.rows[-1][0] == "voicemail"


def test_a_message_is_left_behind_the_beep():
    parts = (0.5, "vm-intro", 1.5, tone(0.4, 1000), 20.0)
    before = sound(Answer("", parts[:4]))

    stage = answered(parts, leaves_message=True)

    assert stage.heard == [MESSAGE]
    beep_ends = len(before.mulaw) / 8000
    assert beep_ends <= first_sound(stage) <= beep_ends + 1.0
    assert stage.last(events.Ended).detail == "voicemail_left"
    assert [e.action for e in stage.all(events.PickedUp)] == [
        "waiting_for_beep",
        "left_message",
    ]


def test_a_greeting_without_a_beep_gets_its_message_too():
    stage = answered((0.5, "vm-intro", 20.0), leaves_message=True)

    assert stage.heard == [MESSAGE]


def test_a_long_message_is_not_cut_short():
    long = " ".join([MESSAGE] * 8)  # 25 s: longer than other last words may take

    stage = answered(
        (0.5, "vm-intro", 0.5, "beep", 45.0),
        leaves_message=True,
        message=long,
        seconds=45,
    )

    assert stage.heard == [long]


def test_a_line_that_is_not_in_service_is_left():
    stage = answered((0.2, *pickups.sit(), 0.2, "ss-noservice", 5.0))

    assert stage.last(events.Ended).detail == "unavailable"
    assert stage.line.played == []


def test_a_screening_bot_is_told_who_calls():
    stage = answered((0.5, "priv-recordintro", 0.3, "beep", 9.0), seconds=12)

    assert stage.last(events.PickedUp).by == "screener"
    assert stage.heard[0] == OPENER


def test_a_queue_is_waited_in_until_somebody_comes():
    stage = answered(
        (0.5, "queue-periodic-announce", pickups.music(5), 1.5, "hello", 8.0),
        seconds=26,
    )

    actions = [event.action for event in stage.all(events.PickedUp)]
    assert actions == ["waited", "greeted"]
    assert stage.heard == [OPENER]


def test_who_may_press_keys_talks_to_a_menu():
    stage = answered(
        (0.5, "queue-periodic-announce", 8.0),
        tools={"send_digits": (0.0, "Pressed.")},
        replies=[["One moment please."]],
        seconds=16,
    )

    assert stage.last(events.PickedUp).action == "talked_to_menu"
    assert OPENER not in stage.heard
    assert stage.heard == ["One moment please."]


def test_a_silent_line_is_greeted_after_a_while():
    stage = answered((12.0,), seconds=12)

    assert stage.heard == [OPENER]
    assert 5 < first_sound(stage) < 6.2


def test_a_voicemail_that_said_hello_first_is_found_out():
    stage = answered(
        (0.4, "hello", 1.2, "vm-nobodyavail", 0.2, "vm-intro", 0.3, "beep", 15.0),
        leaves_message=True,
        seconds=30,
    )

    whos = [event.by for event in stage.all(events.PickedUp)]
    assert whos[0] == "human"
    assert whos[-1] == "voicemail"
    assert MESSAGE in stage.heard
