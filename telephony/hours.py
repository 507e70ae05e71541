"""When a number answers. Pure."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from common.errors import Refusal


class BadHours(Refusal):
    """These are no hours."""

    code = "invalid_hours"


def is_open(hours: Mapping[str, Any] | None, now: datetime) -> bool:
    """Tell whether a number answers now. Hours may reach over midnight: the days are
    those on which they begin."""
    if not hours:
        return True
    local = now.astimezone(ZoneInfo(hours["time_zone"]))
    moment, start, end = f"{local:%H:%M}", hours["start"], hours["end"]
    today, yesterday = local.weekday(), (local.weekday() - 1) % 7
    if start < end:
        return today in hours["days"] and start <= moment < end
    late = today in hours["days"] and moment >= start
    return late or (yesterday in hours["days"] and moment < end)


def checked(days: list[int], start: str, end: str, time_zone: str) -> dict[str, Any]:
    """Return hours as they are kept, or raise ``BadHours``."""
    if not days or not set(days) <= set(range(7)):
        raise BadHours("Choose at least one day.")
    for text in (start, end):
        try:
            datetime.strptime(text, "%H:%M")  # noqa: DTZ007  # a time of day
        except ValueError:
            raise BadHours("Write times as 09:00.") from None
    try:
        ZoneInfo(time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise BadHours(f"There is no time zone {time_zone}.") from None
    return {
        "days": sorted(set(days)),
        "start": start,
        "end": end,
        "time_zone": time_zone,
    }
