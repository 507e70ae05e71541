"""How many requests a minute, counted in the shared cache."""

import time
from typing import Any

from django.core.cache import cache
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

WINDOW = 60  # seconds


def count(bucket: str) -> int:
    """Count one more in this minute's window and return how many it had.

    Fixed windows need one atomic increment; a sliding log would be read, changed and
    written by all processes at once.
    """
    name = f"limit:{bucket}:{int(time.time()) // WINDOW}"
    cache.add(name, 0, WINDOW * 2)
    try:
        return cache.incr(name)
    except ValueError:  # evicted between the two
        return 1


def seconds_left() -> float:
    """Return how long the present window lasts."""
    return WINDOW - time.time() % WINDOW


class Limit(BaseThrottle):
    """One kind of bucket: subclasses say whose request it is and how many are fine."""

    def bucket(self, request: Request) -> tuple[str, int] | None:
        """Return the bucket's name and size, or None where there is no limit."""
        raise NotImplementedError

    def allow_request(self, request: Request, view: Any) -> bool:
        found = self.bucket(request)
        return found is None or count(found[0]) <= found[1]

    def wait(self) -> float:
        return seconds_left()
