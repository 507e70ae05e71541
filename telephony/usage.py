"""What workspaces used in a month, in UTC."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from django.db.models import Count, Sum

from common import ids
from common.errors import Refusal
from telephony.models import Call


class NoMonth(Refusal):
    """The text names no month."""

    code = "invalid_request"


@dataclass(frozen=True, slots=True)
class Usage:
    """Calls, billed time and what it cost."""

    calls: int = 0
    billed_ms: int = 0
    charge_micros: int = 0

    @property
    def minutes(self) -> float:
        """Billed minutes."""
        return round(self.billed_ms / 60_000, 2)


def month(text: str | None, now: datetime) -> tuple[str, datetime, datetime]:
    """Read ``YYYY-MM`` (none: the present month); return it with its two ends."""
    try:
        first = datetime.strptime(text or f"{now:%Y-%m}", "%Y-%m").replace(tzinfo=UTC)
    except ValueError:
        raise NoMonth("month: send a month such as 2026-03.") from None
    if not 2000 <= first.year <= 2100:
        raise NoMonth("month: send a month such as 2026-03.")
    following = first.replace(
        year=first.year + first.month // 12, month=first.month % 12 + 1
    )
    return f"{first:%Y-%m}", first, following


def of(
    workspace_ids: Collection[UUID], since: datetime, until: datetime
) -> dict[UUID, Usage]:
    """Return what each workspace used: one query over ranges of keys."""
    rows = (
        Call.objects.filter(
            workspace_id__in=workspace_ids,
            id__gte=ids.floor(since),
            id__lt=ids.floor(until),
        )
        .order_by()
        .values("workspace_id")
        .annotate(n=Count("pk"), ms=Sum("billed_ms"), micros=Sum("charge_micros"))
    )
    found = {
        row["workspace_id"]: Usage(row["n"], row["ms"] or 0, row["micros"] or 0)
        for row in rows
    }
    return {each: found.get(each, Usage()) for each in workspace_ids}
