"""The pool of connections to PostgreSQL, while PostgreSQL is away."""

from typing import Any

# s; tries come after 1, 2 and 2 more. By default they come ever less often, for five
# minutes: half a minute after the server is back people would still wait.
TRIED_FOR = 5.0


def try_again(pool: Any) -> None:
    """Have a ``psycopg_pool.ConnectionPool`` that gave up begin anew: somebody may wait.

    It connects by itself only to grow, so it is told to keep none and then one more.
    """
    if pool.get_stats()["pool_size"] >= pool.max_size:
        return
    least = pool.min_size
    pool.resize(0, pool.max_size)
    pool.resize(least, pool.max_size)
