"""Listens for whoever asks, in a live call, never to be called again."""

import asyncio
import logging
from collections.abc import Callable

from common.errors import Refusal
from telephony import do_not_call, opt_out
from telephony.gathering import Guest
from telephony.models import Call, Participant
from telephony.threads import in_thread
from voice import events

log = logging.getLogger(__name__)


class OptingOut:
    """One call's ear for it. ``warn`` puts it on the timeline."""

    def __init__(self, call: Call, language: str, warn: Callable[[str], None]) -> None:
        self._call, self._language, self._warn = call, language, warn
        self._writing: dict[str, asyncio.Future[None]] = {}  # by number; kept

    def note(self, event: events.Event, guest: Guest | None) -> None:
        """Take an event; ``guest`` said or pressed it, or the caller."""
        reason = self._reason(event, guest)
        phone = self._number_of(guest) if reason else ""
        if not phone or phone in self._writing:
            return
        self._warn(reason)
        work = in_thread(_put_on_the_list)(self._call, phone, reason)
        self._writing[phone] = asyncio.ensure_future(work)

    def _reason(self, event: events.Event, guest: Guest | None) -> str:
        """Return how somebody asked never to be called again, if they did."""
        if isinstance(event, events.Pressed):
            pressed = event.digit == opt_out.KEY and not event.asked
            return (
                do_not_call.ASKED_BY_KEY if pressed and self._was_called(guest) else ""
            )
        if not (isinstance(event, events.Heard) and event.is_final):
            return ""
        asked = opt_out.wants_no_calls(event.text, self._language)
        return do_not_call.ASKED_BY_VOICE if asked else ""

    def _was_called(self, guest: Guest | None) -> bool:
        if guest is not None:
            return guest.participant.transport == Participant.Transport.PSTN
        return self._call.direction == Call.Direction.OUTBOUND

    def _number_of(self, guest: Guest | None) -> str:
        """Return their number; "": they have none, or are with us."""
        if guest is None:
            is_phone = self._call.channel == Call.Channel.PHONE
            return self._call.caller if is_phone else ""
        is_phone = guest.participant.transport == Participant.Transport.PSTN
        is_ours = guest.participant.role != Participant.Role.CUSTOMER
        return guest.name if is_phone and not is_ours else ""


def _put_on_the_list(call: Call, phone: str, reason: str) -> None:
    try:
        do_not_call.add(call.workspace, phone, reason=reason)
    except Refusal:
        log.warning("hidden_number_opted_out", extra={"call": str(call.id)})
    except Exception:  # nobody waits for it: it would be lost unseen
        log.exception("opt_out_failed", extra={"call": str(call.id)})
