"""A Redis cache whose absence costs speed, never an answer.

What is cached can be worked out anew, counts of requests included: while Redis is away
limits let through what they cannot count.
"""

from functools import cached_property
from typing import Any

import structlog
from django.core.cache.backends.redis import RedisCache
from redis.exceptions import ConnectionError, TimeoutError

AWAY = (ConnectionError, TimeoutError)

log = structlog.get_logger()
_clients: dict[str, Any] = {}


class PatientRedisCache(RedisCache):
    """Misses, and forgets what it is given, while Redis is away."""

    @cached_property
    def _cache(self) -> Any:
        """The process's one client: Django makes a cache for each request under ASGI,
        and with a client of its own each would connect anew.
        """
        name = f"{self._servers}{self._options}"  # type: ignore[attr-defined]  # Django's own, not in its stubs
        if name not in _clients:
            made = self._class(self._servers, **self._options)  # type: ignore[attr-defined]  # as above
            _clients.setdefault(name, made)
        return _clients[name]

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        return self._or(default, "get", key, default, version)

    def get_many(self, keys: Any, version: int | None = None) -> Any:
        return self._or({}, "get_many", keys, version)

    def has_key(self, key: Any, version: int | None = None) -> Any:
        return self._or(False, "has_key", key, version)

    def add(self, key: Any, value: Any, *args: Any, **kwargs: Any) -> Any:
        return self._or(False, "add", key, value, *args, **kwargs)

    def set(self, key: Any, value: Any, *args: Any, **kwargs: Any) -> Any:
        return self._or(None, "set", key, value, *args, **kwargs)

    def set_many(self, data: Any, *args: Any, **kwargs: Any) -> Any:
        return self._or(list(data), "set_many", data, *args, **kwargs)

    def touch(self, key: Any, *args: Any, **kwargs: Any) -> Any:
        return self._or(False, "touch", key, *args, **kwargs)

    def delete(self, key: Any, version: int | None = None) -> Any:
        return self._or(False, "delete", key, version)

    def delete_many(self, keys: Any, version: int | None = None) -> Any:
        return self._or(None, "delete_many", keys, version)

    def incr(self, key: Any, delta: int = 1, version: int | None = None) -> int:
        """Add to a count; ``ValueError`` if there is none, as when Redis is away."""
        found = self._or(None, "incr", key, delta, version)
        if found is None:
            raise ValueError(f"{key}: the cache is away")
        return int(found)

    def _or(self, instead: Any, asked: str, *args: Any, **kwargs: Any) -> Any:
        """Ask Redis, or answer ``instead`` while it is away."""
        try:
            return getattr(super(), asked)(*args, **kwargs)
        except AWAY as error:
            log.warning("cache_is_away", asked=asked, error=repr(error))
            return instead
