"""Keeps promises to call back: each is a row that is due, and is called once.

A row is marked as placed in the transaction that queues its call, so a worker that dies
neither calls twice nor forgets.
"""

from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import F, Q, QuerySet

from agents.models import CallBack
from common import clock
from common.errors import Refusal
from telephony import phone_calls

AT_ONCE = 20
WAITS = (5, 15, 60)  # minutes until the next attempt
LEASE = timedelta(seconds=60)
State = CallBack.State

log = structlog.get_logger()


def keep(*, now: datetime) -> int:
    """Place the calls that are due; return how many."""
    due = _due(now).order_by("next_at").values_list("pk", flat=True)[:AT_ONCE]
    return sum(_keep(pk, now) for pk in list(due))


def _due(now: datetime) -> QuerySet[CallBack]:
    free = Q(lease_until=None) | Q(lease_until__lte=now)
    return CallBack.objects.filter(free, state=State.DUE, next_at__lte=now)


def _keep(pk: UUID, now: datetime) -> bool:
    claimed = _due(now).filter(pk=pk)
    if not claimed.update(lease_until=now + LEASE, attempts=F("attempts") + 1):
        return False
    promise = CallBack.objects.select_related(
        "agent__workspace", "agent__published"
    ).get(pk=pk)
    wanted = phone_calls.Wanted(
        promise.agent,
        promise.phone,
        metadata={"call_back": str(pk), "reason": promise.reason},
        variables={"call_back_reason": promise.reason},
    )
    try:
        with transaction.atomic():
            phone_calls.place(wanted, now=now)
            CallBack.objects.filter(pk=pk).update(
                state=State.PLACED, next_at=None, lease_until=None, last_error=""
            )
        return True
    except Refusal as refusal:
        _put_off(promise, refusal.message)
        return False


def _put_off(promise: CallBack, why: str) -> None:
    again = promise.attempts <= len(WAITS)
    wait = timedelta(minutes=WAITS[promise.attempts - 1]) if again else None
    CallBack.objects.filter(pk=promise.pk).update(
        state=State.DUE if again else State.FAILED,
        next_at=clock.now() + wait if wait else None,
        lease_until=None,
        last_error=why[:255],
    )
    log.warning("call_back_put_off", promise=str(promise.pk), why=why, again=again)
