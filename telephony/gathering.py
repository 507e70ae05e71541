"""Everybody in one live call besides the one it began with.

Made when the first of them comes; until then a call has no room. What they say and do is
put on the call's timeline, and each line of the transcript is given to whoever spoke.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol, cast
from uuid import UUID

from agents import phrases
from providers.ports import AudioFormat
from telephony.carrier import Digit, LineEvent, Muted, TookOver, Typed, Whispered
from telephony.models import Call, Participant
from telephony.rooms.local import Chair, LocalRoom
from telephony.rooms.port import Place, Seat
from voice.session import Session

Tell = Callable[..., None]  # kind and content, to a browser
Heed = Callable[[str], None]  # takes a key
WHISPER_MOST = 500  # characters
WORDS = {  # what the model is told when somebody gives the call back
    True: "A colleague, {name}, talked with the caller and gave the call back to you.",
    False: "A colleague, {name}, talked with the caller until their line was lost.",
}


class Wire(Protocol):
    """Somebody's line."""

    format: AudioFormat  # of what comes from them
    voice_format: AudioFormat  # of what goes to them

    def play(self, audio: bytes) -> None:
        """Send audio."""


class Talk(Protocol):
    """The live call that people come into."""

    @property
    def call(self) -> Call:
        """Which call it is."""

    @property
    def session(self) -> Session:
        """The agent's conversation."""

    @property
    def language(self) -> str:
        """What is spoken."""

    def room(self) -> LocalRoom:
        """Return its room; open it if there is none yet."""

    def happened(self, kind: str, **detail: Any) -> None:
        """Put something on the timeline."""

    def pressed(self, digit: str, by: "Guest") -> None:
        """Take a key of somebody's that is meant for the agent."""

    def guest_typed(self, guest: "Guest", text: str) -> None:
        """Take typed words of somebody's."""

    def somebody_left(self) -> None:
        """Look whether anybody is left to talk to."""

    def greet(self, guest: "Guest") -> None:
        """Greet somebody who has come after the others were."""

    def audit(self, participant: Participant, verb: str) -> None:
        """Write down what a supervisor did."""


@dataclass
class Guest:
    """Somebody who came later."""

    participant: Participant
    chair: Chair
    tell: Tell | None
    gone: asyncio.Event = field(default_factory=asyncio.Event)
    is_muted: bool = False

    @property
    def id(self) -> UUID:
        """Their public id."""
        return self.participant.pk

    @property
    def name(self) -> str:
        """What others are told of them."""
        return self.participant.identity

    @property
    def supervises(self) -> bool:
        """Tell whether they came from Studio to listen."""
        return self.participant.role == Participant.Role.OBSERVER

    def hear(self, audio: bytes) -> None:
        """Take what they say."""
        if not self.is_muted:
            self.chair.hear(audio)


