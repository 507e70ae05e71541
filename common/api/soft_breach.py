"""Telling a client that a quota is nearly used up, while requests still pass."""

from typing import Any

from django.http.response import HttpResponseBase

HEADER = "x-rymi-quota-soft-breach"
NEARLY = 0.8  # of a quota


def note(request: Any, quota: str) -> None:
    """Say that ``quota`` is nearly used up; the answer carries it."""
    inner = getattr(request, "_request", request)
    inner.soft_breaches = [*getattr(inner, "soft_breaches", []), quota]


def tell(request: Any, response: HttpResponseBase) -> None:
    """Put what was noted on the answer."""
    inner = getattr(request, "_request", request)
    if noted := getattr(inner, "soft_breaches", None):
        response.headers[HEADER] = ",".join(dict.fromkeys(noted))
