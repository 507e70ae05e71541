"""How many requests a minute, counted in the shared cache."""

import time
from collections.abc import Sequence
from typing import Any

from django.core.cache import cache
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from common.api import soft_breach

WINDOW = 60  # seconds


def count(bucket: str) -> int:
    """Count one more in this minute's window and return how many it had."""
    return count_all([bucket])[0]


def count_all(buckets: Sequence[str]) -> list[int]:
    """Count one more in each bucket, in one round trip where the cache is a Redis.

    Fixed windows need one atomic increment; a sliding log would be read, changed and
    written by all processes at once.
    """
    minute = int(time.time()) // WINDOW
    names = [f"limit:{bucket}:{minute}" for bucket in buckets]
    redis = getattr(cache, "_cache", None)
    if redis is None or not hasattr(redis, "get_client"):
        return [_count(name) for name in names]
    pipeline = redis.get_client(None, write=True).pipeline(transaction=False)
    for name in names:
        key = cache.make_and_validate_key(name)
        pipeline.incr(key)
        pipeline.expire(key, WINDOW * 2)
    return [int(each) for each in pipeline.execute()[::2]]


def _count(name: str) -> int:
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


class Limits(BaseThrottle):
    """Several buckets at once: subclasses say whose request it is and how many are fine."""

    quota = "requests_per_minute"

    def buckets(self, request: Request) -> dict[str, int]:
        """Return the size of each bucket by its name."""
        raise NotImplementedError

    def allow_request(self, request: Request, view: Any) -> bool:
        most = self.buckets(request)
        used = dict(zip(most, count_all(list(most)), strict=True))
        if any(used[name] > size * soft_breach.NEARLY for name, size in most.items()):
            soft_breach.note(request, self.quota)
        return all(used[name] <= size for name, size in most.items())

    def wait(self) -> float:
        return seconds_left()
