"""Money is integers of micro-credits: 1 credit = 1 US cent = 1,000,000 micro-credits."""

from decimal import Decimal

MICROS_PER_CREDIT = 1_000_000
CREDITS_PER_USD = 100
MICROS_PER_USD = MICROS_PER_CREDIT * CREDITS_PER_USD


def micros_from_usd(usd: Decimal | str | int) -> int:
    """Turn dollars into micro-credits; refuse what is finer than one micro-credit."""
    micros = Decimal(usd) * MICROS_PER_USD
    if micros != micros.to_integral_value():
        raise ValueError(f"{usd} USD is finer than one micro-credit")
    return int(micros)


def usd(micros: int) -> Decimal:
    """Return the exact dollars of ``micros`` micro-credits."""
    return Decimal(micros) / MICROS_PER_USD


def credits(micros: int) -> Decimal:
    """Return the exact credits of ``micros`` micro-credits."""
    return Decimal(micros) / MICROS_PER_CREDIT
