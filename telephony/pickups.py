"""What was judged of who picked up: kept, corrected by people, counted."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, F, Q

from accounts import audit
from accounts.models import User, Workspace
from common.errors import Refusal
from telephony.models import Pickup

COUNTED_FOR = timedelta(days=30)


class NoSuchKind(Refusal):
    """It is none of the words for who can pick up."""

    code = "invalid_pickup"


@dataclass(frozen=True, slots=True)
class Record:
    """How often the judgement was right, as far as people have said."""

    judged: int = 0
    reviewed: int = 0
    wrong: int = 0

    @property
    def error_percent(self) -> float | None:
        """Return corrected ones in per cent of those that people looked at."""
        return 100 * self.wrong / self.reviewed if self.reviewed else None


def keep(
    *,
    workspace_id: UUID,
    call_id: UUID,
    judged: str,
    signals: Sequence[dict[str, Any]],
    action: str,
    at_ms: int,
) -> None:
    """Write down who picked up; the last judgement of a call stays."""
    Pickup.objects.update_or_create(
        call_id=call_id,
        defaults={
            "workspace_id": workspace_id,
            "judged": judged,
            "signals": list(signals),
            "action": action,
            "at_ms": at_ms,
        },
    )


def review(pickup: Pickup, who: str, *, by: User | None, now: datetime) -> None:
    """Say who it was; the same as judged confirms it."""
    if who not in Pickup.Who.values:
        raise NoSuchKind("Choose who picked up from the list.")
    pickup.reviewed, pickup.reviewed_by, pickup.reviewed_at = who, by, now
    pickup.save(update_fields=["reviewed", "reviewed_by", "reviewed_at"])
    audit.record(
        workspace=pickup.workspace,
        actor=by,
        verb="pickup.reviewed",
        target=str(pickup.call_id),
    )


def record_of(workspace: Workspace, now: datetime) -> Record:
    """Count the last thirty days: one query."""
    seen = ~Q(reviewed="")
    found = workspace.pickups.filter(created_at__gt=now - COUNTED_FOR).aggregate(
        all=Count("pk"),
        seen=Count("pk", filter=seen),
        wrong=Count("pk", filter=seen & ~Q(reviewed=F("judged"))),
    )
    return Record(found["all"], found["seen"], found["wrong"])
