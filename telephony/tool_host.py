"""What an agent's tools may do with a call: hand it over, promise another, remember."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol
from uuid import UUID
from zoneinfo import ZoneInfo

import structlog
from asgiref.sync import sync_to_async
from django.db import close_old_connections

from agents.models import CallBack, ForgottenCaller
from agents.tools.host import HandOver
from common import clock
from common.errors import Refusal
from telephony import legs, participants
from telephony.carrier import CarrierError
from telephony.carriers import CARRIERS
from telephony.models import Call, Leg, Participant
from telephony.phone_numbers import e164
from voice.keypad import Asked
from voice.ports import ToolOutcome

REMEMBERED = 5  # earlier calls
SOONEST, LATEST = timedelta(minutes=1), timedelta(days=60)

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Connect:
    """A person who is being called, to be asked whether they take the caller."""

    participant: Participant
    leg_id: UUID
    reason: str
    plan: HandOver


class Keys(Protocol):
    """The keys of a live call, on its loop."""

    def ask_keys(self, asked: Asked) -> None:
        """Wait for keys."""

    def expect_gap(self, on: bool) -> None:
        """The line's audio ends now and is opened again: nobody has hung up."""


class CallHost:
    """An ``agents.tools.host.Host`` over one call.

    ``connect`` brings a person who is being called into the call's room; ``passed_on``
    hears to whom the carrier was asked to pass the caller, why, and what came of it.
    """

    def __init__(
        self,
        call: Call,
        connect: Callable[[Connect], None] | None = None,
        passed_on: Callable[[str, str, str], None] | None = None,
        keys: Keys | None = None,
    ) -> None:
        self._call = call
        self._connect = connect
        self._passed_on = passed_on
        self._keys = keys

    def metadata(self) -> dict[str, Any]:
        """Return the call's ids, as tools send them along."""
        call = self._call
        return {
            "call_id": str(call.pk),
            "agent_id": str(call.agent_id),
            "workspace_id": str(call.workspace_id),
            "caller": call.caller,
            "channel": call.channel,
        }

    async def hand_over(self, plan: HandOver, reason: str) -> ToolOutcome:
        """Let the caller go on with a person: in the call's own room, or without us."""
        if plan.way == "warm" and self._connect is not None:
            return await _in_thread(self._ask_somebody, plan, reason)
        return await _in_thread(self._hand_over, plan.number, reason)

    async def call_back(self, at: str, phone: str, reason: str) -> ToolOutcome:
        """Promise a call."""
        return await _in_thread(self._call_back, at, phone, reason)

    async def caller_history(self) -> ToolOutcome:
        """Tell what the caller called about before."""
        return await _in_thread(self._caller_history)

    async def forget_caller(self) -> ToolOutcome:
        """Remember nothing of what was before."""
        return await _in_thread(self._forget_caller)

    async def collect_digits(
        self, name: str, longest: int, keep: Callable[[str], None] | None
    ) -> ToolOutcome:
        """Wait for keys of the caller's."""
        if self._keys is None:
            return ToolOutcome("That is not possible here.", failed=True)
        self._keys.ask_keys(Asked(name, longest, masked=keep is not None, keep=keep))
        kept = " They are not shown to you." if keep else ""
        return ToolOutcome(
            "The keys are waited for. Ask for them in one sentence, then say nothing"
            f" more until they are there.{kept}",
            detail={"name": name, "longest": longest, "masked": keep is not None},
        )

    async def send_digits(self, digits: str) -> ToolOutcome:
        """Press keys on the line."""
        leg = await sync_to_async(self._line, thread_sensitive=False)()
        if leg is None:
            return ToolOutcome(
                "There is no telephone line to press keys on.", failed=True
            )
        if self._keys and CARRIERS[leg.provider].keys_end_stream:
            self._keys.expect_gap(True)
        outcome = await _in_thread(self._press, leg, digits)
        if outcome.failed and self._keys:
            self._keys.expect_gap(False)
        return outcome

    # ---- in a thread

    def _line(self) -> Leg | None:
        close_old_connections()
        try:
            line = self._call.legs.filter(state=Leg.State.ANSWERED)
            found = line.select_related("connection").order_by("id").first()
            return found if found and found.carrier_call_id else None
        finally:
            close_old_connections()

    def _press(self, leg: Leg, digits: str) -> ToolOutcome:
        detail = {"digits": digits}
        try:
            legs.send_digits(leg, digits, now=clock.now())
        except CarrierError as error:
            return ToolOutcome(
                "The keys could not be pressed. Say so, or wait for a person.",
                failed=True,
                detail={**detail, "error": str(error)[:200]},
            )
        return ToolOutcome("Pressed. Wait for what is said next.", detail=detail)

    def _ask_somebody(self, plan: HandOver, reason: str) -> ToolOutcome:
        """Call a person into the room, while the caller waits."""
        detail = {"to": plan.number, "reason": reason, "way": "warm"}
        wanted = participants.Wanted(
            Participant.Transport.PSTN,
            plan.number,
            place=Participant.Place.ASIDE,
            role=Participant.Role.AGENT,
        )
        try:
            invited = participants.invite(self._call, wanted)
        except Refusal as refusal:
            return ToolOutcome(
                "Nobody could be called. Say so, and offer a call back.",
                failed=True,
                detail={**detail, "error": refusal.message, "code": refusal.code},
            )
        if self._connect and invited.leg:
            asked = Connect(invited.participant, invited.leg.pk, reason, plan)
            self._connect(asked)
        return ToolOutcome(
            "A person is being called. The caller is told to wait.",
            detail=detail,
            stands_by=True,
        )

    def _hand_over(self, number: str, reason: str) -> ToolOutcome:
        detail = {"to": number, "reason": reason}
        leg = self._call.legs.filter(state=Leg.State.ANSWERED).first()
        if leg is None or leg.connection is None or not leg.carrier_call_id:
            return ToolOutcome(
                "Only phone calls can be handed over; this one cannot. Offer a call back"
                " instead.",
                failed=True,
                detail={**detail, "reason_code": "not_supported_in_runtime"},
            )
        try:
            legs.hand_over(leg, number)
        except (CarrierError, Refusal) as error:
            self._tell(number, reason, "not_passed_on")
            return ToolOutcome(
                "Nobody could be connected. Say so, and offer a call back.",
                failed=True,
                detail={**detail, "error": str(error)[:200]},
            )
        self._tell(number, reason, "passed_on")
        return ToolOutcome("The caller is connected.", detail=detail, hands_over=True)

    def _tell(self, number: str, reason: str, state: str) -> None:
        if self._passed_on:
            self._passed_on(number, reason, state)

    def _call_back(self, at: str, phone: str, reason: str) -> ToolOutcome:
        call = self._call
        zone = ZoneInfo(call.workspace.time_zone)
        try:
            when = datetime.fromisoformat(at)
        except ValueError:
            return ToolOutcome(
                "The time could not be read. Use ISO 8601, with the date.", failed=True
            )
        when = when if when.tzinfo else when.replace(tzinfo=zone)
        now = clock.now()
        if not now + SOONEST <= when <= now + LATEST:
            return ToolOutcome(
                "That time is past, or further off than 60 days. Ask for another.",
                failed=True,
            )
        try:
            number = e164(phone or call.caller, call.workspace.operating_country)
        except Refusal:
            return ToolOutcome("Ask for the number to call.", failed=True)
        kept, _ = CallBack.objects.get_or_create(
            key=f"{call.pk}:{number}:{int(when.timestamp())}",
            defaults={
                "workspace": call.workspace,
                "agent": call.agent,
                "phone": number,
                "reason": reason[:500],
                "at": when,
                "next_at": when,
            },
        )
        told = when.astimezone(zone).strftime("%A, %B %-d, %-I:%M %p")
        return ToolOutcome(
            f"The call back is planned for {told}.",
            detail={"call_back": str(kept.pk), "at": when.isoformat(), "phone": number},
        )

    def _caller_history(self) -> ToolOutcome:
        call = self._call
        forgotten = ForgottenCaller.objects.filter(
            workspace_id=call.workspace_id, phone=call.caller
        ).first()
        earlier = call.workspace.calls.filter(
            caller=call.caller, ended_at__isnull=False
        ).exclude(pk=call.pk)
        if forgotten:
            earlier = earlier.filter(created_at__gt=forgotten.at)
        rows = list(
            earlier.order_by("-created_at").values_list(
                "created_at", "agent__name", "summary"
            )[:REMEMBERED]
        )
        if not rows:
            return ToolOutcome("This caller has not called before.")
        zone = ZoneInfo(call.workspace.time_zone)
        told = "\n".join(
            f"- {at.astimezone(zone):%B %-d, %Y}, with {agent}: {summary or 'no summary'}"
            for at, agent, summary in rows
        )
        return ToolOutcome(f"Earlier calls, newest first:\n{told}")

    def _forget_caller(self) -> ToolOutcome:
        ForgottenCaller.objects.update_or_create(
            workspace=self._call.workspace,
            phone=self._call.caller,
            defaults={"at": clock.now()},
        )
        return ToolOutcome(
            "From now on no agent here remembers the calls before this one. Records that"
            " the law asks for are kept until their time is over."
        )


async def _in_thread(work: Any, *args: Any) -> ToolOutcome:
    def run() -> ToolOutcome:
        close_old_connections()
        try:
            outcome: ToolOutcome = work(*args)
            return outcome
        finally:
            close_old_connections()

    return await sync_to_async(run, thread_sensitive=False)()
