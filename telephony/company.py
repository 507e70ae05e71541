"""Everybody in one live call: whom its agent talks with, and the room they are in.

Until a second person comes there is no room, and the caller's wire is the agent's line.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Protocol
from uuid import UUID

from common import clock
from telephony import participants, stretches, supervising
from telephony.gathering import Gathering, Guest
from telephony.latecomers import Latecomers
from telephony.lines import CallLine, WireLine
from telephony.models import Call, Participant
from telephony.rooms.local import LocalRoom
from telephony.rooms.port import Seat
from telephony.stretches import Stretch
from telephony.threads import in_thread
from telephony.tool_host import Connect
from telephony.warm_transfers import WarmTransfer
from voice import events
from voice.session import Session


@dataclass(frozen=True, slots=True)
class Who:
    """Whose words the transcript's lines are."""

    caller: Participant
    agent: UUID | None = None  # of the agent's own participant


class Conversation(Protocol):
    """The live call."""

    call: Call
    session: Session
    language: str
    over: asyncio.Event
    hear: Callable[[bytes], None]  # where the caller's audio goes

    def happened(self, kind: str, **detail: Any) -> None:
        """Put something on the timeline."""


class Company:
    """A ``telephony.gathering.Talk`` and a ``telephony.rooms.port.Host``."""

    def __init__(
        self,
        live: Conversation,
        who: Who,
        wire: WireLine,
        line: CallLine,
        latecomers: Latecomers,
        *,
        is_greeted: bool,
    ) -> None:
        self._live, self._who, self._wire, self._line = live, who, wire, line
        self._latecomers = latecomers
        self._is_greeted = is_greeted  # by a process that has died since
        self.gathering: Gathering | None = None
        self._room: LocalRoom | None = None
        self._is_caller_gone = False
        # Who pressed the last key, and who is typing now, if not the caller.
        self._presser: Guest | None = None
        self._typist: Guest | None = None
        self._transfer: WarmTransfer | None = None
        self._transferring: asyncio.Task[None] | None = None
        self._deeds: set[asyncio.Future[None]] = set()  # kept, or they are dropped
        self._loop = asyncio.get_running_loop()

    @property
    def call(self) -> Call:
        """The call they are in."""
        return self._live.call

    @property
    def session(self) -> Session:
        """The agent's conversation with them."""
        return self._live.session

    @property
    def language(self) -> str:
        """What is spoken."""
        return self._live.language

    @property
    def is_aside(self) -> bool:
        """Tell whether what the agent says is for a person alone who is asked to take
        the caller."""
        return self._transfer is not None and self._transfer.is_aside

    @property
    def has_taken_over(self) -> bool:
        """Tell whether a person has the caller now."""
        return self._transfer is not None and self._transfer.is_accepted

    def close(self) -> None:
        """The call is over."""
        if self._transferring:
            self._transferring.cancel()
        if self._room:
            self._room.close()
        if self.gathering:
            self.gathering.close()

    # ---- coming

    def people(self) -> Gathering:
        """Return who else is in the call, and lets others in."""
        if self.gathering is None:
            self.gathering = Gathering(self)
        return self.gathering

    def room(self) -> LocalRoom:
        """Return the call's room; the first time caller and agent move into it."""
        if self._room is None:
            wire, session = self._wire, self._live.session
            room = LocalRoom(self, wire.format, wire.voice_format, session.now)
            caller = self._who.caller
            seat = Seat(caller.pk, caller.identity)
            chair = room.sit(seat, wire.format, wire.voice_format, wire.play)
            self._room, self._live.hear = room, chair.hear
            session.reroute(lambda: self._line.turn_to(room.line))
        return self._room

    def expects(self, participant: Participant) -> bool:
        """Tell whether somebody may come in now: who is to be asked aside needs an agent
        that asks."""
        if participant.place != Participant.Place.ASIDE:
            return True
        transfer = self._transfer
        return transfer is not None and transfer.waits_for(participant)

    def greet(self, guest: Guest) -> None:
        """Greet somebody who has come after the others were; before that, the greeting
        is still to come for all."""
        if self._is_greeted or self._wire.has_spoken:
            self._keep(self._greet(guest))

    async def _greet(self, guest: Guest) -> None:
        heard_ms = await self._latecomers.greet(guest, self.room())
        self._live.session.speaks_aside(heard_ms)

    # ---- going

    def somebody_left(self) -> None:
        """End the call with the last one who was there to talk to the agent."""
        heir = self.gathering.heir() if self.gathering else None
        if self._is_caller_gone and heir is None:
            self._live.session.drop()

    def caller_left(self) -> bool:
        """The caller is gone; tell whether the call goes on with somebody else."""
        heir = self.gathering.heir() if self.gathering else None
        if heir is None or self._room is None or self._live.over.is_set():
            return False
        caller = self._who.caller
        self._is_caller_gone = True
        self._room.leave(caller.pk)
        told = {"participant": str(caller.pk), "name": caller.identity}
        self._live.happened("participant_left", **told)
        work = in_thread(participants.succeed)
        self._keep(work(self.call.pk, caller.pk, heir.id, now=clock.now()))
        return True

    # ---- what they say and do

    def heard(self, audio: bytes) -> None:
        """Let the agent hear the room."""
        self._live.session.hear(audio)

    def talker_changed(self, at_ms: int) -> None:
        """Somebody else speaks now."""
        self._live.session.talker_changed(at_ms)

    def marked(self, name: str) -> None:
        """The room has played what the agent said before a mark."""
        self._live.session.marked(name)

    def happened(self, kind: str, **detail: Any) -> None:
        """Put something on the timeline."""
        self._live.happened(kind, **detail)

    def pressed(self, digit: str, by: Guest | None = None) -> None:
        """Take a key of somebody's; None: of the caller's."""
        self._presser = by
        self._live.session.press(digit)

    def guest_typed(self, guest: Guest, text: str) -> None:
        """Take typed words of somebody else's than the caller's."""
        self._typist = guest
        try:
            self._live.session.type(text)
        finally:
            self._typist = None

    def audit(self, participant: Participant, verb: str) -> None:
        """Write down what a supervisor did."""
        self._keep(in_thread(supervising.record)(self.call, participant, verb))

    def agent_spoke(self) -> tuple[UUID | None, str]:
        """Return the agent's participant, and for whom alone its words are, if they are
        not for all."""
        transfer = self._transfer
        is_aside = transfer is not None and transfer.is_aside
        return self._who.agent, transfer.name if transfer and is_aside else ""

    def share(self, turn: events.Heard) -> list[Stretch]:
        """Return a turn as those who spoke, or typed, share it: one line each."""
        if turn.source != "speech" or self._room is None:
            hand = self._hand_of(turn.source)
            return [Stretch(turn, hand.id if hand else self._who.caller.pk)]
        shared = stretches.of(turn, self._room.talker)
        return [replace(each, by=each.by or self._who.caller.pk) for each in shared]

    def _hand_of(self, source: str) -> Guest | None:
        """Return who typed, or pressed the keys, if it was not the caller."""
        if source != "keypad":
            return self._typist
        # Keys are a turn once no more come. That none came at all is the caller's again.
        hand, self._presser = self._presser, None
        return hand

    def guest_of(self, by: UUID | None) -> Guest | None:
        """Return who has that id, or had before they left, if it is not the caller."""
        return self.gathering.met.get(by) if by and self.gathering else None

    @property
    def presser(self) -> Guest | None:
        """Return who pressed the last key, if it was not the caller."""
        return self._presser

    def name_of(self, by: UUID | None) -> str:
        """Return what others are told of somebody."""
        if by == self._who.caller.pk:
            return self._who.caller.identity
        guest = self.guest_of(by)
        return guest.name if guest else ""

    # ---- handing the caller over

    def connect_warmly(self, wanted: Connect) -> None:
        """Let a person be asked to take the call. From any thread."""
        self._loop.call_soon_threadsafe(self._begin_transfer, wanted)

    def _begin_transfer(self, wanted: Connect) -> None:
        is_busy = self._transfer is not None and not self._transfer.is_over
        if self._live.over.is_set() or is_busy:
            return
        self._transfer = WarmTransfer(self, self.people(), wanted)
        self._transferring = self._loop.create_task(self._transfer.run())

    def _keep(self, work: Any) -> None:
        """Let work for the database go on beside the call."""
        task = asyncio.ensure_future(work)
        self._deeds.add(task)
        task.add_done_callback(self._deeds.discard)
