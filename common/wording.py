"""Figures, moments and names in words people read."""

from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

import phonenumbers
from django.utils import timezone

from common import clock as wall
from common import money


def clock(milliseconds: int | None) -> str:
    """Write a length as m:ss."""
    return seconds(int(milliseconds or 0) // 1000)


def seconds(count: int) -> str:
    """Write a number of seconds as m:ss."""
    return f"{count // 60}:{count % 60:02}"


def precise(milliseconds: int) -> str:
    """Write a moment of a call as m:ss.mmm."""
    return f"{clock(milliseconds)}.{milliseconds % 1000:03}"


def minutes(milliseconds: int) -> str:
    """Write billed time, which comes in half minutes: 2.5 min."""
    return f"{milliseconds / 60_000:g} min"


def latency(milliseconds: int | None) -> str:
    """Write a reply time: 1,105 ms."""
    return "–" if milliseconds is None else f"{milliseconds:,} ms"


def usd(micros: Decimal | int | None, places: int = 2) -> str:
    """Write micro-credits as dollars, as exactly as ``places`` allow."""
    if micros is None:
        return "–"
    amount = money.usd(abs(int(micros))).quantize(
        Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP
    )
    return f"{'−' if micros < 0 else ''}${amount:,}"


def credits(micros: int | None) -> str:
    """Write micro-credits as credits, without zeros that say nothing."""
    if micros is None:
        return "–"
    amount = money.credits(abs(micros)).quantize(Decimal("0.01"), ROUND_HALF_UP)
    whole = f"{amount:,}".rstrip("0").rstrip(".")
    return f"{'−' if micros < 0 else ''}{whole}"


def initials(name: str) -> str:
    """Return one or two letters that stand for a name."""
    words = [word for word in name.split() if word[0].isalnum()] or [name]
    return "".join(word[:1] for word in words[:2]).upper()


@lru_cache(maxsize=4096)
def number(caller: str) -> str:
    """Group the digits of a phone number; leave every other name as it is."""
    if not caller.startswith("+"):
        return caller
    try:
        parsed = phonenumbers.parse(caller)
    except phonenumbers.NumberParseException:
        return caller
    international = phonenumbers.PhoneNumberFormat.INTERNATIONAL
    return str(phonenumbers.format_number(parsed, international))


def at(moment: datetime) -> str:
    """Write a moment in a sentence: today at 14:06, Friday at 23:12."""
    local, today = timezone.localtime(moment), timezone.localtime(wall.now())
    day = f"{local.day} {local:%B %Y}"
    if timedelta(0) < today - local < timedelta(days=6):
        day = "today" if local.date() == today.date() else f"{local:%A}"
    return f"{day} at {local:%H:%M}"


def when(moment: datetime | None) -> str:
    """Write a moment as short as it stays clear: 14:06, Fri 23:12, 9 Nov 08:15."""
    if moment is None:
        return "–"
    local, today = timezone.localtime(moment), timezone.localtime(wall.now())
    if local.date() == today.date():
        return f"{local:%H:%M}"
    if timedelta(0) < today - local < timedelta(days=6):
        return f"{local:%a %H:%M}"
    day = f"{local.day} {local:%b}"
    return f"{day} {local:%H:%M}" if local.year == today.year else f"{day} {local:%Y}"


def half_minutes(milliseconds: int) -> str:
    """Write billed time as minutes alone: 1,204.5."""
    return f"{milliseconds / 60_000:,.1f}"


def money_of_cents(cents: int) -> str:
    """Write cents as an amount without its sign: 12.50, 10."""
    return f"{cents / 100:,.2f}".removesuffix(".00")


def dollars_of_cents(cents: int) -> str:
    """Write cents as dollars: $12.50, −$5.00."""
    return f"{'−' if cents < 0 else ''}${abs(cents) / 100:,.2f}"
