"""Work that reads and writes the database, off the loop."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from asgiref.sync import sync_to_async
from django.db import close_old_connections, connection

_turn = threading.RLock()


@contextmanager
def turn() -> Iterator[None]:
    """Let the threads of this process write to SQLite one after another.

    It lets one connection write at a time, and the others sleep and look again, for up to
    100 ms at once: of fifty calls that ring together some wait half a second for their
    luck. Whoever waits here is woken. Nothing slow belongs in a turn, such as a carrier.
    """
    if connection.vendor != "sqlite":
        yield
        return
    with _turn:
        yield


def in_thread(
    function: Callable[..., Any],
    *,
    takes_turns: bool = True,
    executor: ThreadPoolExecutor | None = None,
) -> Any:
    """Run something that reads or writes the database off the loop."""

    def run(*args: Any, **kwargs: Any) -> Any:
        _let_go()
        try:
            if not takes_turns:
                return function(*args, **kwargs)
            with turn():
                return function(*args, **kwargs)
        finally:
            _let_go()

    return sync_to_async(run, thread_sensitive=False, executor=executor)


def _let_go() -> None:
    """Give a server's connection back. SQLite's is an open file that cannot grow old:
    to open one anew costs more than most of what is asked of it."""
    if connection.vendor != "sqlite":
        close_old_connections()
