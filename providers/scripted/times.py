"""Working out which moment a caller named, given what the time is. Pure.

What is not said plainly is not guessed: no day and no hour, no moment.
"""

import re
from datetime import datetime, timedelta

from providers.scripted.words import MONTHS, NUMBERS, WEEKDAYS

ANY_DAY = datetime(2026, 1, 5, 0, 0)  # noqa: DTZ001  # to see whether a moment is named
_SPOKEN = "%A, %B %d, %Y, %I:%M %p"  # as the tool ``datetime_now`` tells it
_DAYS = WEEKDAYS.split("|")
_PARTS = {"morning": 9, "noon": 12, "lunchtime": 12, "afternoon": 14, "evening": 18}
_COUNT = "|".join(("a", "an", *NUMBERS))
_IN = re.compile(rf"\bin (half an|\d+|{_COUNT}) (minute|hour|day|week)s?\b")
_HOUR = "|".join(name for name, value in NUMBERS.items() if 1 <= value <= 12)
_CLOCK = re.compile(
    rf"\b(?:(half past|quarter past|quarter to) )?(\d{{1,2}}|{_HOUR})"
    r"(?:[: ](\d{2}|thirty|fifteen|forty five))?\s*(a\.?\s?m\b|p\.?\s?m\b|o'?\s?clock)?"
)
_MINUTES = {"thirty": 30, "fifteen": 15, "forty five": 45}
_SHIFT = {"half past": 30, "quarter past": 15, "quarter to": -15, "": 0}
_DATE = re.compile(rf"\b({MONTHS})\.? (?:the )?(\d{{1,2}})(?:st|nd|rd|th)?\b")


def told(text: str) -> datetime | None:
    """Return the moment that the clock tool told, in its own zone."""
    try:
        return datetime.strptime(text.partition(" (")[0].strip(), _SPOKEN)  # noqa: DTZ007  # in its own zone
    except ValueError:
        return None


def names_one(said: str) -> bool:
    """Tell whether a moment is named at all."""
    return moment(said, ANY_DAY) is not None


def moment(said: str, now: datetime) -> datetime | None:
    """Return the moment that was named, in the zone of ``now``; None: none was."""
    text = said.lower().replace("-", " ")
    if found := _IN.search(text):
        return now + _span(*found.groups())
    day, rest = _day(text, now)
    hour = _hour(rest)
    if hour is None:
        return None
    if day is None:
        at = _at(now, hour)
        return at if at > now else at + timedelta(days=1)
    return _at(day, hour)


def _span(count: str, unit: str) -> timedelta:
    if count == "half an":
        return timedelta(minutes=30)
    number = int(count) if count.isdigit() else NUMBERS.get(count, 1)
    return timedelta(**{f"{unit}s": number})


def _day(text: str, now: datetime) -> tuple[datetime | None, str]:
    """Return the day that was named, and the text without it."""
    for words, days in (("day after tomorrow", 2), ("tomorrow", 1), ("today", 0)):
        if words in text:
            return now + timedelta(days=days), text.replace(words, " ")
    if "tonight" in text:
        return now, text.replace("tonight", " evening ")
    for weekday, name in enumerate(_DAYS):
        if re.search(rf"\b{name}\b", text):
            ahead = (weekday - now.weekday() - 1) % 7 + 1
            return now + timedelta(days=ahead), re.sub(rf"\b{name}\b", " ", text)
    if found := _DATE.search(text):
        month, number = found.groups()
        return _date(month, number, now), _DATE.sub(" ", text)
    return None, text


def _date(month: str, day: str, now: datetime) -> datetime | None:
    number = 1 + [name[:3] for name in MONTHS.split("|")[:12]].index(month[:3])
    for year in (now.year, now.year + 1):
        try:
            found = now.replace(year=year, month=number, day=int(day))
        except ValueError:
            continue
        if found.date() >= now.date():
            return found
    return None


def _hour(text: str) -> tuple[int, int] | None:
    """Return hour and minute; without "a m" or "p m" the hours of an office count."""
    part = next((hour for name, hour in _PARTS.items() if name in text), None)
    for found in _CLOCK.finditer(text):
        shift, hour_said, minutes_said, half = found.groups()
        if not (shift or half or minutes_said or _is_led(text, found.start())):
            continue
        hour = int(hour_said) if hour_said.isdigit() else NUMBERS[hour_said]
        if not 0 <= hour <= 23:
            continue
        minutes = int(_MINUTES.get(minutes_said or "", minutes_said or 0))
        if minutes > 59:
            continue
        return _shifted(_on_the_day(hour, half or "", part), minutes, shift or "")
    return None if part is None else (part, 0)


def _is_led(text: str, at: int) -> bool:
    return bool(re.search(r"\b(?:at|around|about|by|after|before)\s+$", text[:at]))


def _on_the_day(hour: int, half: str, part: int | None) -> int:
    if half.startswith("a"):
        return hour % 12
    if half.startswith("p"):
        return hour % 12 + 12
    if part is not None and hour <= 12:
        return hour % 12 if part < 12 else hour % 12 + 12
    return hour + 12 if 1 <= hour <= 7 else hour


def _shifted(hour: int, minutes: int, shift: str) -> tuple[int, int]:
    total = (hour * 60 + minutes + _SHIFT[shift]) % 1440
    return total // 60, total % 60


def _at(day: datetime, hour: tuple[int, int]) -> datetime:
    return day.replace(hour=hour[0], minute=hour[1], second=0, microsecond=0)
