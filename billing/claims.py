"""Rows that are jobs: which are due, who has one now, when to try again.

A claim is one conditional update that must change exactly one row; a worker that dies
loses its lease, and the next sweep takes the row up.
"""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, Q

from billing.models import Queued

LEASE = timedelta(
    seconds=90
)  # longer than the payment company's time limit and retries
LONGEST_WAIT = timedelta(hours=1)
AT_ONCE = 200


def due(model: type[Queued], *, now: datetime) -> list[Any]:
    """Return the keys of rows whose time has come and that nobody has."""
    rows: Any = model
    return list(
        rows.objects.filter(_is_free(now), next_at__lte=now)
        .order_by("next_at")
        .values_list("pk", flat=True)[:AT_ONCE]
    )


def claim(model: type[Queued], key: Any, *, now: datetime) -> Any | None:
    """Take a row for the length of a lease; None: it is another's, or not due."""
    rows: Any = model
    taken = rows.objects.filter(_is_free(now), pk=key, next_at__lte=now).update(
        lease_until=now + LEASE, attempts=F("attempts") + 1
    )
    return rows.objects.get(pk=key) if taken else None


def done(row: Queued, **changes: Any) -> None:
    """Finish a row: nothing is left to do."""
    rows: Any = type(row)
    rows.objects.filter(pk=row.pk).update(next_at=None, lease_until=None, **changes)


def again(
    row: Queued, *, now: datetime, why: str, after: timedelta | None = None
) -> None:
    """Give a row back to be tried later, each time later than before."""
    rows: Any = type(row)
    wait = after or min(timedelta(seconds=5 * 2 ** min(row.attempts, 12)), LONGEST_WAIT)
    rows.objects.filter(pk=row.pk).update(
        next_at=now + wait, lease_until=None, last_error=why[:255]
    )


def _is_free(now: datetime) -> Q:
    return Q(lease_until=None) | Q(lease_until__lt=now)
