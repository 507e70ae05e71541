"""Ends calls whose process died: settles them, frees what they held, heals recordings.

A live call's process beats every 10 s. A call that was silent for a minute
(``CALL_SILENT_S``) is nobody's;
whatever was not written down by then is lost, and everything that was is kept and
charged for.
"""

from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.conf import settings
from django.db.models import Q

from telephony import calls, recordings, visits
from telephony.models import Call, Leg, Recording

SILENT_FOR = timedelta(seconds=settings.CALL_SILENT_S)
GIVEN_UP_AFTER = timedelta(seconds=300)  # a telephone call whose carrier is silent, too
AT_ONCE = 200  # calls one sweep ends

log = structlog.get_logger()


def reap(*, now: datetime) -> int:
    """End every call that nobody carries any more; return how many."""
    lost = list(
        Call.objects.filter(status__in=Call.LIVE)
        .filter(
            Q(heartbeat_at__lt=now - SILENT_FOR)
            | Q(heartbeat_at=None, created_at__lt=now - SILENT_FOR)
        )
        .order_by("heartbeat_at")
        .values_list("id", flat=True)[:AT_ONCE]
    )
    for call_id in lost:
        try:
            if not _has_line(call_id, now):
                _end(call_id, now)
        except Exception:  # one call's trouble must not keep the others waiting
            log.exception("call_not_reaped", call=str(call_id))
    _heal_recordings(now)
    visits.forget(now)
    return len(lost)


def _has_line(call_id: UUID, now: datetime) -> bool:
    """Ask the carrier first where a telephone line may still be open; not for ever."""
    lines = Leg.objects.filter(call_id=call_id).exclude(state__in=Leg.OVER)
    silent = lines.filter(call__heartbeat_at__lt=now - GIVEN_UP_AFTER)
    if silent.exists() or not lines.exists():
        return False
    lines.filter(lease_until=None).update(next_at=now)
    return True


def _end(call_id: UUID, now: datetime) -> None:
    call = Call.objects.get(pk=call_id)
    answered = call.started_at is not None
    outcome = calls.Outcome(
        Call.EndReason.CLOSED, "server_lost" if answered else "never_connected"
    )
    calls.end(call_id, outcome, now=now, silent_since=now - SILENT_FOR)
    log.warning("call_reaped", call=str(call_id), answered=answered)


def _heal_recordings(now: datetime) -> None:
    """Complete recordings whose writer died; the call is over, so nobody writes."""
    broken = Recording.objects.filter(
        status=Recording.Status.ACTIVE, call__ended_at__lt=now - timedelta(seconds=5)
    )
    for call_id in broken.values_list("call_id", flat=True)[:AT_ONCE]:
        recordings.complete(call_id)
