"""What the floor above, which looks back at calls, may ask of and tell a call.

The call keeps three things for it: whether its afterlife was planned, how far that is,
and the first line that lists show.
"""

from datetime import datetime
from uuid import UUID

from telephony.models import Call

Status = Call.IntelligenceStatus


def waiting(*, before: datetime, limit: int) -> list[UUID]:
    """Return calls that ended and that nobody has taken over, oldest first."""
    ended = Call.objects.filter(handed_over_at=None, ended_at__lt=before)
    return list(ended.order_by("ended_at").values_list("id", flat=True)[:limit])


def take_over(call_id: UUID, *, now: datetime) -> bool:
    """Take an ended call over; False: somebody has, or it has not ended. Call this in
    the transaction that plans the rest."""
    return bool(
        Call.objects.filter(
            pk=call_id, handed_over_at=None, ended_at__isnull=False
        ).update(handed_over_at=now)
    )


def tell(call_id: UUID, *, status: str, summary: str | None = None) -> None:
    """Show how far the work after the call is, and what it came to in one line."""
    changes: dict[str, str] = {"intelligence_status": Status(status)}
    if summary is not None:
        changes["summary"] = summary
    Call.objects.filter(pk=call_id).update(**changes)
