"""Charts, drawn here as SVG with attributes: no inline style, so the CSP holds."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import template

from billing.reports import Day
from billing.usage import SERIES, Usage
from common import columns
from common.wording import usd

register = template.Library()
COLOURS = ("d3", "d2", "d5", "d4", "d6")  # of the dearest agents, then of the rest


@register.inclusion_tag("studio/_columns.html")
def spend_chart(days: Sequence[Day]) -> dict[str, columns.Chart]:
    """Draw what each day cost; the last one, still going on, stands out."""
    spent = [day.spent_micros for day in days]
    highest, mean = max(spent, default=0), sum(spent) / max(len(spent), 1)
    told = [f"{day.day:%d %b}: {usd(day.spent_micros)}" for day in days]
    chart = columns.Chart(
        columns.drawn(spent, told),
        first=days[0].day if days else None,
        label=f"Spend per day over {len(days)} days, between {usd(min(spent, default=0))}"
        f" and {usd(highest)}",
        mean_y=100 - columns.HIGHEST * mean / highest if highest else None,
    )
    return {"chart": chart}


@dataclass(frozen=True, slots=True)
class Piece:
    """One agent's share of one day, on a canvas of 100 by 100."""

    colour: str
    x: float
    y: float
    width: float
    height: float


@register.inclusion_tag("studio/_stacks.html")
def usage_chart(usage: Usage) -> dict[str, Any]:
    """Draw what each day cost by agent, one upon the other."""
    highest = max((sum(micros) for _, micros in usage.days), default=0)
    step = 100 / max(len(usage.days), 1)
    pieces = []
    for place, (_, amounts) in enumerate(usage.days):
        top = 100.0
        for colour, micros in zip(COLOURS, amounts, strict=True):
            if not micros:
                continue
            height = columns.HIGHEST * micros / (highest or 1)
            top -= height
            pieces.append(
                Piece(colour, place * step, top, step * (1 - columns.GAP), height)
            )
    return {
        "pieces": pieces,
        "highest": highest,
        "half": highest // 2,
        "first": usage.since,
        "last": usage.until,
        "label": f"Spend per day by agent over {len(usage.days)} days, "
        f"{usd(usage.total.micros)} in all",
    }


@register.filter
def series(place: int) -> str:
    """Return the colour class of an agent by its rank, the dearest first."""
    return COLOURS[min(place, SERIES)]
