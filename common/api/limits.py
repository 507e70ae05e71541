"""How many requests a minute, counted in the shared cache."""

import time
from typing import Any

from django.core.cache import cache
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from common.api import soft_breach

WINDOW = 60  # seconds


def count(bucket: str) -> int:
    """Count one more in this minute's window and return how many it had.

    Fixed windows need one atomic increment; a sliding log would be read, changed and
    written by all processes at once.
    """
    name = f"limit:{bucket}:{int(time.time()) // WINDOW}"
    try:
        return cache.incr(name)
    except ValueError:  # the first of this minute
        if cache.add(name, 1, WINDOW * 2):
            return 1
    try:
        return cache.incr(name)
    except ValueError:  # evicted between the two
        return 1


def seconds_left() -> float:
    """Return how long the present window lasts."""
    return WINDOW - time.time() % WINDOW


class Limit(BaseThrottle):
    """One kind of bucket: subclasses say whose request it is and how many are fine."""

    quota = "requests_per_minute"

    def bucket(self, request: Request) -> tuple[str, int] | None:
        """Return the bucket's name and size, or None where there is no limit."""
        raise NotImplementedError

    def allow_request(self, request: Request, view: Any) -> bool:
        found = self.bucket(request)
        if found is None:
            return True
        name, most = found
        used = count(name)
        if used > most * soft_breach.NEARLY:
            soft_breach.note(request, self.quota)
        return used <= most

    def wait(self) -> float:
        return seconds_left()
