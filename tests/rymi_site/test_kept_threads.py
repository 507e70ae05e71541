"""Requests on threads that are kept: one each, and the next one gets it."""

import asyncio
import threading

import pytest
from asgiref.sync import sync_to_async

from rymi_site.kept_threads import KeptThreads

BOTH = 2


class Telling(KeptThreads):
    """Says on which thread a request was worked on, once ``BOTH`` of them are at it."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[int] = []
        self.together = threading.Barrier(BOTH)

    async def handle(self, scope, receive, send):
        await sync_to_async(self.work)(scope["path"] == "/together")

    def work(self, together: bool) -> None:
        if together:
            self.together.wait(timeout=10)
        self.seen.append(threading.get_ident())


def ask(site, path):
    return site({"type": "http", "path": path}, None, None)


async def until_idle(site, count):
    for _ in range(1_000):
        if len(site._idle) == count:
            return
        await asyncio.sleep(0.005)
    raise AssertionError("a thread was not given back")


async def test_the_next_request_has_the_thread_of_the_last():
    site = Telling()
    for _ in range(3):
        await ask(site, "/")
        await until_idle(site, 1)
    assert len(site.seen) == 3
    assert len(set(site.seen)) == 1


async def test_two_requests_at_once_have_two_threads():
    site = Telling()
    await asyncio.gather(ask(site, "/together"), ask(site, "/together"))
    await until_idle(site, BOTH)
    assert len(set(site.seen)) == BOTH


async def test_a_socket_is_not_served():
    with pytest.raises(ValueError, match="websocket"):
        await KeptThreads()({"type": "websocket"}, None, None)
