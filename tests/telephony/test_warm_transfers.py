"""A caller handed over to a person on virtual time: every way it may go."""

import asyncio
from types import SimpleNamespace
from uuid import uuid4

import pytest

from agents.tools.host import HandOver
from providers.ports import TELEPHONE
from telephony.gathering import Gathering
from telephony.lines import CallLine
from telephony.models import Participant
from telephony.rooms.local import LocalRoom
from telephony.rooms.port import Seat
from telephony.tool_host import Connect
from telephony.warm_transfers import WarmTransfer
from tests.voice.stage import Stage
from tests.voice.virtual_time import play
from voice import events

COLLEAGUE = "+441174960100"
PLAN = HandOver(COLLEAGUE, ring_s=20, accept_s=10)


class Wire:
    """Somebody's telephone: what was sent there, in the order of time."""

    format = voice_format = TELEPHONE

    def __init__(self):
        self.sent = []
        self.loop = asyncio.get_running_loop()

    def play(self, sound):
        self.sent.append((self.loop.time(), sound))

    def sounds(self, start, end):
        """Tell whether something else than silence came between two moments."""
        return any(
            set(sound) - {0xFF, 0x7F} for at, sound in self.sent if start <= at < end
        )


class Lines:
    """The carrier's side of the person's phone."""

    def __init__(self):
        self.over, self.let_go_of = "", []

    async def why_over(self, leg_id):
        return self.over

    async def seat(self, participant_id):
        self.seated = participant_id

    async def let_go(self, participant_id):
        self.let_go_of.append(participant_id)


class Talk:
    """A live call: a session on stage, and a room."""

    def __init__(self, stage):
        self.stage, self.session = stage, stage.session
        self.language = "en-US"
        self.call = SimpleNamespace(
            channel="phone",
            caller="+15550100200",
            config={"persona": {"name": "Ada"}},
            agent=SimpleNamespace(name="Front desk"),
            Channel=SimpleNamespace(PHONE="phone"),
        )
        self.timeline, self.audits = [], []
        self.caller = Wire()
        self._room = None

    def room(self):
        if self._room is None:
            self._room = LocalRoom(self, TELEPHONE, TELEPHONE, self.session.now)
            seat = Seat(uuid4(), "caller")
            self.chair = self._room.sit(seat, TELEPHONE, TELEPHONE, self.caller.play)
            line = self._room.line
            self.session.reroute(lambda: self.stage.call_line.turn_to(line))
        return self._room

    def heard(self, sound):
        self.session.hear(sound)

    def marked(self, name):
        self.session.marked(name)

    def happened(self, kind, **detail):
        self.timeline.append((kind, detail.get("state", "")))

    def somebody_left(self):
        pass

    def greet(self, guest):
        pass  # who is asked aside is briefed instead: see test_latecomers

    def audit(self, participant, verb):
        self.audits.append(verb)

    @property
    def states(self):
        return [state for kind, state in self.timeline if kind == "transfer"]


class Story:
    """A call whose agent has just asked for a person."""

    def __init__(self, stage):
        self.stage = stage
        stage.call_line = CallLine(stage.line)
        stage.session._speaking._line = stage.call_line
        self.talk = Talk(stage)
        self.gathering = Gathering(self.talk)
        self.lines = Lines()
        self.colleague = Wire()
        self.participant = Participant(
            transport="pstn", role="agent", place="aside", identity=COLLEAGUE
        )
        wanted = Connect(self.participant, uuid4(), "Wants a refund", PLAN)
        self.transfer = WarmTransfer(self.talk, self.gathering, wanted, self.lines)
        self.running = asyncio.ensure_future(self.transfer.run())

    def picks_up(self):
        self.guest = self.gathering.join(self.participant, self.colleague, None)

    def presses(self, digit):
        from telephony.carrier import Digit

        self.gathering.take(self.guest, Digit(digit))

    async def until_state(self, state, seconds=120):
        until = self.stage.now + seconds
        while self.transfer.state != state:
            assert self.stage.now < until, self.talk.states
            await asyncio.sleep(0.05)

    async def hears_out(self):
        while self.stage.session.speaks:
            await asyncio.sleep(0.05)


def transfer(tell, **options):
    """Play ``await tell(story)``; return the story."""

    async def run():
        stage = Stage(**options)
        await stage.answer()
        stage.sends_frames = False
        story = Story(stage)
        try:
            await tell(story)
        finally:
            if not stage.is_over:
                stage.session.drop()
            await asyncio.wait_for(stage.session.finished(), 60)
            story.running.cancel()
            await asyncio.wait([story.running])
            story.talk.room().close()
        return story

    return play(run())


