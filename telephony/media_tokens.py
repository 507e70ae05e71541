"""Tokens that let one socket carry one call's audio: 60 s, once, from one origin."""

import hashlib
from datetime import datetime, timedelta

from common import ids
from telephony.models import Call, MediaToken, Participant

LIFE = timedelta(seconds=60)


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


def claim(raw: str, *, now: datetime, origin: str = "") -> MediaToken | None:
    """Use a token up; None: unknown, used, expired, of a call that is over, or from
    another origin. Of two sockets that bring the same token one gets it."""
    token_hash = _hash(raw)
    live = MediaToken.objects.filter(
        token_hash=token_hash,
        used_at=None,
        expires_at__gt=now,
        call__status__in=(Call.Status.QUEUED, Call.Status.RINGING),
    )
    wanted = live.values_list("origin", flat=True).first()
    if wanted is None or (wanted and wanted != origin):
        return None
    if live.update(used_at=now) != 1:
        return None
    return MediaToken.objects.select_related(
        "call__workspace", "call__agent", "participant"
    ).get(token_hash=token_hash)


def _hash(raw: str) -> str:
    return hashlib.sha256(raw.encode()).hexdigest()
