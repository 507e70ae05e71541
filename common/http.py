"""HTTP to addresses that customers name: webhooks, tools, models, knowledge.

Nothing on a private network is reached (``common.outbound``, ``common.network``),
redirects are answers like any other, proxy variables and .netrc are not read, and a
receiver gets a fixed time and a fixed number of bytes however it behaves.
"""

import asyncio
import ssl
import time
from collections.abc import Coroutine, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import unquote, urlsplit
from weakref import WeakKeyDictionary

import httpcore2

from common import outbound, public
from common.network import GuardedBackend
from common.outbound import Forbidden, OutboundError, Unreachable

__all__ = ["Forbidden", "OutboundError", "Reply", "Unreachable", "asend", "send"]

_CONNECT_S = 5.0
_KEEP_ALIVE_S = 20.0
_OURS = frozenset({"host", "content-length", "transfer-encoding", "connection", "upgrade"})  # fmt: skip

Pools = dict[bool, httpcore2.AsyncConnectionPool]
_pools: WeakKeyDictionary[asyncio.AbstractEventLoop, Pools] = WeakKeyDictionary()
_proxy = ""


@dataclass(frozen=True)
class Reply:
    """What a receiver answered, whatever the status."""

    status: int
    headers: dict[str, str]  # names in lower case
    body: bytes  # at most the bytes that were asked for
    truncated: bool
    elapsed_ms: int


def configure(*, allow: Iterable[str] = (), proxy: str = "") -> None:
    """Set the operator's rules: private networks that may be called, and a proxy that
    does the calling (it then has to judge what names resolve to)."""
    global _proxy
    public.allow(allow)
    _proxy = proxy
    _pools.clear()


def check(url: str, *, https_only: bool = False) -> None:
    """Raise ``Forbidden`` for an address that will never be called; looks nothing up."""
    outbound.parse(url, https_only=https_only)


async def asend(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    content: bytes = b"",
    timeout_s: float = 10.0,
    max_bytes: int = 65_536,
    https_only: bool = False,
) -> Reply:
    """Send one request and return the reply, whatever its status.

    All of it, look-up to last byte, takes at most ``timeout_s``. Raises ``Forbidden``
    or ``Unreachable``; their texts tell a tenant nothing about a network.
    """
    to = outbound.parse(url, https_only=https_only)
    if any(name.lower() in _OURS for name in headers or {}):
        raise Forbidden(
            "The headers Host, Length and Connection are set by the sender."
        )
    began = time.monotonic()
    try:
        async with asyncio.timeout(timeout_s):
            status, fields, body, truncated = await _exchange(
                to, method, headers or {}, content, max_bytes
            )
    except Forbidden:
        raise
    except (httpcore2.LocalProtocolError, UnicodeError):
        raise Forbidden("The headers or the method hold characters that cannot be sent.") from None  # fmt: skip
    except (TimeoutError, httpcore2.TimeoutException):
        raise Unreachable("timed out", timed_out=True) from None
    except (httpcore2.NetworkError, httpcore2.ProtocolError, OSError) as error:
        raise Unreachable(f"{type(error).__name__}: {error}") from error
    elapsed_ms = round((time.monotonic() - began) * 1000)
    return Reply(status, fields, body, truncated, elapsed_ms)


def send(method: str, url: str, **options: Any) -> Reply:
    """Do as ``asend``, from code that is not on an event loop."""
    return asyncio.run(_and_close(asend(method, url, **options)))


async def close() -> None:
    """Close this loop's connections; for loops that end before the process does."""
    for pool in _pools.pop(asyncio.get_running_loop(), {}).values():
        await pool.aclose()


async def _and_close(work: Coroutine[Any, Any, Reply]) -> Reply:
    try:
        return await work
    finally:
        await close()


async def _exchange(
    to: outbound.Destination,
    method: str,
    headers: Mapping[str, str],
    content: bytes,
    max_bytes: int,
) -> tuple[int, dict[str, str], bytes, bool]:
    url = httpcore2.URL(
        scheme=to.scheme.encode(),
        host=to.host.encode(),
        port=to.port,
        target=to.target.encode(),
    )
    sent = {"Host": to.authority, "User-Agent": "Rymi/1.0", **headers}
    async with _pool(to.allowed_only).stream(
        method,
        url,
        headers=[(k.encode("ascii"), v.encode("ascii")) for k, v in sent.items()],
        content=content,
        extensions={"timeout": {"connect": _CONNECT_S}},
    ) as response:
        body = bytearray()
        async for piece in response.aiter_stream():
            body += piece
            if len(body) > max_bytes:
                break
        fields = {
            name.decode("latin-1").lower(): value.decode("latin-1")
            for name, value in response.headers
        }
        return response.status, fields, bytes(body[:max_bytes]), len(body) > max_bytes


def _pool(allowed_only: bool) -> httpcore2.AsyncConnectionPool:
    pools = _pools.setdefault(asyncio.get_running_loop(), {})
    if allowed_only not in pools:
        pools[allowed_only] = httpcore2.AsyncConnectionPool(
            ssl_context=_tls(),
            proxy=_proxy_server() if _proxy else None,
            max_connections=None,
            max_keepalive_connections=100,
            keepalive_expiry=_KEEP_ALIVE_S,
            network_backend=None
            if _proxy
            else GuardedBackend(allowed_only=allowed_only),  # fmt: skip
        )
    return pools[allowed_only]


def _proxy_server() -> httpcore2.Proxy:
    parts = urlsplit(_proxy)
    auth = (unquote(parts.username), unquote(parts.password or "")) if parts.username else None  # fmt: skip
    return httpcore2.Proxy(_proxy, auth=auth)


@lru_cache(maxsize=1)
def _tls() -> ssl.SSLContext:
    return httpcore2.default_ssl_context()
