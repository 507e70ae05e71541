"""Analytics: what calls cost, how they went, where they break off."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.access import StudioRequest, studio
from common import clock, columns
from common.htmx import wants_fragment
from common.wording import usd
from intelligence import insights
from intelligence.conclusions import SENTIMENTS
from intelligence.insights import Insight, Sums

SPANS = {"7": "7 days", "30": "30 days", "90": "90 days", "365": "1 year"}
MOST_COLUMNS = 60  # beyond that, weeks are drawn
TONES = {
    "completed": ("Completed", "ok"),
    "failed": ("Failed", "bad"),
    "no_answer": ("No answer", "warn"),
    "busy": ("Busy", "warn"),
    "canceled": ("Canceled", ""),
}
MOODS = SENTIMENTS | {"unknown": ("Unknown", "")}  # its heading says of what


@dataclass(frozen=True, slots=True)
class Share:
    """A part of a whole, in per cent of its width."""

    word: str
    tone: str
    count: int
    x: float
    width: float

    @property
    def percent(self) -> int:
        """The share as a whole number."""
        return round(self.width)


@require_GET
@studio()
def page(request: StudioRequest) -> HttpResponse:
    """Show the figures of the days and the agent that are asked for."""
    today = clock.now().date()
    span = request.GET.get("span", "30")
    days = int(span) if span in SPANS else 30
    asked = insights.asked(
        today - timedelta(days=days - 1),
        today,
        today=today,
        agent_id=_agent(request.GET.get("agent", "")),
    )
    found = insights.of(request.workspace, asked, today=today)
    template = "intelligence/analytics/page.html"
    if wants_fragment(request):
        template += "#figures"
    return render(request, template, _words(request, found, str(days)))


def _agent(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _words(request: StudioRequest, found: Insight, span: str) -> dict[str, Any]:
    agents = dict(request.workspace.agents.values_list("id", "name"))
    parts = _parts(found)
    total = found.total
    return {
        "found": found,
        "total": total,
        "spans": SPANS.items(),
        "span": span,
        "agents": sorted(agents.items(), key=lambda each: each[1]),
        "spend": _columns(parts, lambda sums: sums.charge_micros, _spent),
        "calls": _columns(parts, lambda sums: sums.calls, _called),
        "statuses": shares(found.statuses, TONES),
        "moods": shares(found.sentiments, MOODS),
        "lengths": _lengths(found),
        "success": _percent(found.completed, found.ended),
        "passed": _percent(total.passed, total.judged),
        "rows": [
            (
                agents.get(agent_id, "Deleted agent"),
                sums,
                _percent(sums.passed, sums.judged),
            )
            for agent_id, sums in sorted(
                found.by_agent.items(), key=lambda each: -each[1].calls
            )[:50]
        ],
    }


def _parts(found: Insight) -> list[tuple[date, Sums]]:
    """Return the days, or weeks where there are too many to draw."""
    days = found.days()
    if len(days) <= MOST_COLUMNS:
        return days
    weeks = (days[start : start + 7] for start in range(0, len(days), 7))
    return [(week[0][0], Sums.of(sums for _, sums in week)) for week in weeks]


def _columns(
    parts: list[tuple[date, Sums]],
    value: Callable[[Sums], int],
    words: Callable[[Sums], str],
) -> columns.Chart:
    """Draw one column a part, and tell the last ones to who cannot see them."""
    told = [f"{day:%-d %b}: {words(sums)}" for day, sums in parts]
    return columns.Chart(
        columns.drawn([value(sums) for _, sums in parts], told),
        first=parts[0][0] if parts else None,
        label="; ".join(told[-7:]),
    )


def _spent(sums: Sums) -> str:
    return usd(sums.charge_micros)


def _called(sums: Sums) -> str:
    return f"{sums.calls:,} call{'' if sums.calls == 1 else 's'}"


def shares(counts: Any, words: dict[str, tuple[str, str]]) -> list[Share]:
    """Return the parts of a bar that are there, each where it begins."""
    total = sum(counts[name] for name in words)
    found, x = [], 0.0
    for name, (word, tone) in words.items():
        if counts[name]:
            width = 100 * counts[name] / total
            found.append(Share(word, tone, counts[name], x, width))
            x += width
    return found


def _lengths(found: Insight) -> list[Share]:
    highest = max(found.lengths.values(), default=0)
    words = {"<30s": "to 30 s", "30-60s": "to 1 min", "1-3m": "to 3 min", "3-5m": "to 5 min", ">5m": "longer"}  # fmt: skip
    return [
        Share(
            word,
            "warn" if bucket == "<30s" else "",
            found.lengths[bucket],
            0,
            100 * found.lengths[bucket] / (highest or 1),
        )
        for bucket, word in words.items()
    ]


def _percent(part: int, whole: int) -> int | None:
    return round(100 * part / whole) if whole else None
