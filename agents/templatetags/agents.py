"""Words and figures of the agent pages. ``{% load agents %}``."""

import json
from typing import Any

from django import template

register = template.Library()


@register.filter
def as_json(value: Any) -> str:
    """Write a value as JSON; the template escapes it for the attribute it stands in."""
    return json.dumps(value, ensure_ascii=False)
