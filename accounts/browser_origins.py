"""Which web pages may use a publishable key: named exactly, never all of them at once.

A browser's preflight carries no key, so it is told that the page may ask; the request
itself is answered for the page only if its key is for that page.
"""

import re
from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse
from rest_framework.request import Request

from accounts.models import ApiKey
from common.errors import Refusal

ORIGIN = re.compile(
    r"https?://[a-z0-9.-]+(:\d{1,5})?|https?://\[[0-9a-f:]+\](:\d{1,5})?"
)
HEADERS = "Authorization, Content-Type, Idempotency-Key"
PREFLIGHT_S = "600"


class Foreign(Refusal):
    """The page is not one that the key is for."""

    code = "origin_not_allowed"
    status = 403


class NoAddress(Refusal):
    """What was meant as a page's address is none."""

    code = "invalid_origin"
    status = 422


def read(text: str) -> list[str]:
    """Return the origins of web addresses, one a line; what is typed may lack a scheme
    or have a path, which is of no account. Raises ``NoAddress`` for anything else."""
    return sorted(
        {_origin(line) for each in text.splitlines() if (line := each.strip())}
    )


def _origin(address: str) -> str:
    whole = address if "://" in address else f"https://{address}"
    try:
        parts = urlsplit(whole.lower())
        origin = f"{parts.scheme}://{parts.netloc}"
    except ValueError:
        origin = ""
    if not ORIGIN.fullmatch(origin):
        raise NoAddress(
            f"“{address[:80]}” is no address of a web page. Write it like"
            " https://www.example.com, one a line."
        )
    return origin


def of(request: Request) -> str:
    """Return the page that asks, "" where it is no browser; refuse a foreign one."""
    origin = request.headers.get("Origin", "")
    key = request.auth
    if isinstance(key, ApiKey) and key.is_publishable:
        if origin and not allows(key, origin):
            raise Foreign(
                "This key is not for pages of this address. Add the address to the"
                " key's allowed origins."
            )
        return origin
    return ""


def allows(key: ApiKey, origin: str) -> bool:
    """Tell whether pages of ``origin`` may use the key; no list: all may."""
    return not key.allowed_origins or origin in key.allowed_origins


def tell(request: Any, response: Any) -> None:
    """Let the page read its answer, if the key is for it."""
    # Not ``request.auth``, which would ask anew for whom a refused request is.
    key, origin = vars(request).get("_auth"), request.headers.get("Origin", "")
    if not (origin and isinstance(key, ApiKey) and ORIGIN.fullmatch(origin)):
        return
    if key.is_publishable and allows(key, origin):
        response.headers["Access-Control-Allow-Origin"] = origin
        response.headers["Access-Control-Expose-Headers"] = "Retry-After"
        response.headers["Vary"] = "Origin"


View = Callable[..., Any]


def for_browsers(view: View) -> View:
    """Answer preflights before the view asks for a key."""

    @wraps(view)
    def asked(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        origin = request.headers.get("Origin", "")
        is_preflight = (
            request.method == "OPTIONS"
            and request.headers.get("Access-Control-Request-Method") == "POST"
            and ORIGIN.fullmatch(origin)
        )
        if not is_preflight:
            return view(request, *args, **kwargs)
        return HttpResponse(
            status=204,
            headers={
                "Access-Control-Allow-Origin": origin,
                "Access-Control-Allow-Methods": "POST",
                "Access-Control-Allow-Headers": HEADERS,
                "Access-Control-Max-Age": PREFLIGHT_S,
                "Vary": "Origin",
            },
        )

    return asked
