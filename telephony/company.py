"""Everybody in one live call: whom its agent talks with, and the room they are in.

Until a second person comes there is no room, and the caller's wire is the agent's line.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from common import clock
from telephony import participants, supervising
from telephony.gathering import Gathering, Guest
from telephony.latecomers import Latecomers
from telephony.lines import CallLine, WireLine
from telephony.models import Call, Participant
from telephony.rooms.local import LocalRoom
from telephony.rooms.port import Seat
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
        self._presses: Guest | None = None  # whose key it is, if not the caller's
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

    def marked(self, name: str) -> None:
        """The room has played what the agent said before a mark."""
        self._live.session.marked(name)

    def happened(self, kind: str, **detail: Any) -> None:
        """Put something on the timeline."""
        self._live.happened(kind, **detail)

    def guest_pressed(self, guest: Guest, digit: str) -> None:
        """Take a key of somebody else's than the caller's."""
        self._presses = guest
        try:
            self._live.session.press(digit)
        finally:
            self._presses = None

    def audit(self, participant: Participant, verb: str) -> None:
        """Write down what a supervisor did."""
        self._keep(in_thread(supervising.record)(self.call, participant, verb))

    def whose(self, event: events.Heard | events.Spoke) -> tuple[UUID | None, str]:
        """Return whose words they are, and whom they were for if not for all."""
        transfer = self._transfer
        if isinstance(event, events.Spoke):
            is_aside = transfer is not None and transfer.is_aside
            return self._who.agent, transfer.name if transfer and is_aside else ""
        if self._room is None:
            return self._who.caller.pk, ""
        end = event.end_ms or event.at_ms
        return self._room.talker(event.at_ms, end) or self._who.caller.pk, ""

    def guest_of(self, event: events.Event) -> Guest | None:
        """Return who said or pressed it, if it was not the caller."""
        if isinstance(event, events.Heard) and self.gathering is not None:
            by = self.whose(event)[0]
            return self.gathering.guests.get(by) if by else None
        return self._presses

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
