"""When to stop calling a dead endpoint: pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta

PATIENCE = timedelta(days=5)  # of nothing but failure
ALERT_EVERY = timedelta(hours=1)
GONE = 410


@dataclass(frozen=True)
class Verdict:
    """What follows from one try for its endpoint."""

    failing_since: datetime | None
    status: str = ""  # "paused" or "disabled"; empty: as it was
    why: str = ""


def judge(
    *,
    succeeded: bool,
    status: int | None,
    failing_since: datetime | None,
    now: datetime,
) -> Verdict:
    """Judge an endpoint by one more try."""
    if succeeded:
        return Verdict(None)
    since = failing_since or now
    if status == GONE:
        return Verdict(since, "disabled", "gone")
    if now - since >= PATIENCE:
        return Verdict(since, "paused", "failing")
    return Verdict(since)


def may_alert(last_alert_at: datetime | None, now: datetime) -> bool:
    """Tell whether a mail may go out: at most one an hour."""
    return last_alert_at is None or now - last_alert_at >= ALERT_EVERY
