"""Words, figures and drawings of the Studio. ``{% load studio %}``."""

from functools import lru_cache

from django import template
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

from common import wording

register = template.Library()
for figure in (
    wording.clock,
    wording.seconds,
    wording.precise,
    wording.minutes,
    wording.latency,
    wording.usd,
    wording.credits,
    wording.initials,
    wording.number,
    wording.at,
    wording.when,
    wording.half_minutes,
    wording.money_of_cents,
    wording.dollars_of_cents,
):
    register.filter(figure.__name__, figure)


@register.filter
def place(number: float) -> SafeString:
    """Write a number of a drawing: two digits, and the same in every language. A chart
    has hundreds, and ``floatformat`` takes a hundred times as long."""
    return SafeString(f"{number:.2f}")


@register.simple_tag
@lru_cache(maxsize=256)
def icon(name: str, classes: str = "") -> SafeString:
    """Draw a symbol of ``static/img/icons.svg``; the words stand beside it."""
    return format_html(
        '<svg class="i {}" aria-hidden="true"><use href="{}#{}"></use></svg>',
        classes,
        static("img/icons.svg"),
        name,
    )


STAGES = {"stt": "d2", "llm": "d3", "tts": "d4"}


@register.filter
def stage(meter: str) -> str:
    """Return the colour class of a meter: "stt.second" is speech to text."""
    return STAGES.get(meter.split(".")[0], "d6")
