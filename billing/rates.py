"""What a minute costs, and what a call comes to. Pure.

Our choice where the public API says nothing: a component run on the customer's own key
costs nothing here (the vendor bills it), and a component without a known price makes
the rate "unpriced" rather than cheaper.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from common.money import MICROS_PER_USD

INCREMENT_MS = 30_000
MINUTE_MS = 60_000
PLATFORM_FEE_MICROS = MICROS_PER_USD * 2 // 100  # $0.02 a minute


@dataclass(frozen=True, slots=True)
class Component:
    """One channel's share of a minute."""

    channel: Literal["stt", "llm", "tts", "realtime", "platform", "managed"]
    item: str  # "deepgram/nova-3"
    per_minute_micros: int | None  # None: no price is known
    charged: bool = True  # False: runs on the customer's own key
    basis: str = ""  # how the price was come by, with source and date


@dataclass(frozen=True, slots=True)
class Rate:
    """The price of one minute, by component."""

    components: tuple[Component, ...]
    price_book: str  # version

    @property
    def per_minute_micros(self) -> int:
        """What one minute is charged; unpriced components count nothing."""
        return sum(c.per_minute_micros or 0 for c in self.components if c.charged)

    @property
    def unpriced(self) -> tuple[str, ...]:
        """Items that will be charged but have no known price."""
        return tuple(
            c.item for c in self.components if c.charged and c.per_minute_micros is None
        )


def custom(components: Sequence[Component], *, price_book: str) -> Rate:
    """Price a stack the customer picked: its components and the flat platform fee."""
    platform = Component("platform", "platform", PLATFORM_FEE_MICROS)
    return Rate((*components, platform), price_book)


def managed(sku_id: str, per_minute_micros: int, *, priced_on: str) -> Rate:
    """Price a managed stack: one fixed price a minute, whatever it is made of."""
    component = Component(
        "managed", sku_id, per_minute_micros, basis=f"fixed price, set {priced_on}"
    )
    return Rate((component,), f"sku {priced_on}")


def billable_ms(exchanged_ms: int) -> int:
    """Round exchanged audio up to whole increments of 30 s; nothing stays nothing."""
    return -(-max(exchanged_ms, 0) // INCREMENT_MS) * INCREMENT_MS


def charge_micros(exchanged_ms: int, per_minute_micros: int) -> int:
    """Return what a call costs, rounded up to a whole micro-credit."""
    return -(-billable_ms(exchanged_ms) * per_minute_micros // MINUTE_MS)
