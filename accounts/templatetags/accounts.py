"""Words of the accounts pages. ``{% load accounts %}``."""

import math
import re

from allauth.account.adapter import get_adapter
from django import template
from django.forms import BoundField, Select, Textarea
from django.http import HttpRequest
from django.utils.safestring import SafeString

from accounts import audit

register = template.Library()

BROWSERS = (  # the first that the text names; most browsers name others, too
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Mac OS X", "macOS"),
    ("Windows", "Windows"),
    ("Linux", "Linux"),
)


@register.filter
def phrase(verb: str) -> str:
    """Return the words for a verb of the audit book."""
    return audit.phrase(verb)


@register.filter
def share(part: float) -> str:
    """Write a share as a percentage that never rounds up to all: 99.9 %."""
    if part >= 1:
        return "100 %"
    return f"{math.floor(part * 10_000) / 100:g} %"


@register.filter
def browser(user_agent: str) -> str:
    """Name a browser: Firefox on Linux."""
    name = next((name for mark, name in BROWSERS if mark in user_agent), "")
    system = next((name for mark, name in SYSTEMS if mark in user_agent), "")
    if name and system:
        return f"{name} on {system}"
    return name or re.split(r"[/ (]", user_agent)[0][:40] or "Unknown browser"


@register.simple_tag
def sign_up_open(request: HttpRequest) -> bool:
    """Tell whether this visitor may make an account."""
    return bool(get_adapter(request).is_open_for_signup(request))


@register.simple_tag
def control(field: BoundField) -> SafeString:
    """Draw a form field's control with the class its kind has in the design."""
    widget = field.field.widget
    kind = "input"
    if isinstance(widget, Select):
        kind = "pick"
    elif isinstance(widget, Textarea):
        kind = "area"
    attributes: dict[str, str | bool] = {"class": kind, "placeholder": ""}
    if field.errors:
        attributes["aria-describedby"] = f"{field.id_for_label}_error"
    return field.as_widget(attrs=attributes)
