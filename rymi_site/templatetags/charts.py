"""Charts, drawn here as SVG with attributes: no inline style, so the CSP holds."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import template

from billing.reports import Day
from common.wording import usd

register = template.Library()
GAP = 0.25  # of a column's step


@dataclass(frozen=True, slots=True)
class Column:
    """One column on a canvas of 100 by 100."""

    x: float
    y: float
    width: float
    height: float
    title: str
    is_last: bool


@register.inclusion_tag("studio/_columns.html")
def spend_chart(days: Sequence[Day]) -> dict[str, Any]:
    """Draw what each day cost; the last one, still going on, stands out."""
    spent = [day.spent_micros for day in days]
    highest, mean = max(spent, default=0), sum(spent) / max(len(spent), 1)
    step = 100 / max(len(days), 1)
    return {
        "columns": [
            Column(
                x=place * step,
                y=100 - 97 * day.spent_micros / (highest or 1),
                width=step * (1 - GAP),
                height=97 * day.spent_micros / (highest or 1),
                title=f"{day.day:%d %b}: {usd(day.spent_micros)}",
                is_last=place == len(days) - 1,
            )
            for place, day in enumerate(days)
        ],
        "mean_y": 100 - 97 * mean / highest if highest else None,
        "first": days[0].day if days else None,
        "label": (
            f"Spend per day over {len(days)} days, between {usd(min(spent, default=0))}"
            f" and {usd(highest)}"
        ),
    }
