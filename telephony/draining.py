"""Whether new calls are turned away because the server is about to stop (R20).

The flag stands in the shared cache: whoever restarts a machine sets it, every process
sees it, and it goes by itself when it was forgotten.
"""

from django.core.cache import cache

NAME = "telephony:draining"
FORGOTTEN_AFTER_S = 1_800


def start() -> None:
    """Take no new calls from now on."""
    cache.set(NAME, True, FORGOTTEN_AFTER_S)


def stop() -> None:
    """Take calls again."""
    cache.delete(NAME)


def is_on() -> bool:
    """Tell whether new calls are turned away."""
    return bool(cache.get(NAME))
