"""Keys that were recognised a moment ago, so that a busy one is not read each time.

A generation in the shared cache says whether any key was shut out since: revoking one
is felt with the next request, in every process. What is remembered is a few seconds
old at most, whatever happens to the cache.
"""

import time
from collections.abc import Callable
from typing import TypeVar

from django.core.cache import cache
from django.db import transaction

from accounts.models import ApiKey

FRESH_S = 5.0
MOST = 5_000  # keys in one process
GENERATION = "api-keys-generation"
Thing = TypeVar("Thing")
_known: dict[str, tuple[object, float, ApiKey]] = {}


def recall(
    key_hash: str, generation_for: Callable[[ApiKey], object] | None = None
) -> ApiKey | None:
    """Return a copy of the key, if it is remembered and nothing was shut out since.

    ``generation_for`` reads the generation; it may do more in the same round trip.
    """
    found = _known.get(key_hash)
    if found is None or found[1] < time.monotonic():
        return None
    current = generation_for(found[2]) if generation_for else generation()
    if current != found[0]:
        return None
    key = _twin(found[2])  # requests change what they are given
    key._state = _twin(found[2]._state)
    key._state.fields_cache = {"workspace": _twin(found[2].workspace)}
    return key


def _twin(thing: Thing) -> Thing:
    """Return a shallow copy; ``copy.copy`` of a model takes ten times as long."""
    twin = object.__new__(type(thing))
    twin.__dict__ = thing.__dict__.copy()
    return twin


def keep(key_hash: str, key: ApiKey, generation: object) -> None:
    """Remember a key that was read after ``generation`` was."""
    if len(_known) >= MOST:
        _known.clear()
    _known[key_hash] = (generation, time.monotonic() + FRESH_S, _twin(key))


def generation() -> object:
    """Return what to remember a key with. Read it before the key."""
    return cache.get(GENERATION)


def forget_all() -> None:
    """Let this process read every key anew at once, all once the transaction commits."""
    _known.clear()
    transaction.on_commit(_next_generation)


def _next_generation() -> None:
    _known.clear()
    cache.set(GENERATION, time.time_ns(), None)
