"""Handing a caller over to a person without moving anybody.

    waiting ─▶ calling ─▶ briefing ─▶ accepted
                  │           └─▶ declined | hung_up | timed_out
                  └─▶ busy | no_answer | failed

The person is dialled into the call's own room, aside, while the caller hears music. The
agent tells them what it is about; with a 1 they are on the floor and the agent is out of
it. Anything else brings the agent back to the caller with a sentence. Each step is on
the timeline.
"""

import asyncio
import logging
from collections.abc import Callable
from typing import Any, Literal, get_args
from uuid import UUID

from asgiref.sync import sync_to_async
from django.db import DatabaseError, close_old_connections

from agents import hand_over_phrases
from common import clock
from telephony import participants
from telephony.gathering import Gathering, Talk
from telephony.models import Leg, Participant
from telephony.tool_host import Connect

Over = Literal[
    "accepted",
    "declined",
    "hung_up",
    "timed_out",
    "busy",
    "no_answer",
    "failed",
    "caller_left",
]
State = Literal["waiting", "calling", "briefing"] | Over
OVER: frozenset[State] = frozenset(get_args(Over))
ACCEPT, DECLINE = "1", "2"
log = logging.getLogger(__name__)
LOOK_EVERY_S = 0.5
STEP_S = 0.05
SPOKEN_WITHIN_S = 15.0  # the agent's own words, before what comes next
BRIEF_WITHIN_S = 60.0
DIALLED_WITHIN_S = 15.0  # besides the ringing: the queue, the carrier
HEARD: dict[str, State] = {
    Leg.State.BUSY: "busy",
    Leg.State.NO_ANSWER: "no_answer",
    Leg.State.CANCELED: "no_answer",
}
WORDS: dict[State, str] = {
    "declined": "did not want to take the call",
    "hung_up": "hung up before taking the call",
    "timed_out": "did not answer whether they take the call",
    "busy": "is busy",
    "no_answer": "did not answer the phone",
    "failed": "could not be called",
}


