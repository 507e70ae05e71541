"""A pool whose server is away goes on trying."""

import time

import psycopg_pool

from common import pool
from tests.processes import free_port


def test_who_gave_up_begins_anew_and_grows_no_larger():
    gave_up = []

    def note(each):
        gave_up.append(each.get_stats()["pool_size"])
        pool.try_again(each)

    away = psycopg_pool.ConnectionPool(
        f"host=127.0.0.1 port={free_port()} connect_timeout=1",
        min_size=1,
        max_size=2,
        reconnect_timeout=0.1,
        reconnect_failed=note,
        open=True,
    )
    try:
        deadline = time.monotonic() + 30
        while len(gave_up) < 4 and time.monotonic() < deadline:
            time.sleep(0.05)
    finally:
        away.close()

    assert len(gave_up) >= 4  # by itself it would be once
    assert max(gave_up) <= 1
    assert (away.min_size, away.max_size) == (1, 2)
