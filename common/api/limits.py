"""How many requests a minute, counted in the shared cache."""

import time
from collections.abc import Sequence
from typing import Any

from django.core.cache import cache
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from common.api import soft_breach
from common.cache import AWAY

WINDOW = 60  # seconds


# One trip: read an entry, count one more in each bucket. A window's first request gives
# it its end. The answer is one text, which a client reads in one go: counts, entry.
COUNT = """
local counts = {}
for n = 2, #KEYS do
  counts[n - 1] = redis.call('INCR', KEYS[n])
  if counts[n - 1] == 1 then redis.call('EXPIRE', KEYS[n], ARGV[1]) end
end
local entry = redis.call('GET', KEYS[1])
return table.concat(counts, ' ') .. '\\n' .. (entry or '')
"""
NOTHING = "limit:nothing"  # an entry that is never there


def of_address(address: str) -> str:
    """Return the name of an address's bucket."""
    return f"address:{address}"


def of_key(key_id: object) -> str:
    """Return the name of a key's bucket."""
    return f"key:{key_id}"


def of_workspace(workspace_id: object) -> str:
    """Return the name of a workspace's bucket."""
    return f"workspace:{workspace_id}"


def count(bucket: str) -> int:
    """Count one more in this minute's window and return how many it had."""
    return count_all([bucket])[0]


def count_all(buckets: Sequence[str]) -> list[int]:
    """Count one more in each bucket, in one round trip where the cache is a Redis.

    Fixed windows need one atomic increment; a sliding log would be read, changed and
    written by all processes at once.
    """
    return count_beside(NOTHING, buckets)[1]


def count_beside(entry: str, buckets: Sequence[str]) -> tuple[Any, list[int]]:
    """Return what the cache has under ``entry``, and count, in one round trip."""
    minute = int(time.time()) // WINDOW
    names = [f"limit:{bucket}:{minute}" for bucket in buckets]
    script = _script()
    if script is None:
        return cache.get(entry), [_count(name) for name in names]
    keys = [cache.make_and_validate_key(name) for name in (entry, *names)]
    try:
        told = script(keys, [WINDOW * 2])
    except AWAY:  # better uncounted than unanswered
        return None, [0] * len(names)
    counts, _, value = told.partition(b"\n")
    found = _redis()._serializer.loads(value) if value else None
    return found, [int(each) for each in counts.split()]


def _redis() -> Any:
    """Return Django's client of a Redis; None where the cache is another."""
    found = getattr(cache, "_cache", None)
    return found if hasattr(found, "get_client") else None


def _script() -> Any:
    """Return the script, ready to be run; None where the cache is no Redis.

    Made once for each cache: Django makes a client for each operation, which costs as
    much as the round trip.
    """
    found = _redis()
    if found is None:
        return None
    if not hasattr(found, "count_script"):
        client = found.get_client(None, write=True)
        found.count_script = client.register_script(COUNT)
    return found.count_script


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


def counted(request: Any) -> dict[str, int]:
    """Return what was counted for this request already, by the name of the bucket."""
    inner = getattr(request, "_request", request)
    if not hasattr(inner, "counted_buckets"):
        inner.counted_buckets = {}
    found: dict[str, int] = inner.counted_buckets
    return found


class Limits(BaseThrottle):
    """Several buckets at once: subclasses say whose request it is and how many are fine."""

    quota = "requests_per_minute"

    def buckets(self, request: Request) -> dict[str, int]:
        """Return the size of each bucket by its name."""
        raise NotImplementedError

    def allow_request(self, request: Request, view: Any) -> bool:
        most = self.buckets(request)
        used = counted(request)
        if missing := [name for name in most if name not in used]:
            used |= zip(missing, count_all(missing), strict=True)
        if any(used[name] > size * soft_breach.NEARLY for name, size in most.items()):
            soft_breach.note(request, self.quota)
        return all(used[name] <= size for name, size in most.items())

    def wait(self) -> float:
        return seconds_left()