class WarmTransfer:
    """One person asked whether they take one caller."""

    def __init__(
        self,
        talk: Talk,
        gathering: Gathering,
        wanted: Connect,
        lines: "Lines | None" = None,
    ) -> None:
        self._lines = lines or Lines()
        self._talk = talk
        self._gathering = gathering
        self._wanted = wanted
        self._plan = wanted.plan
        self._phrases = hand_over_phrases.of(talk.language)
        self._answer: asyncio.Future[State] | None = None
        self._seating: asyncio.Future[None] | None = None
        self.state: State = "waiting"

    @property
    def name(self) -> str:
        """Whom it is about."""
        return self._wanted.participant.identity

    @property
    def is_over(self) -> bool:
        """Tell whether it came to an end, good or bad."""
        return self.state in OVER

    @property
    def is_accepted(self) -> bool:
        """Tell whether the person has the caller."""
        return self.state == "accepted"

    def waits_for(self, participant: Participant) -> bool:
        """Tell whether this is the person who is being called."""
        return participant.pk == self._id and self.state in ("waiting", "calling")

    @property
    def is_aside(self) -> bool:
        """Tell whether what the agent says is for the person alone."""
        return self.state == "briefing"

    async def run(self) -> None:
        """Bring it to its end. Cancelled when the call is over."""
        try:
            self._reach("waiting")
            await self._let_wait()
            await self._reach_end()
        except asyncio.CancelledError:
            if not self.is_over:
                self._reach("caller_left")
            raise
        except Exception:  # whatever it was, the caller gets the agent back
            self._back("failed")
            raise
        if self.is_accepted:
            await self._stay()

    # ---- the steps

    async def _let_wait(self) -> None:
        session = self._talk.session
        session.stand_by()
        await self._spoken()
        session.say(self._plan.wait or self._phrases.wait)
        await self._spoken()
        self._gathering.room.hold(True)

    async def _reach_end(self) -> None:
        self._reach("calling")
        end = await self._wait_for_them()
        if end is None:
            self._reach("briefing")
            end = await self._brief()
        if end == "accepted":
            self._accept()
        else:
            await self._let_go()
            self._back(end)

    async def _wait_for_them(self) -> State | None:
        """Wait until their phone is answered and on the line; else say why it is not."""
        loop = asyncio.get_running_loop()
        until = loop.time() + self._plan.ring_s + DIALLED_WITHIN_S
        looked_at = 0.0
        while loop.time() < until:
            if self._is_there():
                return None
            if loop.time() - looked_at >= LOOK_EVERY_S:
                looked_at = loop.time()
                if why := await self._lines.why_over(self._wanted.leg_id):
                    return HEARD.get(why, "failed")
            await asyncio.sleep(STEP_S)
        return "no_answer"

    async def _brief(self) -> State:
        loop, room = asyncio.get_running_loop(), self._gathering.room
        self._answer = loop.create_future()
        self._gathering.heed(self._id, self._keyed)
        room.move_agent("aside")
        self._talk.session.say(self._briefing())
        until = loop.time() + BRIEF_WITHIN_S
        is_told = False
        try:
            while loop.time() < until:
                if self._answer.done():
                    return self._answer.result()
                if not self._is_there():
                    return "hung_up"
                if not is_told and not self._talk.session.speaks:
                    is_told, until = True, loop.time() + self._plan.accept_s
                await asyncio.sleep(STEP_S)
            return "timed_out"
        finally:
            self._gathering.heed(self._id, None)

    def _briefing(self) -> str:
        call = self._talk.call
        caller = call.caller if call.channel == call.Channel.PHONE else ""
        words = self._phrases.brief.format(
            agent=self._agent_name(), caller=_spoken(caller) or self._phrases.somebody
        )
        reason = self._wanted.reason.strip()
        if reason and reason[-1] not in ".!?。！？।":
            reason += "."
        return " ".join(filter(None, [words, reason, self._phrases.keys]))

    def _agent_name(self) -> str:
        persona = self._talk.call.config.get("persona") or {}
        return str(persona.get("name") or self._talk.call.agent.name)

    def _keyed(self, digit: str) -> None:
        if self._answer is None or self._answer.done():
            return
        if digit in (ACCEPT, DECLINE):
            accepted = digit == ACCEPT
            self._answer.set_result("accepted" if accepted else "declined")

    def _accept(self) -> None:
        room = self._gathering.room
        self._reach("accepted")
        self._talk.session.fall_silent()
        room.hold(False)
        room.move_agent(None)
        room.move(self._id, "floor")
        # Should the process die: they come back as one of those who talk.
        self._seating = asyncio.ensure_future(self._lines.seat(self._id))

    def _back(self, end: State) -> None:
        """Bring the agent back to the caller."""
        self._talk.session.fall_silent()
        self._reach(end)
        room = self._gathering.room
        room.hold(False)
        room.move_agent("floor")
        self._talk.session.come_back(
            say=self._phrases.nobody,
            happened=f"You tried to connect the caller with {self.name}, who"
            f" {WORDS[end]}. You are with the caller again.",
        )

    async def _stay(self) -> None:
        """Let them talk until the person hangs up; the caller's end is the call's."""
        while self._is_there():  # noqa: ASYNC110  # leaving a room is no event
            await asyncio.sleep(STEP_S)
        self._talk.session.end("handoff_to_human")

    async def _let_go(self) -> None:
        self._gathering.put_out(self._id)
        await self._lines.let_go(self._id)

    # ---- small things

    @property
    def _id(self) -> UUID:
        return self._wanted.participant.pk

    def _is_there(self) -> bool:
        return self._id in self._gathering.guests

    def _reach(self, state: State) -> None:
        self.state = state
        self._talk.happened(
            "transfer", state=state, to=self.name, reason=self._wanted.reason
        )

    async def _spoken(self) -> None:
        """Wait until the agent has said what it is saying."""
        loop = asyncio.get_running_loop()
        until = loop.time() + SPOKEN_WITHIN_S
        while self._talk.session.speaks and loop.time() < until:  # noqa: ASYNC110  # ends by the clock, too
            await asyncio.sleep(STEP_S)


class Lines:
    """What is known of the person's line, off the loop."""

    async def why_over(self, leg_id: UUID) -> str:
        """Return the state of a line that has ended, else "". A database that is away
        for a moment knows nothing."""
        try:
            return str(await _in_thread(_why_over, leg_id))
        except DatabaseError:
            return ""

    async def let_go(self, participant_id: UUID) -> None:
        """Hang up on somebody, wherever their call stands."""
        try:
            await _in_thread(_left, participant_id)
        except DatabaseError:
            log.exception("person_not_let_go")  # their socket is closed all the same

    async def seat(self, participant_id: UUID) -> None:
        """Remember that somebody talks with all the others."""
        try:
            await _in_thread(_seat, participant_id)
        except DatabaseError:
            log.exception("person_not_seated")


def _seat(participant_id: UUID) -> None:
    floor = Participant.Place.FLOOR
    Participant.objects.filter(pk=participant_id).update(place=floor)


def _why_over(leg_id: UUID) -> str:
    leg = Leg.objects.filter(pk=leg_id).first()
    return str(leg.state) if leg is not None and leg.is_over() else ""


def _left(participant_id: UUID) -> None:
    participants.left(participant_id, now=clock.now())


async def _in_thread(work: Callable[..., Any], *args: Any) -> Any:
    def run() -> Any:
        close_old_connections()
        try:
            return work(*args)
        finally:
            close_old_connections()

    return await sync_to_async(run, thread_sensitive=False)()


def _spoken(number: str) -> str:
    """Return a number digit by digit, as people say one."""
    return " ".join(number.removeprefix("+"))
