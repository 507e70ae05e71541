"""Socket paths."""

from typing import Any

from django.urls import re_path

media: list[Any] = []
dashboards: list[Any] = []


def fallthrough(application: Any) -> Any:
    """Route every other path to ``application``."""
    return re_path(r"", application)
