"""Processor time, which neighbours on the machine do not change."""

import time
from pathlib import Path

from django.db import connection

Spent = tuple[float, float]  # ours, and with it that of the database


def spent_s() -> Spent:
    """Return the processor time of this process, and with it that of its database where
    that is a server on this machine."""
    if connection.vendor != "postgresql":
        return time.process_time(), time.process_time()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone()
    served = int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9
    return time.process_time(), time.process_time() + served


def a_second(things: int, began: Spent) -> Spent:
    """Return how many things were made a second since, of our time and of both."""
    ours, both = (now - then for then, now in zip(began, spent_s(), strict=True))
    return things / ours, things / both
