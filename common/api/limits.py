"""How many requests a minute, counted in the shared cache."""

import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

from django.core.cache import cache, caches
from redis.exceptions import NoScriptError
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
    counter = _counter()
    if counter is None:
        return cache.get(entry), [_count(name) for name in names]
    try:
        told = counter([entry, *names])
    except AWAY:  # better uncounted than unanswered
        return None, [0] * len(names)
    counts, _, value = told.partition(b"\n")
    return counter.read(value), [int(each) for each in counts.split()]


class _Counter:
    """The script on one cache's Redis, made once: what Django and the client offer for
    it makes clients, checks keys and wraps calls, which costs more than the trip.
    """

    def __init__(self, backend: Any) -> None:
        redis = backend._cache
        self._client = redis.get_client(None, write=True)
        self._script = self._client.register_script(COUNT)
        self._loads = redis._serializer.loads
        self._prefix = backend.make_key("")

    def __call__(self, names: list[str]) -> bytes:
        keys = [self._prefix + name for name in names]
        asked = (self._script.sha, len(keys), *keys, WINDOW * 2)
        try:
            told: bytes = self._client.execute_command("EVALSHA", *asked)
        except NoScriptError:  # the first time, and after Redis started anew
            told = self._script(keys, [WINDOW * 2])
        return told

    def read(self, value: bytes) -> Any:
        """Return an entry of the cache as it was put in."""
        return self._loads(value) if value else None


def _counter() -> _Counter | None:
    """Return what counts in this process's Redis; None where the cache is no Redis."""
    backend: Any = caches["default"]
    client: Any = getattr(backend, "_cache", None)
    if not hasattr(client, "get_client"):
        return None
    if not hasattr(client, "counter"):
        client.counter = _Counter(backend)
    found: _Counter = client.counter
    return found


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


class Limits(BaseThrottle, ABC):
    """Several buckets at once: subclasses say whose request it is and how many are fine."""

    quota = "requests_per_minute"

    @abstractmethod
    def buckets(self, request: Request) -> dict[str, int]:
        """Return the size of each bucket by its name."""

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