class Gathering:
    """The guests of one call."""

    def __init__(self, talk: Talk) -> None:
        self._talk = talk
        self.guests: dict[UUID, Guest] = {}
        self.met: dict[UUID, Guest] = {}  # those who have left, too: their words remain
        self.in_charge: Guest | None = None  # the supervisor who talks to the caller
        self._heeds: dict[UUID, Heed] = {}  # who waits for whose keys

    @property
    def room(self) -> LocalRoom:
        """The call's room."""
        return self._talk.room()

    # ---- coming and going

    def join(self, participant: Participant, wire: Wire, tell: Tell | None) -> Guest:
        """Let somebody in."""
        place = cast(Place, participant.place)
        seat = Seat(participant.pk, participant.identity, place)
        chair = self.room.sit(seat, wire.format, wire.voice_format, wire.play)
        guest = Guest(participant, chair, tell)
        if before := self.guests.get(guest.id):
            before.gone.set()  # another socket of the same person
        self.guests[guest.id] = self.met[guest.id] = guest
        kind = "supervisor_joined" if guest.supervises else "participant_joined"
        self._happened(kind, guest, place=place, transport=participant.transport)
        if not before:
            self._talk.greet(guest)
        return guest

    def leave(self, guest: Guest) -> None:
        """Somebody is gone; nothing happens if another socket is theirs by now."""
        guest.gone.set()
        if self.guests.get(guest.id) is not guest:
            return
        del self.guests[guest.id]
        self.room.leave(guest.id)
        kind = "supervisor_left" if guest.supervises else "participant_left"
        self._happened(kind, guest)
        if self.in_charge is guest:
            self._end_charge(guest, on_purpose=False)
        self._talk.somebody_left()

    def put_out(self, participant_id: UUID) -> None:
        """Send somebody away: their socket is closed."""
        if guest := self.guests.get(participant_id):
            self.leave(guest)

    def show(self, event: dict[str, Any], *, to_customers: bool) -> None:
        """Show an event of the conversation to those in browsers."""
        for guest in self.guests.values():
            if guest.tell and (to_customers or guest.supervises):
                guest.tell("event", event=event)

    def heir(self) -> Guest | None:
        """Return whom the agent has to talk to, if its caller is gone."""
        role = Participant.Role.CUSTOMER
        people = (g for g in self.guests.values() if g.participant.role == role)
        return next(people, None)

    def close(self) -> None:
        """The call is over."""
        for guest in list(self.guests.values()):
            guest.gone.set()
        self.guests.clear()

    # ---- what they do

    def heed(self, participant_id: UUID, keys: Heed | None) -> None:
        """Let somebody's keys mean something other than for the agent."""
        if keys is None:
            self._heeds.pop(participant_id, None)
        else:
            self._heeds[participant_id] = keys

    def take(self, guest: Guest, event: LineEvent) -> None:
        """Take what a guest did besides speaking."""
        if isinstance(event, Digit):
            keys = self._heeds.get(guest.id)
            if keys:
                keys(event.digit)
            elif not guest.supervises:
                self._talk.pressed(event.digit, by=guest)
        elif isinstance(event, Muted):
            guest.is_muted = event.on
        elif guest.supervises:
            self._supervise(guest, event)
        elif isinstance(event, Typed):
            self._talk.guest_typed(guest, event.text)

    # ---- supervision

    def _supervise(self, guest: Guest, event: LineEvent) -> None:
        if isinstance(event, Whispered):
            self._whisper(guest, event.text.strip()[:WHISPER_MOST])
        elif isinstance(event, TookOver):
            if event.on:
                self._take_charge(guest)
            elif self.in_charge is guest:
                self._end_charge(guest, on_purpose=True)

    def _whisper(self, guest: Guest, text: str) -> None:
        if not text:
            return
        self._talk.session.whisper(text)
        self._happened("whispered", guest, text=text)
        self._talk.audit(guest.participant, "call.whispered")
        self._say(guest, "whispered", text=text)

    def _take_charge(self, guest: Guest) -> None:
        if self.in_charge is guest:
            return
        if self.in_charge is not None or self._talk.session.stands_by:
            self._say(
                guest,
                "refused",
                code="taken",
                message="Somebody else talks to the caller just now.",
            )
            return
        self.in_charge = guest
        self._talk.session.stand_by()
        self._talk.session.fall_silent()
        self.room.move(guest.id, "floor")
        self._happened("taken_over", guest)
        self._talk.audit(guest.participant, "call.taken_over")
        self._say(guest, "in_charge", on=True)

    def _end_charge(self, guest: Guest, *, on_purpose: bool) -> None:
        self.in_charge = None
        self.room.move(guest.id, "gallery")
        self._happened("given_back", guest, on_purpose=on_purpose)
        # Who is left without a word is told that somebody is there again.
        say = "" if on_purpose else phrases.of(self._talk.language).back
        happened = WORDS[on_purpose].format(name=guest.name)
        self._talk.session.come_back(say=say, happened=happened)
        self._say(guest, "in_charge", on=False)

    def _say(self, guest: Guest, kind: str, **content: Any) -> None:
        if guest.tell and not guest.gone.is_set():
            guest.tell(kind, **content)

    def _happened(self, kind: str, guest: Guest, **detail: Any) -> None:
        told = {"participant": str(guest.id), "name": guest.name}
        self._talk.happened(kind, **told, **detail)
