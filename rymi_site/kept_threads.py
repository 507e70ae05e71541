"""Django's requests on threads that are kept.

Django gives each request under ASGI a thread of its own, which ends with it, and with
the thread goes whatever was kept for it: on SQLite a connection with its settings. Here
a request's thread waits for the next one.
"""

from collections import deque
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import django
from asgiref.sync import ThreadSensitiveContext
from django.core.handlers.asgi import ASGIHandler

MOST_IDLE = 16  # threads that wait for a request


class KeptThreads(ASGIHandler):
    """Django's ASGI application; each request has a thread for itself, as with Django."""

    def __init__(self) -> None:
        super().__init__()
        self._idle: deque[ThreadPoolExecutor] = deque()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            raise ValueError(f"This serves HTTP, not {scope['type']}.")
        try:
            thread = self._idle.pop()
        except IndexError:
            thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="request")
        try:
            async with ThreadSensitiveContext(executor=thread):
                await self.handle(scope, receive, send)
        finally:
            # Behind whatever a request that was given up still does there.
            thread.submit(self._keep, thread)

    def _keep(self, thread: ThreadPoolExecutor) -> None:
        if len(self._idle) < MOST_IDLE:
            self._idle.append(thread)
        else:
            thread.shutdown(wait=False)


def application() -> KeptThreads:
    """Return the application, Django set up."""
    django.setup(set_prefix=False)
    return KeptThreads()
