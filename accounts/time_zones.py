"""Times are shown where the reader is."""

from collections.abc import Callable
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

from django.http import HttpRequest, HttpResponse
from django.utils import timezone


@lru_cache(maxsize=1)
def names() -> tuple[str, ...]:
    """Return the zones a person may choose, such as Europe/Berlin."""
    return tuple(
        sorted(
            name
            for name in available_timezones()
            if name == "UTC" or ("/" in name and not name.startswith("Etc/"))
        )
    )


@lru_cache(maxsize=1_024)
def known(name: str) -> bool:
    """Tell whether there is such a zone."""
    return name in names()


class TimeZoneMiddleware:
    """Lets templates show times in the zone of whoever is signed in."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        name = getattr(request.user, "time_zone", "UTC")
        with timezone.override(ZoneInfo(name if known(name) else "UTC")):
            return self.get_response(request)
