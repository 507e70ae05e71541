"""Amounts as people type them."""

from decimal import Decimal, InvalidOperation

from common.errors import Refusal

MOST = 10_000_000


class NotANumber(Refusal):
    """A form field that is no amount."""

    code = "not_a_number"


def number(text: str) -> Decimal:
    """Read a number; ``NotANumber`` says how to write it."""
    try:
        found = Decimal(text.strip().lstrip("$").replace(" ", ""))
    except InvalidOperation:
        found = Decimal("NaN")
    if not found.is_finite() or abs(found) > MOST:
        raise NotANumber(f"“{text.strip()[:20]}” is no amount. Write it like 12.50.")
    return found


def cents(text: str) -> int | None:
    """Read dollars as cents; None: nothing was typed."""
    return int(number(text) * 100) if text.strip() else None


def written(cents: int | None) -> str:
    """Write cents as dollars for a form field."""
    return "" if cents is None else f"{cents / 100:g}"
