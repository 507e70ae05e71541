"""The Retry-After header: how long the other side asks to be left alone."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime


def seconds(header: str, now: datetime) -> float | None:
    """Read seconds, or a date; None: it says neither."""
    if header.strip().isdecimal():
        return float(min(int(header.strip()[:12]), 10**9))
    try:
        moment = parsedate_to_datetime(header)
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (moment - now).total_seconds())