def test_the_person_is_briefed_while_the_caller_waits_and_has_the_caller_with_a_1():
    async def tell(story):
        await story.until_state("calling")
        called = story.stage.now
        await asyncio.sleep(5)
        story.picks_up()
        await story.until_state("briefing")
        briefed = story.stage.now
        await asyncio.sleep(3)
        assert story.colleague.sounds(briefed, briefed + 3)
        assert story.talk.caller.sounds(called + 1, briefed + 3)  # music
        await story.hears_out()
        story.presses("1")
        await story.until_state("accepted")
        at = story.stage.now
        await asyncio.sleep(5)
        assert story.stage.session.stands_by
        assert not story.colleague.sounds(at + 0.5, at + 5)
        assert not story.talk.caller.sounds(at + 0.5, at + 5)  # the music has stopped
        story.gathering.leave(story.guest)
        await asyncio.sleep(1)

    story = transfer(tell)

    assert story.talk.states == ["waiting", "calling", "briefing", "accepted"]
    wait, brief = story.stage.heard
    assert "calling a colleague" in wait
    assert brief.startswith("Hello, this is Ada. I have 1 5 5 5")
    assert "Wants a refund. Press 1" in brief
    assert story.stage.last(events.Ended).reason == "handoff_to_human"
    assert story.lines.let_go_of == []
    assert story.lines.seated == story.participant.pk


@pytest.mark.parametrize(
    ("end", "deed"),
    [
        ("declined", lambda story: story.presses("2")),
        ("hung_up", lambda story: story.gathering.leave(story.guest)),
        ("timed_out", lambda story: None),
    ],
)
def test_a_person_who_does_not_take_the_call_brings_the_agent_back(end, deed):
    async def tell(story):
        await story.until_state("calling")
        story.picks_up()
        await story.until_state("briefing")
        story.presses("9")  # means nothing
        await story.hears_out()
        deed(story)
        await story.until_state(end)
        at = story.stage.now
        await story.hears_out()
        assert story.talk.caller.sounds(at, at + 3)
        assert not story.stage.session.stands_by
        assert not story.colleague.sounds(at + 0.2, at + 3)

    story = transfer(tell)

    assert story.talk.states == ["waiting", "calling", "briefing", end]
    assert "nobody can take the call" in story.stage.heard[-1]
    assert story.lines.let_go_of == [story.participant.pk]
    assert story.gathering.guests == {}


@pytest.mark.parametrize(
    ("over", "end"),
    [("busy", "busy"), ("no_answer", "no_answer"), ("failed", "failed"), ("", "no_answer")],
)  # fmt: skip
def test_a_phone_that_nobody_answers_brings_the_agent_back(over, end):
    async def tell(story):
        await story.until_state("calling")
        await asyncio.sleep(3)
        story.lines.over = over
        await story.until_state(end)
        await story.hears_out()

    story = transfer(tell)

    assert story.talk.states == ["waiting", "calling", end]
    assert "nobody can take the call" in story.stage.heard[-1]
    assert story.lines.let_go_of == [story.participant.pk]


def test_the_model_is_told_what_became_of_it():
    async def tell(story):
        await story.until_state("calling")
        story.lines.over = "busy"
        await story.until_state("busy")
        await story.hears_out()
        story.stage.session.type("Then what now?")
        await asyncio.sleep(3)

    story = transfer(tell, replies=["I can take a message."])

    prompt = story.stage.minds[0].requests[0].messages[0].text
    assert f"connect the caller with {COLLEAGUE}, who is busy" in prompt
    assert story.stage.heard[-1] == "I can take a message."


def test_a_caller_who_hangs_up_while_it_rings_ends_it():
    async def tell(story):
        await story.until_state("calling")
        story.stage.session.drop()
        await story.stage.session.finished()
        story.running.cancel()
        await asyncio.wait([story.running])

    story = transfer(tell)

    assert story.talk.states == ["waiting", "calling", "caller_left"]


def test_only_who_is_being_called_is_waited_for():
    async def tell(story):
        await story.until_state("calling")
        other = Participant(transport="pstn", role="agent", place="aside")
        assert story.transfer.waits_for(story.participant)
        assert not story.transfer.waits_for(other)
        story.lines.over = "busy"
        await story.until_state("busy")
        assert not story.transfer.waits_for(story.participant)

    transfer(tell)


def test_a_key_after_the_end_changes_nothing():
    async def tell(story):
        await story.until_state("calling")
        story.picks_up()
        await story.until_state("briefing")
        story.presses("2")
        story.presses("1")
        await story.until_state("declined")

    story = transfer(tell)

    assert story.talk.states[-1] == "declined"
