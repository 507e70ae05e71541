"""The wall clock. Only doors and tasks read it; pure code is handed the time."""

from datetime import UTC, datetime


def now() -> datetime:
    """Return the current moment, aware, in UTC."""
    return datetime.now(UTC)
