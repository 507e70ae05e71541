"""The last word before a connection is made for a customer.

One look-up; every answer must be callable; then the very address that was judged is
connected to. So a name that answers differently the second time (rebinding), or mixes
public and private answers, gains nothing.
"""

import asyncio
import os
import socket
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache

from httpcore2 import (
    SOCKET_OPTION,
    AnyIOBackend,
    AsyncNetworkBackend,
    AsyncNetworkStream,
    ConnectError,
    ConnectTimeout,
)

from common import public
from common.outbound import NOT_PUBLIC, Forbidden

_TRY_FOR = 2.0  # s for one address when a name has several


@lru_cache(maxsize=1)
def _clerks(pid: int) -> ThreadPoolExecutor:
    """Threads for look-ups alone: a name server that never answers must not hold up
    the loop's own. Threads do not survive a fork, hence one set a process."""
    return ThreadPoolExecutor(64, thread_name_prefix="look-up")


class GuardedBackend(AsyncNetworkBackend):
    """Connects to callable addresses; ``allowed_only``: to the operator's nets alone."""

    def __init__(self, *, allowed_only: bool = False) -> None:
        self._tcp = AnyIOBackend()
        self._may_call = public.is_allowed if allowed_only else public.may_call

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 (the base class's)
        local_address: str | None = None,
        socket_options: Iterable[SOCKET_OPTION] | None = None,
    ) -> AsyncNetworkStream:
        addresses = await self._look_up(host, port)
        if not all(self._may_call(address) for address in addresses):
            raise Forbidden(NOT_PUBLIC)
        for address in addresses[:-1]:
            try:
                return await self._tcp.connect_tcp(address, port, _TRY_FOR)
            except (ConnectError, ConnectTimeout):
                continue
        return await self._tcp.connect_tcp(addresses[-1], port, timeout)

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,  # noqa: ASYNC109 (the base class's)
        socket_options: Iterable[SOCKET_OPTION] | None = None,
    ) -> AsyncNetworkStream:
        raise Forbidden(NOT_PUBLIC)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    async def _look_up(self, host: str, port: int) -> list[str]:
        """Return every address of a name, in the system's order of preference."""
        loop = asyncio.get_running_loop()
        try:
            found = await loop.run_in_executor(
                _clerks(os.getpid()),
                lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM),
            )
        except (OSError, UnicodeError) as error:
            raise ConnectError("no such name") from error
        addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
        if not addresses:
            raise ConnectError("no address")
        return addresses
