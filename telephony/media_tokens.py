"""Tokens that let one socket carry one call's audio: 60 s, once, for one call.

A browser's is bound to the page's origin; a carrier's to the carrier's own id of the
call. One that resumes takes a call over from a socket that is gone; one that joins opens
a call that somebody else is in already, in the process that carries it.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import F, Q

from common import ids
from telephony import carried
from telephony.models import Call, Leg, MediaToken, Participant

LIFE = timedelta(seconds=60)
WAITING = (Call.Status.QUEUED, Call.Status.RINGING)


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """The call is carried by another process; the token is not used up."""

    at: str  # host:port


def issue(
    call: Call,
    participant: Participant,
    *,
    now: datetime,
    origin: str = "",
    joins: bool = False,
    resumes: bool = False,
) -> str:
    """Make a token; only its SHA-256 is kept."""
    raw = ids.token()
    MediaToken.objects.create(
        token_hash=_hash(raw),
        call=call,
        participant=participant,
        origin=origin,
        resumes=resumes,
        joins=joins,
        expires_at=now + LIFE,
    )
    return raw


def issue_for(
    leg: Leg, *, now: datetime, resumes: bool = False, joins: bool = False
) -> str:
    """Make a token for a carrier's stream."""
    raw = ids.token()
    MediaToken.objects.create(
        token_hash=_hash(raw),
        call_id=leg.call_id,
        participant_id=leg.participant_id,
        carrier_call_id=leg.carrier_call_id,
        resumes=resumes,
        joins=joins,
        expires_at=now + LIFE,
    )
    return raw


def claim(
    raw: str,
    *,
    now: datetime,
    origin: str = "",
    carrier_call_id: str = "",
    here: str = "",
) -> MediaToken | Elsewhere | None:
    """Use a token up; None: unknown, used, expired, of a call that has ended, from
    another origin, or of another call. Of two sockets that bring the same token one
    gets it. ``here`` is this process's address: a call of another one is told."""
    token_hash = _hash(raw)
    under_way = Q(call__status=Call.Status.IN_PROGRESS)
    # Who is in the call already comes in again only by a token that says so.
    joins = Q(joins=True) & (
        ~Q(participant__status=Participant.Status.ACTIVE) | Q(resumes=True)
    )
    # Who was turned away may hear why, where the carrier reads no sentence out.
    turned_away = Q(call__settled_at__isnull=False, call__heartbeat_at=None)
    live = MediaToken.objects.filter(
        Q(call__status__in=WAITING)
        | (under_way & (Q(resumes=True) | joins))
        | turned_away,
        token_hash=token_hash,
        used_at=None,
        expires_at__gt=now,
    )
    wanted = live.values_list(
        "origin",
        "carrier_call_id",
        "joins",
        "call_id",
        "call__status",
        "call__carried_at",
    ).first()
    if wanted is None:
        return None
    if (wanted[0] and wanted[0] != origin) or (
        wanted[1] and wanted[1] != carrier_call_id
    ):
        return None
    if wanted[2] and (at := _elsewhere(*wanted[3:], here)):
        return Elsewhere(at)
    if live.update(used_at=now) != 1:
        return None
    token = MediaToken.objects.select_related(
        "call__workspace", "call__agent", "participant"
    ).get(token_hash=token_hash)
    if token.resumes and not token.joins:
        _take_over(token, now, here)
    return token


def is_for_live_call(raw: str) -> bool:
    """Tell whether a token is for a call that is under way."""
    token = MediaToken.objects.filter(token_hash=_hash(raw), used_at=None)
    return token.filter(call__status=Call.Status.IN_PROGRESS).exists()


def _elsewhere(call_id: UUID, status: str, carried_at: str, here: str) -> str:
    """Return which other process has the call; "": this one, or none yet."""
    if status in WAITING or carried.find(call_id) is not None or not here:
        return ""
    return carried_at if carried_at != here else ""


def _take_over(token: MediaToken, now: datetime, here: str) -> None:
    """Let the socket before have no say any more."""
    Call.objects.filter(pk=token.call_id).update(
        epoch=F("epoch") + 1, heartbeat_at=now, carried_at=here
    )
    token.call.refresh_from_db(fields=["epoch", "heartbeat_at", "duration_ms"])


def _hash(raw: str) -> str:
    return hashlib.sha256(raw.encode()).hexdigest()
