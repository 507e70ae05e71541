"""Tokens that let one socket carry one call's audio: 60 s, once, for one call.

A browser's is bound to the page's origin; a carrier's to the carrier's own id of the
call. One that resumes takes a call over from a socket that is gone.
"""

import hashlib
from datetime import datetime, timedelta

from django.db.models import F, Q

from common import ids
from telephony.models import Call, Leg, MediaToken, Participant

LIFE = timedelta(seconds=60)
WAITING = (Call.Status.QUEUED, Call.Status.RINGING)


def issue(
    call: Call, participant: Participant, *, now: datetime, origin: str = ""
) -> str:
    """Make a token; only its SHA-256 is kept."""
    raw = ids.token()
    MediaToken.objects.create(
        token_hash=_hash(raw),
        call=call,
        participant=participant,
        origin=origin,
        expires_at=now + LIFE,
    )
    return raw


def issue_for(leg: Leg, *, now: datetime, resumes: bool = False) -> str:
    """Make a token for a carrier's stream."""
    raw = ids.token()
    MediaToken.objects.create(
        token_hash=_hash(raw),
        call_id=leg.call_id,
        participant_id=leg.participant_id,
        carrier_call_id=leg.carrier_call_id,
        resumes=resumes,
        expires_at=now + LIFE,
    )
    return raw


def claim(
    raw: str, *, now: datetime, origin: str = "", carrier_call_id: str = ""
) -> MediaToken | None:
    """Use a token up; None: unknown, used, expired, of a call that is over, from
    another origin, or of another call. Of two sockets that bring the same token one
    gets it."""
    token_hash = _hash(raw)
    live = MediaToken.objects.filter(
        Q(call__status__in=WAITING)
        | Q(resumes=True, call__status=Call.Status.IN_PROGRESS),
        token_hash=token_hash,
        used_at=None,
        expires_at__gt=now,
    )
    wanted = live.values_list("origin", "carrier_call_id").first()
    if wanted is None:
        return None
    if (wanted[0] and wanted[0] != origin) or (
        wanted[1] and wanted[1] != carrier_call_id
    ):
        return None
    if live.update(used_at=now) != 1:
        return None
    token = MediaToken.objects.select_related(
        "call__workspace", "call__agent", "participant"
    ).get(token_hash=token_hash)
    if token.resumes:
        _take_over(token, now)
    return token


def _take_over(token: MediaToken, now: datetime) -> None:
    """Let the socket before have no say any more."""
    Call.objects.filter(pk=token.call_id).update(epoch=F("epoch") + 1, heartbeat_at=now)
    token.call.refresh_from_db(fields=["epoch", "heartbeat_at", "duration_ms"])


def _hash(raw: str) -> str:
    return hashlib.sha256(raw.encode()).hexdigest()
