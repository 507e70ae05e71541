"""What a conversation has under way at the same time, and what came of it."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any


class Errands:
    """One conversation's tasks; none is forgotten, none fails unheard."""

    def __init__(self, failed: Callable[[asyncio.Task[None], BaseException], None]):
        self._loop = asyncio.get_running_loop()
        self._failed = failed
        self._tasks: set[asyncio.Task[None]] = set()

    def run(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Start one."""
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return task

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if task.cancelled() or (error := task.exception()) is None:
            return
        # A mistake of ours must not leave a caller in silence.
        self._loop.call_exception_handler(
            {"message": "a conversation failed", "exception": error, "task": task}
        )
        self._failed(task, error)

    def drop(self) -> None:
        """Stop all but the one that asks for it."""
        current = asyncio.current_task()
        for task in self._tasks:
            if task is not current:
                task.cancel()
